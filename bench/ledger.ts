/**
 * A client's ledger: entries a second that are numbered, hashed and durable, beside PostgreSQL taking the
 * same entries by bare COPY, a commit for each batch; how long the proof of an entry takes, and how long
 * the verification of a waybill.
 */
import { generateKeyPairSync } from "node:crypto";
import {
  type Ledger,
  proveEntry,
  publishHead,
  recordInLedger,
  sequence,
  signingKey,
} from "../src/modules/ledger/index.ts";
import { createScope, migrateScope } from "../src/platform/postgres/index.ts";
import type { LedgerEntry } from "../src/protocol/ledger/index.ts";
import { benchDatabase } from "./bench-scope.ts";
import { type BenchOptions, type Figure, figure, median, percentile, timed } from "./figure.ts";
import { verificationFigures } from "./ledger-verification.ts";

const ENTRIES = 100_000;
const BATCH = 5_000;
const PROOFS = 500;
/** Proofs before those that count: plans are made, and code is compiled. */
const WARM_UP = 50;
const REPEATS = 3;

export async function* benchLedger(options: BenchOptions): AsyncGenerator<Figure> {
  await using bench = await benchDatabase();
  const { db, dataDir } = bench;
  const scope = await createScope(db, "ledger");
  await migrateScope(db, scope);
  await db.defining(scope, (tx) =>
    tx.run("create table bench_entries (index bigint primary key, about text, entry text)"),
  );
  const signer = signingKey(generateKeyPairSync("ed25519").privateKey);
  const ledger = { db, scope, client: "ledger", operator: "bench", dataDir, signer };
  const rates = { ours: [] as number[], copied: [] as number[] };
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    options.note(`ledger, run ${repeat + 1} of ${REPEATS}`);
    rates.copied.push(await copyRate(ledger, repeat * ENTRIES));
    await noteEntries(ledger);
    const { seconds } = await timed(() => sequence(ledger));
    rates.ours.push(ENTRIES / seconds);
  }
  yield figure({
    name: `ledger.sequence.${REPEATS * ENTRIES}`,
    value: median(rates.ours),
    unit: "leaves/s",
    limitName: "bare COPY of the same entries, as many to a commit",
    limit: median(rates.copied),
    target: "≥ 10,000 leaves/s durable",
    holds: (value) => value >= 10_000,
  });
  yield* proofFigures(ledger);
  options.note("ledger, verification of a waybill");
  yield* verificationFigures();
}

async function noteEntries({ db, scope }: Ledger): Promise<void> {
  for (let start = 0; start < ENTRIES; start += BATCH) {
    const entries = Array.from({ length: BATCH }, (_, at) => entryOf(start + at));
    await db.scoped(scope, (tx) => recordInLedger(tx, entries));
  }
}

function entryOf(index: number): LedgerEntry {
  const about = index.toString(16).padStart(64, "0");
  const at = "2026-03-01T10:00:00.000Z";
  const fields = { clear: ["name", "email", "city"], partial: ["phone"] };
  const access = { recipient: "care-team", purpose: "essential", act: "show", fields } as const;
  return { version: "1", kind: "customer-shown", at, actor: "cli:someone", about, access };
}

async function copyRate({ db, scope }: Ledger, from: number): Promise<number> {
  const lines = Array.from({ length: ENTRIES }, (_, at) => {
    const entry = entryOf(at);
    return `${from + at}\t${entry.about}\t${JSON.stringify(entry)}\n`;
  });
  const { seconds } = await timed(async () => {
    for (let start = 0; start < ENTRIES; start += BATCH) {
      await db.defining(scope, (tx) =>
        tx.copyIn("copy bench_entries from stdin", lines.slice(start, start + BATCH)),
      );
    }
  });
  return ENTRIES / seconds;
}

/**
 * The bare limit is the look-up of the entry alone, in a transaction like that of the proof; both keep their
 * plans, as whoever answers many such questions does. Nearly every proof needs a tile that none before it did.
 */
async function* proofFigures(ledger: Ledger): AsyncGenerator<Figure> {
  const { db, scope } = ledger;
  const head = await publishHead(ledger);
  const options = { readOnly: true, keepsPlans: true };
  const look = "select entry from _ledger_entries where index = $1";
  const times = { ours: [] as number[], bare: [] as number[] };
  for (let count = -WARM_UP; count < PROOFS; count += 1) {
    const index = ((count + WARM_UP) * 7_919) % head.size;
    const bare = await milliseconds(() => db.scoped(scope, (tx) => tx.row(look, [index]), options));
    const ours = await milliseconds(() =>
      db.scoped(scope, (tx) => proveEntry(tx, head, index), options),
    );
    if (count >= 0) {
      times.bare.push(bare);
      times.ours.push(ours);
    }
  }
  const name = `ledger.inclusion-proof.${head.size}`;
  const shared = { unit: "ms", limitName: "the bare look-up of the entry" };
  yield figure({
    ...shared,
    name,
    value: median(times.ours),
    limit: median(times.bare),
    target: "≤ 1 ms",
    holds: (value) => value <= 1,
  });
  yield figure({
    ...shared,
    name: `${name}.p99`,
    value: percentile(times.ours, 99),
    limit: percentile(times.bare, 99),
  });
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  return (await timed(work)).seconds * 1_000;
}
