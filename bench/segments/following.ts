/** How soon memberships follow: changes, the clock, an edit, an import; and what it costs to wait. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { must } from "../../src/kernel/index.ts";
import { followClient } from "../../src/modules/segments/index.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { type Figure, figure, timed } from "../figure.ts";
import { importFile } from "../intake.ts";
import { Changes, type Latencies, type Load } from "./changes.ts";
import { EVERYBODY } from "./definitions.ts";
import { type Flips, measureFlips, prepareFlips } from "./flips.ts";
import type { Follower } from "./follower.ts";
import type { Bench } from "./index.ts";
import { applyDefinitions, settle } from "./world.ts";

/** So that connections are open and statements planned. */
const WARM_UP = { rate: 500, seconds: 5 } as const;
const STEADY = { rate: 1_000, seconds: 30 } as const;
const MOST_P50_MS = 15;
const MOST_P99_MS = 50;

const IDLE_SECONDS = 15;
/** Most of it compares samples, which takes up to a hundredth of the time by itself. */
const MOST_IDLE_CPU = 0.02;

const FLIPS = { rate: 1_000, seconds: 10 } as const;
/** For preparing them, and for following that. */
const FLIP_LEAD_MS = 30_000;
const MOST_LATE_MS = 1_000;

const BESIDE_EDIT = { rate: 300, seconds: 20 } as const;
/** Of the latency beside an edit to that without. */
const MOST_EDIT_RATIO = 2;

const IMPORTS = 4;
const LEAST_IMPORTED_RATE = 10_000;

const MOST_RESIDENT_MB = 500;

export async function* benchFollowing(bench: Bench, follower: Follower): AsyncGenerator<Figure> {
  const changes = new Changes(bench.db, bench.client);
  bench.note("warming up");
  await changes.run({ ...WARM_UP, customers: bench.customers });
  yield await idling(bench, follower);
  yield* steady(bench, changes);
  yield* flipping(bench, changes);
  yield* editing(bench, changes);
  yield* importing(bench, changes);
  const { rssMb } = await follower.usage();
  yield limited({
    name: `segments.follower.memory.${bench.customers}`,
    value: rssMb,
    unit: "MB resident",
    limit: MOST_RESIDENT_MB,
  });
}

/** A figure with a most. */
function limited(
  about: Pick<Figure, "name" | "value" | "unit" | "limit"> & { readonly also?: boolean },
): Figure {
  const { also = true, ...rest } = about;
  const limitName = `${about.limit} ${about.unit}`;
  return figure({
    ...rest,
    limitName,
    target: `≤ ${limitName}`,
    holds: (_, ratio) => ratio <= 1 && also,
  });
}

async function idling({ customers, note }: Bench, follower: Follower): Promise<Figure> {
  note(`doing nothing for ${IDLE_SECONDS} s`);
  const before = await follower.usage();
  await setTimeout(IDLE_SECONDS * 1000);
  const after = await follower.usage();
  return limited({
    name: `segments.idle.${customers}`,
    value: (after.cpuSeconds - before.cpuSeconds) / IDLE_SECONDS,
    unit: "of a core",
    limit: MOST_IDLE_CPU,
  });
}

async function* steady({ customers, note }: Bench, changes: Changes): AsyncGenerator<Figure> {
  note(`${STEADY.rate} changed customers a second for ${STEADY.seconds} s`);
  const found = await changes.run({ ...STEADY, customers });
  note(told(found));
  const also = isEven(found, STEADY);
  const name = `segments.change.${customers}`;
  yield limited({ name: `${name}.p50`, value: found.p50, unit: "ms", limit: MOST_P50_MS, also });
  yield limited({ name: `${name}.p99`, value: found.p99, unit: "ms", limit: MOST_P99_MS, also });
}

/** Whether the load was what it was meant to be. */
function isEven(found: Latencies, load: Pick<Load, "rate">): boolean {
  return found.rate >= 0.95 * load.rate;
}

function told({ rate, moved, p50, p99, worst }: Latencies): string {
  const [median, most, last] = [p50, p99, worst].map((ms) => ms.toFixed(1));
  return `${rate.toFixed(0)} changed a second, ${moved} moved somebody; p50 ${median}, p99 ${most}, worst ${last} ms`;
}

async function* flipping(bench: Bench, changes: Changes): AsyncGenerator<Figure> {
  const { db, client, customers, note } = bench;
  const count = Math.min(FLIPS.rate * FLIPS.seconds, customers);
  note(`preparing ${count} members who are due at ${FLIPS.rate} a second`);
  const flips: Flips = {
    rate: FLIPS.rate,
    count,
    from: new Date(systemClock.now().getTime() + FLIP_LEAD_MS),
  };
  await prepareFlips(db, client, flips);
  await changes.caughtUp();
  const aheadMs = flips.from.getTime() - systemClock.now().getTime();
  note(`the first is due in ${(aheadMs / 1000).toFixed(1)} s`);
  const { flipped, p99, worst } = await measureFlips(db, client, flips);
  note(`${flipped} flipped; p99 ${p99.toFixed(0)} ms, worst ${worst.toFixed(0)} ms late`);
  const also = flipped === count && aheadMs > 0;
  const name = `segments.flip.${customers}`;
  yield limited({ name: `${name}.p99`, value: p99, unit: "ms late", limit: MOST_LATE_MS, also });
  yield limited({
    name: `${name}.worst`,
    value: worst,
    unit: "ms late",
    limit: MOST_LATE_MS,
    also,
  });
}

/** A segment with everybody gets another condition that everybody fulfils, and then one that few do. */
async function* editing(bench: Bench, changes: Changes): AsyncGenerator<Figure> {
  const { db, client, customers, note } = bench;
  const kept = { db, scope: client.scope, catalogue: client.catalogue };
  note("changes without an edit");
  const without = await changes.run({ ...BESIDE_EDIT, customers });
  note(told(without));
  note("changes beside an edit of a segment with everybody");
  const edit = timed(async () => {
    const name = EVERYBODY;
    await applyDefinitions(kept, [
      { name, criteria: "customer.visits >= 10 || customer.points >= 0" },
    ]);
    await settle(kept);
  });
  const beside = await changes.run({ ...BESIDE_EDIT, customers });
  const { seconds } = await edit;
  note(`${told(beside)}; the edit took ${seconds.toFixed(1)} s`);
  yield figure({
    name: `segments.edit.${customers}.p99`,
    value: beside.p99,
    unit: "ms, of changes beside it",
    limitName: "p99 without an edit",
    limit: without.p99,
    target: `≤ ${MOST_EDIT_RATIO} ×, or ≤ ${MOST_P99_MS} ms`,
    holds: (value, ratio) => ratio <= MOST_EDIT_RATIO || value <= MOST_P99_MS,
  });
}

/**
 * Files that change customers come one after the other: how soon is the last of them followed? Beside it
 * what the machine can do at all: the same import with nobody following, and following with no import.
 */
async function* importing(bench: Bench, changes: Changes): AsyncGenerator<Figure> {
  const { db, client, customers, note } = bench;
  const rows = Math.min(50_000, Math.floor(customers / IMPORTS));
  const files = await changedFiles(bench, rows);
  const all = await timed(async () => {
    for (const file of files) {
      const one = await timed(() => importFile(db, client, { dataset: "customers", file }));
      note(`${rows} imported in ${one.seconds.toFixed(1)} s; ${await lag(bench)} changes behind`);
    }
    await changes.caughtUp();
  });
  yield figure({
    name: `segments.import.${customers}`,
    value: (IMPORTS * rows) / all.seconds,
    unit: "changed customers/s imported and followed",
    limitName: `${LEAST_IMPORTED_RATE} a second`,
    limit: LEAST_IMPORTED_RATE,
    target: `≥ ${LEAST_IMPORTED_RATE} a second`,
    holds: (_, ratio) => ratio >= 1,
  });
}

/** With nobody following beside it: what both together can come to is limited by each. */
export async function* benchApart(bench: Bench): AsyncGenerator<Figure> {
  const { db, client, customers, note } = bench;
  const rows = Math.min(50_000, Math.floor(customers / IMPORTS));
  const [file] = await changedFiles(bench, rows);
  note(`${rows} imported and followed, one after the other`);
  const dataset = "customers";
  const imported = await timed(() =>
    importFile(db, client, { dataset, file: must(file, "there are files") }),
  );
  const kept = { db, scope: client.scope, catalogue: client.catalogue };
  const followed = await timed(() => followClient(kept, { clock: systemClock }));
  for (const [what, { seconds }] of Object.entries({ imported, followed })) {
    yield figure({
      name: `segments.import.${customers}.${what}-alone`,
      value: rows / seconds,
      unit: `changed customers/s ${what} alone`,
      limitName: "nothing else at work",
      limit: rows / seconds,
      target: "for comparison",
      holds: () => true,
    });
  }
}

async function changedFiles(bench: Bench, rows: number): Promise<readonly string[]> {
  const files: string[] = [];
  for (let n = 0; n < IMPORTS; n++) {
    const file = join(bench.folder, `changed-${n}.csv`);
    const lines = await changedRows(bench, { from: 1 + n * rows, rows });
    await writeFile(file, lines.join("\n"));
    files.push(file);
  }
  return files;
}

async function lag({ db, client }: Bench): Promise<number> {
  const { behind } = await db.scoped(client.scope, (tx) =>
    tx.row<{ behind: number }>(
      "select (select last from _change_head)::float8 - cursor::float8 as behind from _following",
    ),
  );
  return behind;
}

/** Some customers as they are, but for one more visit and what goes with it. */
async function changedRows(
  { db, client }: Bench,
  { from, rows }: { readonly from: number; readonly rows: number },
): Promise<readonly string[]> {
  const lines = await db.scoped(client.scope, (tx) =>
    tx.rows<{ line: string }>(
      `select concat_ws(',', customer_no, city, plan, vip, visits + 1, points + 50, balance + 5) as line
         from customers where _id between $1 and $2`,
      [from, from + rows - 1],
    ),
  );
  const head = "customer_no,city,plan,vip,visits,points,balance";
  return [head, ...lines.map(({ line }) => line), ""];
}
