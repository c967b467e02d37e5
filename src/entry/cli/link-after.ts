import type { Client } from "../../modules/contracts/index.ts";
import type { Context } from "../context.ts";
import type { Linking } from "../linking.ts";
import type { Invocation } from "./invocation.ts";
import { resolutionProgress } from "./resolve-report.ts";

/** An intake as far as linking is concerned. */
interface Ended {
  readonly state: string;
  readonly dataset: string;
  readonly accepted: number | bigint;
  readonly changed: number | bigint;
}

/**
 * Links what some intakes have published, once for all of them. Undefined where they published nothing
 * that is new or changed.
 */
export async function linkAfter(
  { output, signal }: Pick<Invocation, "output" | "signal">,
  context: Context,
  { client, ended }: { readonly client: Client; readonly ended: readonly Ended[] },
): Promise<Linking | undefined> {
  const published = ended.find(
    ({ state, accepted, changed }) => state === "published" && (accepted > 0 || changed > 0),
  );
  if (published === undefined) {
    return undefined;
  }
  // Linking takes as long to load as an import of a few rows, and most commands end before it.
  const { linkImported } = await import("../linking.ts");
  return await linkImported(context, {
    client,
    dataset: published.dataset,
    actor: context.actor,
    signal,
    onProgress: (progress) => output.progress(resolutionProgress(progress)),
  });
}
