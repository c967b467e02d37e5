/** Reading an input to its end: accepted rows into the staging table, refused ones into quarantine. */
import type { Hash } from "node:crypto";
import type { Database, Scope } from "../../platform/postgres/index.ts";
import { addDecimals } from "./control-totals.ts";
import type { ImportProgress } from "./import-input.ts";
import type { OpenedIntake } from "./open-intake.ts";
import type { RangeQueue } from "./range-queue.ts";
import type { ExpectedTotals, Totals } from "./store/intakes.ts";
import { insertQuarantined } from "./store/quarantine.ts";
import { copyToStage } from "./store/stage.ts";

export interface Receiving {
  readonly db: Database;
  readonly scope: Scope;
  readonly intake: bigint;
  readonly at: Date;
  readonly opened: OpenedIntake;
  readonly hash: Hash;
  /** Told of every staged range. */
  readonly ranges: RangeQueue;
  readonly expected: ExpectedTotals;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ImportProgress) => void;
  readonly onNote: (note: string) => void;
}

/** What was found when the whole input had been read. */
export interface Received {
  readonly read: number;
  readonly quarantined: number;
  /** Sums of the control fields over the rows that passed. */
  readonly sums: Totals;
  /** What was promised: beside the file, and in its trailer. */
  readonly expected: ExpectedTotals;
  readonly ignoredColumns: readonly string[];
  readonly sha256: Buffer;
  readonly bytes: number;
}

export async function receive(receiving: Receiving): Promise<Received> {
  const { db, scope, intake, at, opened, ranges, signal } = receiving;
  let read = 0;
  let quarantined = 0;
  let bytes = 0;
  const sums: Record<string, string> = {};
  for await (const batch of opened.batches) {
    await db.scoped(
      scope,
      async (tx) => {
        await copyToStage(tx, intake, { columns: opened.columns, rows: batch.copy });
        await insertQuarantined(tx, { intake, at, rows: batch.rejected });
      },
      { statementTimeoutMs: 0, signal },
    );
    if (batch.rows > 0) {
      ranges.push({ from: batch.firstLine, to: batch.lastLine });
    }
    read += batch.rows + batch.rejected.length;
    quarantined += batch.rejected.length;
    bytes = batch.bytesRead;
    for (const [field, sum] of batch.sums) {
      sums[field] = addDecimals(sums[field] ?? "0", sum);
    }
    receiving.onProgress({ bytes, rows: read, quarantined });
  }
  const end = opened.end();
  return {
    read,
    quarantined,
    sums,
    expected: mergeExpected(receiving.expected, end.trailer),
    ignoredColumns: end.ignoredColumns,
    sha256: receiving.hash.digest(),
    bytes: end.bytesRead,
  };
}

/** What stands beside the file is said about this very file, so it outweighs the trailer. */
function mergeExpected(beside: ExpectedTotals, trailer: ExpectedTotals | undefined): ExpectedTotals {
  return {
    rows: beside.rows ?? trailer?.rows,
    sums: { ...trailer?.sums, ...beside.sums },
  };
}
