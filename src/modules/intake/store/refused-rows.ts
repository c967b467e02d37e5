/** Refused rows, read through from end to end, and taken out where they are about somebody who is erased. */
import type { Transaction } from "../../../platform/postgres/index.ts";

/** A refused row with what it came from. */
export interface RefusedRow {
  readonly intake: bigint;
  readonly line: bigint;
  readonly source: string;
  readonly original: Buffer;
  readonly isSealed: boolean;
}

const ROWS_A_FETCH = 1000;

/** Every refused row of the client, in the order of intakes. Rows whose bytes are gone are left out. */
export function refusedRows(tx: Transaction): AsyncIterable<RefusedRow[]> {
  return tx.batches<RefusedRow>(
    `select q.intake, q.line, s.name as source, q.original, q.is_sealed as "isSealed"
       from _quarantine q
       join _intakes i on i.intake = q.intake
       join _sources s on s.source = i.source
      where length(q.original) > 0
      order by q.intake, q.line`,
    [],
    ROWS_A_FETCH,
  );
}

/** Removes refused rows for good. @returns how many there were */
export async function removeRefused(
  tx: Transaction,
  rows: readonly Pick<RefusedRow, "intake" | "line">[],
): Promise<number> {
  return await tx.run(
    `delete from _quarantine q
      using unnest($1::bigint[], $2::bigint[]) gone (intake, line)
      where q.intake = gone.intake and q.line = gone.line`,
    [rows.map(({ intake }) => intake), rows.map(({ line }) => line)],
  );
}
