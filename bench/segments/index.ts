/**
 * Live segments: 100 of them, 40 with windows of events, on as many customers as asked for and eight
 * events each. Memberships are followed by a process of its own, changes come from this one.
 */
import type { Client } from "../../src/modules/contracts/index.ts";
import type { Database } from "../../src/platform/postgres/index.ts";
import { benchDatabase } from "../bench-scope.ts";
import type { BenchOptions, Figure } from "../figure.ts";
import { timed } from "../figure.ts";
import { RECORDED_COMMITS } from "./changes.ts";
import { benchSegments } from "./definitions.ts";
import { startFollower } from "./follower.ts";
import { benchApart, benchFollowing } from "./following.ts";
import { benchKept } from "./kept.ts";
import { analyse, applyDefinitions, makeClient, settle } from "./world.ts";

/** What is measured on. */
export interface Bench {
  readonly db: Database;
  readonly client: Client;
  /** The ids of the customers are 1 to this. */
  readonly customers: number;
  /** For files. */
  readonly folder: string;
  /** Tells how far it is, with the seconds since the beginning. */
  readonly note: (text: string) => void;
}

export async function* benchSegmentsAt(options: BenchOptions): AsyncGenerator<Figure> {
  for (const customers of options.rows) {
    yield* benchAt(customers, options);
  }
}

async function* benchAt(customers: number, options: BenchOptions): AsyncGenerator<Figure> {
  const start = performance.now();
  const note = (text: string): void =>
    options.note(`segments, ${((performance.now() - start) / 1000).toFixed(0)} s: ${text}`);
  await using server = await benchDatabase(RECORDED_COMMITS);
  const { db } = server;
  note(`making ${customers} customers and ${8 * customers} events`);
  const client = await makeClient(db, customers);
  const bench: Bench = { db, client, customers, folder: server.dataDir, note };
  const kept = { db, scope: client.scope, catalogue: client.catalogue };
  note("filling the segments");
  await applyDefinitions(kept, benchSegments());
  const filled = await timed(() => settle(kept));
  note(`the segments are filled, in ${filled.seconds.toFixed(1)} s`);
  await analyse(db, client, "_members");
  yield* benchKept(bench);
  yield* benchApart(bench);
  await using follower = await startFollower(server.url);
  yield* benchFollowing(bench, follower);
  note("done");
}
