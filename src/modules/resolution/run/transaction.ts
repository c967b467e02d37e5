/** The transaction of a run: it commits, or in a dry run gives its report and leaves nothing behind. */
import type { Database, Transaction } from "../../../platform/postgres/index.ts";
import type { Client } from "../../contracts/index.ts";
import { lockCustomers } from "../../customers/index.ts";
import { saySomething } from "../store/liveness.ts";
import type { ResolutionReport, RunOptions } from "./report.ts";

/** Bulk work: as long as it takes. */
const BULK = { statementTimeoutMs: 0, lockTimeoutMs: 0 } as const;

/** The server ends transactions that say nothing for ten minutes; DuckDB may take longer over many records. */
const STILL_HERE_MS = 60_000;

async function stayingInTransaction<T>(tx: Transaction, work: () => Promise<T>): Promise<T> {
  const stillHere = setInterval(() => void saySomething(tx).catch(() => {}), STILL_HERE_MS);
  try {
    return await work();
  } finally {
    clearInterval(stillHere);
  }
}

/** Rolls a dry run back without being an error. */
class Withheld extends Error {
  override readonly name = "Withheld";
  readonly report: ResolutionReport | undefined;

  constructor(report: ResolutionReport | undefined) {
    super("a dry run changes nothing");
    this.report = report;
  }
}

/** Runs `work` when it is its turn to change the client's customers. */
export async function inRun<Report extends ResolutionReport | undefined>(
  { db, client }: { readonly db: Database; readonly client: Client },
  { dryRun = false, signal }: Pick<RunOptions, "dryRun" | "signal">,
  work: (tx: Transaction) => Promise<Report>,
): Promise<ResolutionReport | Report> {
  try {
    return await db.scoped(
      client.scope,
      async (tx) => {
        await lockCustomers(tx);
        const report = await stayingInTransaction(tx, () => work(tx));
        if (dryRun && report !== undefined) {
          throw new Withheld({ ...report, model: null });
        }
        return report;
      },
      { ...BULK, signal },
    );
  } catch (error) {
    if (error instanceof Withheld && error.report !== undefined) {
      return error.report;
    }
    throw error;
  }
}
