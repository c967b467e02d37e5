/** Reading an input to its end: accepted rows into the staging table, refused ones into quarantine. */
import type { Hash } from "node:crypto";
import type { Database, Scope } from "../../platform/postgres/index.ts";
import type { OpenedIntake } from "./open-intake.ts";
import type { Trailer } from "./prepare.ts";
import type { RangeQueue } from "./range-queue.ts";
import type { IntakeSealing } from "./sealing/intake-sealing.ts";
import type { ExpectedTotals, Layout, Totals } from "./store/intakes.ts";
import { insertQuarantined } from "./store/quarantine.ts";
import { copyToStage } from "./store/stage.ts";

/** How far an input has been read. */
export interface ImportProgress {
  /** Bytes read of the input. */
  readonly bytes: number;
  readonly rows: number;
  readonly quarantined: number;
}

export interface Receiving {
  readonly db: Database;
  readonly scope: Scope;
  readonly intake: bigint;
  readonly at: Date;
  readonly opened: OpenedIntake;
  /** Undefined where the dataset has no sealed field. */
  readonly sealing: IntakeSealing | undefined;
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
  /** Sums of the same fields over the refused rows, as far as they could be read. */
  readonly refusedSums: Totals;
  /** The source announces a trailer, and none came: the input was probably cut off. */
  readonly isTrailerMissing: boolean;
  /** Columns that nothing asks for. */
  readonly ignoredColumns: readonly string[];
  readonly layout: Layout;
  readonly sha256: Buffer;
  readonly bytes: number;
}

export async function receive(receiving: Receiving): Promise<Received> {
  const { db, scope, intake, at, opened, sealing, ranges, signal } = receiving;
  const { preparation, columns } = opened;
  let read = 0;
  let quarantined = 0;
  const isSealed = sealing !== undefined;
  for await (const batch of preparation) {
    const rows = isSealed ? await sealing.rows(batch.copy) : batch.copy;
    const rejected = isSealed ? await sealing.originals(batch.rejected) : batch.rejected;
    await db.scoped(
      scope,
      async (tx) => {
        await copyToStage(tx, intake, { columns, rows });
        await insertQuarantined(tx, { intake, at, rows: rejected, isSealed });
      },
      // A crash of the server empties the staging table anyway, and the intake starts again.
      { statementTimeoutMs: 0, isDurable: false, signal },
    );
    if (batch.rows > 0) {
      ranges.push({ from: batch.firstLine, to: batch.lastLine });
    }
    read += batch.rows + batch.rejected.length;
    quarantined += batch.rejected.length;
    receiving.onProgress({ bytes: batch.bytesRead, rows: read, quarantined });
  }
  return summed(receiving);
}

function summed({ opened, expected, hash }: Receiving): Received {
  const summary = opened.preparation.summary();
  return {
    read: summary.read,
    quarantined: summary.rejected,
    sums: Object.fromEntries(summary.sums),
    refusedSums: Object.fromEntries(summary.rejectedSums),
    expected: mergeExpected(expected, summary.trailer),
    isTrailerMissing: summary.isTrailerMissing,
    ignoredColumns: summary.unmapped,
    layout: { ...summary.detected, columns: summary.columns },
    sha256: hash.digest(),
    bytes: summary.bytesRead,
  };
}

/** What stands beside the file is said about this very file, so it outweighs the trailer. */
function mergeExpected(beside: ExpectedTotals, trailer: Trailer | undefined): ExpectedTotals {
  return {
    rows: beside.rows ?? trailer?.rows,
    sums: { ...Object.fromEntries(trailer?.sums ?? []), ...beside.sums },
  };
}
