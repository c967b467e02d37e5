/** Resolution of a client: all of a customer base, an import beside it, and one record that arrives. */
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { definitionChecks } from "../../src/entry/definition-checks.ts";
import {
  applyFolder,
  type Client,
  getClient,
  readFolder,
} from "../../src/modules/contracts/index.ts";
import {
  matchRecord,
  openMatcher,
  resolveAll,
  resolveChanged,
} from "../../src/modules/resolution/index.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { DuckDb } from "../../src/platform/duckdb/index.ts";
import type { Database } from "../../src/platform/postgres/index.ts";
import { benchDatabase } from "../bench-scope.ts";
import { type BenchOptions, type Figure, figure, timed } from "../figure.ts";
import { importFile } from "../intake.ts";
import { MILLION, pathOf } from "./data-sets.ts";

const RUN = { actor: "bench", clock: systemClock } as const;

/** The limits are stated for a base of so many records; of others the figures are for the reader. */
const LIMITED_ROWS = 1_000_000;
const FOR_THE_READER = "for the reader";

/** Records that come when all others are resolved. */
const ARRIVING = 10_000;
/** Some rows of the file have days that no calendar has, and go to the quarantine. */
const LEAST_ARRIVED = 9_500;
const MOST_IMPORT_SECONDS = 5;

/** Records that are looked up one by one, after some that warm the caches as a busy server's are. */
const PROBES = 300;
const WARM_UP = 50;
const MOST_PROBE_MS = 10;

/** One of these that were asked for is measured at: the base is a share of the million. */
export async function* benchClient(options: BenchOptions): AsyncGenerator<Figure> {
  const path = pathOf(MILLION);
  if (path === undefined) {
    options.note("resolution: skipped, the reference data is not in ../shared/data");
    return;
  }
  for (const rows of options.rows) {
    await using bench = await benchDatabase();
    const files = await splitFile(path, { rows, folder: bench.dataDir });
    yield* benchBase(bench.db, { rows, note: options.note }, files);
  }
}

interface Files {
  readonly base: string;
  readonly arriving: string;
}

async function* benchBase(
  db: Database,
  { rows, note }: { readonly rows: number; readonly note: BenchOptions["note"] },
  files: Files,
): AsyncGenerator<Figure> {
  const name = `resolution.${rows}`;
  const isLimited = rows === LIMITED_ROWS;
  const client = await applyPeople(db);
  note(`${name}: importing the base`);
  await importFile(db, client, { dataset: "customers", file: files.base });
  note(`${name}: resolving all`);
  const full = await timed(() => resolveAll(db, client, RUN));
  const { customers, largest } = full.result;
  note(
    `${name}: ${full.seconds.toFixed(1)} s for all; ${customers.before} records are ${customers.after} customers, the largest of ${largest} records`,
  );
  await vacuumed(db, client, note);
  yield await probing(db, client, { name, file: files.arriving, isLimited });
  await importFile(db, client, { dataset: "customers", file: files.arriving });
  note(`${name}: linking ${ARRIVING} more`);
  const more = await timed(() => resolveChanged(db, client, RUN));
  const linked = more.result?.records ?? 0;
  yield figure({
    name: `${name}.import`,
    value: more.seconds,
    unit: `s for ${linked} records`,
    limitName: `${MOST_IMPORT_SECONDS} s`,
    limit: MOST_IMPORT_SECONDS,
    target: isLimited ? `≤ ${MOST_IMPORT_SECONDS} s` : FOR_THE_READER,
    holds: (_, ratio) => linked >= LEAST_ARRIVED && (ratio <= 1 || !isLimited),
  });
}

/** Longest wait for the server's own vacuum. */
const MOST_VACUUM_MS = 300_000;
const LOOK_EVERY_MS = 2_000;

/**
 * Waits until the server has vacuumed the block keys, as it does by itself within minutes of a full run.
 * Whoever looks them up before marks each page as seen by all, which takes longer than the look-up.
 */
async function vacuumed(
  db: Database,
  { scope }: Client,
  note: BenchOptions["note"],
): Promise<void> {
  note("waiting for the server to vacuum");
  for (let waited = 0; waited < MOST_VACUUM_MS; waited += LOOK_EVERY_MS) {
    const { done } = await db.scoped(scope, (tx) =>
      tx.row<{ done: boolean }>(
        `select last_autovacuum is not null as done from pg_stat_user_tables
          where schemaname = current_schema() and relname = '_blocks'`,
      ),
    );
    if (done) {
      return;
    }
    await setTimeout(LOOK_EVERY_MS);
  }
  note("the server has not vacuumed: what follows does its work");
}

/** Whom a record may be, with the explanation: each of some that are not there yet, one after the other. */
async function probing(
  db: Database,
  client: Client,
  {
    name,
    file,
    isLimited,
  }: { readonly name: string; readonly file: string; readonly isLimited: boolean },
): Promise<Figure> {
  await using duck = await DuckDb.open();
  const probes = await duck.rows<Record<string, string | null>>(
    `select unique_id as record_id, first_name, surname, dob as birth_date, city, postcode, email, phone
       from read_csv($1, all_varchar = true) limit ${PROBES + WARM_UP}`,
    [file],
  );
  const matcher = await db.scoped(client.scope, (tx) => openMatcher(tx, client));
  const milliseconds: number[] = [];
  for (const probe of probes) {
    const { seconds } = await timed(() =>
      db.scoped(client.scope, (tx) => matchRecord(tx, matcher, probe), { readOnly: true }),
    );
    milliseconds.push(seconds * 1000);
  }
  const warm = milliseconds.slice(WARM_UP).toSorted((a, b) => a - b);
  return figure({
    name: `${name}.one-record.p95`,
    value: warm[Math.floor(warm.length * 0.95)] ?? Number.NaN,
    unit: "ms, with the explanation",
    limitName: `${MOST_PROBE_MS} ms`,
    limit: MOST_PROBE_MS,
    target: isLimited ? `≤ ${MOST_PROBE_MS} ms` : FOR_THE_READER,
    holds: (_, ratio) => ratio <= 1 || !isLimited,
  });
}

async function applyPeople(db: Database): Promise<Client> {
  const folder = await readFolder(join(import.meta.dirname, "client"));
  const applied = { actor: RUN.actor, clock: systemClock, allow: [] };
  await applyFolder(db, folder, definitionChecks(), applied);
  return getClient(db, "people");
}

/** Whole entities of the file, so that a part of it has duplicates like all of it; then some records apart. */
async function splitFile(
  path: string,
  { rows, folder }: { readonly rows: number; readonly folder: string },
): Promise<Files> {
  await using duck = await DuckDb.open();
  await duck.run(
    `create table people as select * exclude (cluster), row_number() over (order by hash(unique_id)) as place
       from read_parquet($1) where hash(cluster) % 1000 < $2`,
    [path, Math.ceil(rows / 1000)],
  );
  const base = join(folder, "base.csv");
  const arriving = join(folder, "arriving.csv");
  const columns = "unique_id, first_name, surname, dob, city, postcode, email, phone";
  await duck.run(`copy (select ${columns} from people where place > ${ARRIVING}) to '${base}'`);
  await duck.run(
    `copy (select ${columns} from people where place <= ${ARRIVING}) to '${arriving}'`,
  );
  return { base, arriving };
}
