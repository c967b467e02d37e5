import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, isAbsolute } from "node:path";
import { z } from "zod";
import { type Clock, InvalidInputError } from "../../kernel/index.ts";
import { getClient } from "../../modules/contracts/index.ts";
import { defineJob } from "../../platform/jobs/index.ts";
import type { Log } from "../../platform/logging/index.ts";
import type { Protection } from "../../modules/protection/index.ts";
import type { Database } from "../../platform/postgres/index.ts";
import { noteHeldCorrection, notingCorrection } from "../correcting.ts";
import { jobActor } from "./job-actor.ts";

const input = z.object({
  client: z.string(),
  dataset: z.string(),
  /** On the machine of the worker. */
  path: z.string().refine(isAbsolute, "must be an absolute path"),
  source: z.string().optional(),
  expected: z.object({
    rows: z.int().nonnegative().optional(),
    sums: z.record(z.string(), z.string()),
  }),
  /** Whether what it brings is linked afterwards. Default true. */
  link: z.boolean().optional(),
  /** Why what it changes was wrong before; whoever was sent that is told by the server. */
  correction: z.string().optional(),
});

export type ImportJobInput = z.infer<typeof input>;

/** Read ahead in pieces of this size: fewer turns of the event loop for the same bytes. */
const READ_BYTES = 1024 * 1024;

/**
 * The job `import`: one file into one dataset. An import is published in one piece at its end, so an
 * attempt that was interrupted left nothing, and one that was not noted as done finds every row
 * unchanged: running it again from the start of the file is safe at any moment.
 *
 * A held intake is a job that succeeded: what is left is somebody's decision, not work. So is one that was
 * published and could not be linked: the log says so, and the next import links both.
 */
export function importJob(deps: {
  /** Needed for clients that seal fields. */
  readonly protect?: ((client: string) => Promise<Protection>) | undefined;
  readonly db: Database;
  readonly clock: Clock;
  /** Undefined where jobs are only asked for. */
  readonly log?: Log | undefined;
}) {
  return defineJob({
    name: "import",
    input,
    run: async ({ client: key, dataset, path, link = true, ...asked }, context) => {
      // Loaded by those who import, not by those who ask for it or for another job.
      const { importInput } = await import("../../modules/intake/index.ts");
      const { linkImported } = await import("../linking.ts");
      const client = await getClient(deps.db, key);
      const total = await sizeOf(path);
      const actor = jobActor(context.job);
      const { signal } = context;
      const correcting = { ...deps, scope: client.scope, actor, reason: asked.correction };
      const report = await importInput(deps, {
        client,
        dataset,
        input: createReadStream(path, { highWaterMark: READ_BYTES }),
        origin: basename(path),
        source: asked.source,
        expected: asked.expected,
        actor,
        dryRun: false,
        onPublish: notingCorrection(correcting),
        signal,
        onProgress: ({ bytes }) => context.progress({ done: bytes, total, unit: "bytes" }),
        // What matters of the notes stands in the register of intakes; nobody watches here.
        onNote: () => {},
      });
      await noteHeldCorrection(correcting, report);
      const { state, accepted, changed } = report;
      if (link && state === "published" && accepted + changed > 0) {
        const linking = await linkImported(deps, { client, dataset, actor, signal });
        if (linking.state === "failed") {
          deps.log?.error("import-not-linked", linking.error, { client: key });
        }
      }
    },
  });
}

/** @throws InvalidInputError when the worker has no such file: trying again would not bring it */
async function sizeOf(path: string): Promise<number> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isFile() !== true) {
    throw new InvalidInputError(
      "no-such-file",
      "the file to import is not on the worker's machine",
      [],
      { hint: "put it where the worker can read it, and import it again" },
    );
  }
  return status.size;
}
