/** Rows that were not accepted, with the bytes as they came. Read behind the client's wall only. */
import type { RejectedRow, RowIssue } from "../prepare.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";

export type QuarantineState = "open" | "retried" | "dismissed";

export interface QuarantinedRow {
  readonly intake: bigint;
  readonly line: bigint;
  readonly state: QuarantineState;
  readonly original: Buffer;
  /** The original is sealed, as it rests where its dataset has sealed fields. */
  readonly isSealed: boolean;
  readonly issues: readonly RowIssue[];
  readonly at: Date;
}

export async function insertQuarantined(
  tx: Transaction,
  {
    intake,
    at,
    rows,
    isSealed,
  }: {
    readonly intake: bigint;
    readonly at: Date;
    readonly rows: readonly RejectedRow[];
    readonly isSealed: boolean;
  },
): Promise<void> {
  if (rows.length === 0) {
    return;
  }
  await tx.run(
    `insert into _quarantine (intake, line, original, is_sealed, issues, at)
     select $1, row.line, row.original, $6, row.issues, $2
       from unnest($3::bigint[], $4::bytea[], $5::jsonb[]) row (line, original, issues)`,
    [
      intake,
      at,
      rows.map((row) => row.line),
      rows.map((row) => row.original),
      rows.map((row) => JSON.stringify(row.issues)),
      isSealed,
    ],
  );
}

export interface QuarantinePage {
  readonly intake?: bigint | undefined;
  readonly state?: QuarantineState | undefined;
  /** Go on behind this row. */
  readonly after?: { readonly intake: bigint; readonly line: bigint } | undefined;
  readonly limit: number;
}

/** In the order of intakes and lines. */
export async function selectQuarantined(
  tx: Transaction,
  page: QuarantinePage,
): Promise<QuarantinedRow[]> {
  return tx.rows<QuarantinedRow>(
    `select intake, line, state, original, is_sealed as "isSealed", issues, at
       from _quarantine
      where ($1::bigint is null or intake = $1)
        and ($2::text is null or state = $2)
        and (intake, line) > (coalesce($3::bigint, 0), coalesce($4::bigint, -1))
      order by intake, line
      limit $5`,
    [
      page.intake ?? null,
      page.state ?? null,
      page.after?.intake ?? null,
      page.after?.line ?? null,
      page.limit,
    ],
  );
}

export interface QuarantineGroup {
  readonly intake: bigint;
  readonly origin: string;
  readonly dataset: string;
  readonly rule: string;
  readonly field: string | null;
  readonly message: string;
  readonly rows: bigint;
}

/** What is in quarantine, by reason: the commonest first within an intake, newest intake first. */
export async function summariseQuarantine(tx: Transaction): Promise<QuarantineGroup[]> {
  return tx.rows<QuarantineGroup>(
    `select q.intake, i.origin, i.dataset, issue ->> 'rule' as rule, issue ->> 'field' as field,
            min(issue ->> 'message') as message, count(*) as rows
       from _quarantine q
       join _intakes i on i.intake = q.intake
      cross join lateral jsonb_array_elements(q.issues) issue
      where q.state = 'open'
      group by q.intake, i.origin, i.dataset, rule, field
      order by q.intake desc, rows desc, rule, field`,
  );
}

/** Marks rows that have been read again, in the transaction that publishes them. */
export async function markRetried(
  tx: Transaction,
  intake: bigint,
  lines: readonly bigint[],
): Promise<void> {
  await tx.run(
    "update _quarantine set state = 'retried' where intake = $1 and line = any($2::bigint[])",
    [intake, lines],
  );
}

/** Gives the open rows of an intake up. */
export async function dismissQuarantined(tx: Transaction, intake: bigint): Promise<void> {
  await tx.run("update _quarantine set state = 'dismissed' where intake = $1 and state = 'open'", [
    intake,
  ]);
}

/** Forgets what an intake put into quarantine, because the whole of it starts again. */
export async function deleteQuarantined(tx: Transaction, intake: bigint): Promise<void> {
  await tx.run("delete from _quarantine where intake = $1", [intake]);
}

/** Rows of a dataset's intakes whose originals rest in clear, page by page. */
export async function* clearOriginals(
  tx: Transaction,
  dataset: string,
): AsyncGenerator<Pick<QuarantinedRow, "intake" | "line" | "original">[]> {
  for (;;) {
    const rows = await tx.rows<Pick<QuarantinedRow, "intake" | "line" | "original">>(
      `select q.intake, q.line, q.original
         from _quarantine q join _intakes i on i.intake = q.intake
        where i.dataset = $1 and not q.is_sealed order by q.intake, q.line limit 1000`,
      [dataset],
    );
    if (rows.length === 0) {
      return;
    }
    yield rows;
  }
}

/** Replaces originals by sealed ones. */
export async function writeSealedOriginals(
  tx: Transaction,
  rows: readonly Pick<QuarantinedRow, "intake" | "line" | "original">[],
): Promise<void> {
  await tx.run(
    `update _quarantine q set original = row.original, is_sealed = true
       from unnest($1::bigint[], $2::bigint[], $3::bytea[]) row (intake, line, original)
      where q.intake = row.intake and q.line = row.line`,
    [
      rows.map(({ intake }) => intake),
      rows.map(({ line }) => line),
      rows.map(({ original }) => original),
    ],
  );
}

/** Writes the table anew, without the bytes that updated rows leave in its file until a vacuum. */
export async function rewriteQuarantine(tx: Transaction): Promise<void> {
  await tx.run("alter table _quarantine alter column line type bigint using line + 0");
  await tx.run("analyze _quarantine");
}

/** Intakes of a dataset whose rows are staged. */
export async function stagedIntakes(tx: Transaction, dataset: string): Promise<bigint[]> {
  const rows = await tx.rows<{ intake: bigint }>(
    `select intake from _intakes
      where dataset = $1 and state in ('receiving', 'held') order by intake`,
    [dataset],
  );
  return rows.map(({ intake }) => intake);
}
