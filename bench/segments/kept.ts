/** What is kept: how much room it takes, how soon it is computed anew, and how soon it answers. */
import { assert } from "../../src/kernel/index.ts";
import { EVERYTHING, overlap, recompute } from "../../src/modules/segments/index.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { type Figure, figure, median, timed } from "../figure.ts";
import { benchSegments, handWrittenScan } from "./definitions.ts";
import type { Bench } from "./index.ts";

const REPEATS = 3;
const MOST_BYTES = 40;
const MOST_OVERLAP_SECONDS = 1;

export async function* benchKept(bench: Bench): AsyncGenerator<Figure> {
  yield await storage(bench);
  yield await overlapping(bench);
  yield await recomputing(bench);
}

async function storage({ db, client, customers }: Bench): Promise<Figure> {
  const { bytes, memberships } = await db.scoped(client.scope, (tx) =>
    tx.row<{ bytes: number; memberships: number }>(
      `select pg_total_relation_size('_members')::float8 as bytes,
              (select sum(members) from _segment_versions)::float8 as memberships`,
    ),
  );
  return figure({
    name: `segments.storage.${customers}`,
    value: bytes / memberships,
    unit: `bytes a membership, of ${memberships}`,
    limitName: `${MOST_BYTES} bytes`,
    limit: MOST_BYTES,
    target: `≤ ${MOST_BYTES} bytes`,
    holds: (_, ratio) => ratio <= 1,
  });
}

async function overlapping({ db, client, customers, note }: Bench): Promise<Figure> {
  const { scope, catalogue } = client;
  const seconds: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    note(`overlap of all segments, ${repeat + 1} of ${REPEATS}`);
    const run = await timed(() => overlap({ db, scope, catalogue }, { view: EVERYTHING }));
    seconds.push(run.seconds);
  }
  return figure({
    name: `segments.overlap.${customers}`,
    value: median(seconds),
    unit: "s for 100 × 100",
    limitName: `${MOST_OVERLAP_SECONDS} s`,
    limit: MOST_OVERLAP_SECONDS,
    target: `≤ ${MOST_OVERLAP_SECONDS} s`,
    holds: (_, ratio) => ratio <= 1,
  });
}

/** Everybody for all segments, compared with what is stored; and the same counts by hand. */
async function recomputing({ db, client, customers, note }: Bench): Promise<Figure> {
  const segments = benchSegments();
  const sql = handWrittenScan(segments);
  const seconds = { recompute: [] as number[], hand: [] as number[] };
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    note(`recomputing everything, ${repeat + 1} of ${REPEATS}`);
    const { scope, catalogue } = client;
    const options = { clock: systemClock, cause: "repair" } as const;
    const run = await timed(() => recompute({ db, scope, catalogue }, options));
    assert(run.result?.entered === 0, () => "what was filled is not what is recomputed");
    const counted = await timed(() =>
      db.scoped(scope, (tx) => tx.row<Record<string, bigint>>(sql, [systemClock.now()]), {
        readOnly: true,
        statementTimeoutMs: 0,
      }),
    );
    seconds.recompute.push(run.seconds);
    seconds.hand.push(counted.seconds);
    const stored = await storedCounts({ db, client });
    const byHand = segments.map(({ name }, n) => [name, counted.result[`n${n}`]]);
    assert(
      byHand.every(([name, count]) => stored.get(String(name)) === count),
      () => "what is stored is not what is counted by hand",
    );
  }
  return figure({
    name: `segments.recompute.${customers}`,
    value: median(seconds.recompute),
    unit: "s",
    limitName: "one scan written by hand",
    limit: median(seconds.hand),
    target: "≤ 1.5 ×",
    holds: (_, ratio) => ratio <= 1.5,
  });
}

async function storedCounts({
  db,
  client,
}: Pick<Bench, "db" | "client">): Promise<ReadonlyMap<string, bigint>> {
  const rows = await db.scoped(client.scope, (tx) =>
    tx.rows<{ name: string; members: bigint }>(
      `select s.name, v.members from _segments s
         join _segment_versions v on v.segment = s.segment and v.version = s.version`,
    ),
  );
  return new Map(rows.map(({ name, members }) => [name, members]));
}
