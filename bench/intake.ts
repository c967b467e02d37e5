/**
 * Intake: a CSV file to validated, normalised, logged customers, end to end, beside what no intake can
 * beat: the finished rows copied by bare COPY into empty tables like all those that it filled, indexes
 * included.
 */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { definitionChecks } from "../src/entry/definition-checks.ts";
import { generate } from "../src/entry/generator/index.ts";
import { applyFolder, type Client, getClient, readFolder } from "../src/modules/contracts/index.ts";
import { importInput } from "../src/modules/intake/index.ts";
import { systemClock } from "../src/platform/clock.ts";
import { type Database, quoteIdent } from "../src/platform/postgres/index.ts";
import { benchDatabase } from "./bench-scope.ts";
import { type BenchOptions, type Figure, figure, median, timed } from "./figure.ts";

interface Subject {
  readonly client: "telecom" | "retail";
  readonly dataset: string;
  readonly file: string;
  /** Every table that the intake fills. */
  readonly tables: readonly string[];
  /** Generated customers for a number of rows. */
  readonly customers: (rows: number) => number;
}

const SUBJECTS: readonly Subject[] = [
  {
    client: "telecom",
    dataset: "customers",
    file: "billing.csv",
    tables: ["customers", "customers__records", "_changes"],
    customers: (rows) => rows,
  },
  {
    client: "retail",
    dataset: "orders",
    file: "orders.txt",
    tables: ["orders", "customers", "customers__records", "_changes"],
    customers: (rows) => Math.ceil(rows / 3),
  },
];

/** Memory may not grow with the file. */
const MOST_RESIDENT_MB = 1_000;

export async function* benchIntake(options: BenchOptions): AsyncGenerator<Figure> {
  for (const subject of SUBJECTS) {
    for (const rows of options.rows) {
      options.note(`intake of ${subject.client} ${subject.dataset}, about ${rows} rows`);
      yield* benchSubject(subject, rows);
    }
  }
}

/** Small files are over in seconds, so one run says little: the median of three. */
const repeatsOf = (rows: number): number => (rows > 200_000 ? 1 : 3);

async function* benchSubject(subject: Subject, rows: number): AsyncGenerator<Figure> {
  const runs: Run[] = [];
  for (let repeat = 0; repeat < repeatsOf(rows); repeat++) {
    runs.push(await runOnce(subject, rows));
  }
  const name = `intake.${subject.client}.${subject.dataset}.${rows}`;
  yield figure({
    name,
    value: median(runs.map((run) => run.rate)),
    unit: "rows/s",
    limitName: "bare COPY of the finished rows",
    limit: median(runs.map((run) => run.bareRate)),
    target: "≥ 0.5 × and ≥ 25,000 rows/s",
    holds: (value, ratio) => ratio >= 0.5 && value >= 25_000,
  });
  yield figure({
    name: `${name}.memory`,
    value: Math.max(...runs.map((run) => run.peakMb)),
    unit: "MB resident",
    limitName: "1 GB",
    limit: MOST_RESIDENT_MB,
    target: "< 1 GB",
    holds: (_, ratio) => ratio < 1,
  });
}

interface Run {
  /** Rows a second, from the file to the commit. */
  readonly rate: number;
  /** Rows a second of the bare COPYs. */
  readonly bareRate: number;
  readonly peakMb: number;
}

async function runOnce(subject: Subject, rows: number): Promise<Run> {
  await using bench = await benchDatabase();
  const { db } = bench;
  const client = await applyExample(db, subject.client);
  const out = join(bench.dataDir, "generated");
  await generate({ client: subject.client, customers: subject.customers(rows), seed: 7, out });
  const file = join(out, subject.file);

  const resident = new ResidentPeak();
  const imported = await timed(() => importFile(db, client, { dataset: subject.dataset, file }));
  const peakMb = resident.stop();
  const bare = await timed(() => copyBare(db, client, subject.tables));
  const { read } = imported.result;
  return {
    rate: read / imported.seconds,
    bareRate: read / (bare.seconds - bare.result),
    peakMb,
  };
}

/** Makes an example client in an empty database. */
export async function applyExample(db: Database, key: string): Promise<Client> {
  const folder = await readFolder(join(import.meta.dirname, "..", "examples", key));
  await applyFolder(db, folder, definitionChecks(), {
    actor: "bench",
    clock: systemClock,
    allow: [],
  });
  return getClient(db, key);
}

export function importFile(
  db: Database,
  client: Client,
  { dataset, file }: { readonly dataset: string; readonly file: string },
) {
  return importInput(
    { db, clock: systemClock },
    {
      client,
      dataset,
      input: createReadStream(file, { highWaterMark: 1024 * 1024 }),
      origin: "bench",
      expected: { sums: {} },
      actor: "bench",
      dryRun: false,
      signal: new AbortController().signal,
      onProgress: () => {},
      onNote: () => {},
    },
  );
}

/**
 * Copies every table out, then into an empty twin.
 * @returns the seconds that copying out took, which are no part of the limit
 */
async function copyBare(db: Database, client: Client, tables: readonly string[]): Promise<number> {
  let outside = 0;
  for (const table of tables) {
    const twin = quoteIdent(`bench_${table}`);
    const out = await timed(async () => {
      await db.defining(client.scope, (tx) =>
        tx.run(`create table ${twin} (like ${quoteIdent(table)} including all)`),
      );
      return db.scoped(
        client.scope,
        async (tx) =>
          Array.fromAsync(tx.copyOut(`copy ${quoteIdent(table)} to stdout`), (chunk) =>
            Buffer.from(chunk),
          ),
        { statementTimeoutMs: 0 },
      );
    });
    outside += out.seconds;
    await db.scoped(
      client.scope,
      (tx) => tx.copyIn(`copy ${twin} from stdin`, out.result as Buffer[]),
      { statementTimeoutMs: 0 },
    );
  }
  return outside;
}

/** The highest resident size of this process, looked at ten times a second. */
class ResidentPeak {
  #peak = 0;
  readonly #timer = setInterval(() => this.#look(), 100);

  #look(): void {
    this.#peak = Math.max(this.#peak, process.memoryUsage.rss());
  }

  /** @returns megabytes */
  stop(): number {
    clearInterval(this.#timer);
    this.#look();
    return this.#peak / 1024 / 1024;
  }
}
