/**
 * Finds out, for a range of staged lines, which rows are new, which are known with new values, and
 * which say nothing new. The answer is the temporary table `_match`, which the merges work from.
 */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { quoteIdent } from "../../../platform/postgres/index.ts";
import type { LineRange, MergeContext } from "./merge-context.ts";

/**
 * Prepares a transaction to match staged rows. Once per transaction.
 *
 * `row_id` is the source record or event that the line states; `id` the golden row it belongs to.
 * `alone` marks a golden row that this line creates and nothing else contributes to yet, which is
 * nearly every row of a first import: its golden values are the line's own, no survivorship needed.
 */
export async function openMatch(tx: Transaction): Promise<void> {
  await tx.run(`
    create temporary table _match (
      line    bigint not null,
      key     text not null,
      outcome text not null,
      row_id  bigint,
      id      bigint,
      alone   boolean not null default false
    ) on commit drop`);
  await tx.run(`
    create temporary table _seen (
      hash uuid primary key,
      n    bigint not null
    ) on commit drop`);
}

/**
 * Numbers the statements of one key within a range, in line order, so that a file that states a row
 * twice is merged as two statements one after the other. Nearly always there is one round.
 * @returns the number of rounds; 0 when the range is empty
 */
export async function numberRounds(context: MergeContext, range: LineRange): Promise<number> {
  const stage = quoteIdent(context.stage);
  const { rounds } = await context.tx.row<{ rounds: bigint | null }>(
    `select max(n) as rounds from (
       select count(*) as n from ${stage} where _line between $1 and $2
        group by coalesce(_key, _hash::text)) keys`,
    [range.from, range.to],
  );
  if (rounds !== null && rounds > 1n) {
    await context.tx.run(
      `update ${stage} s set _round = numbered.n
         from (select _line, row_number() over (partition by coalesce(_key, _hash::text) order by _line) as n
                 from ${stage} where _line between $1 and $2) numbered
        where numbered._line = s._line and numbered.n > 1`,
      [range.from, range.to],
    );
  }
  return Number(rounds ?? 0n);
}

/** The rows of a table that a source has stated before, matched by key. */
export interface KnownRows {
  /** Quoted table of source records or events. */
  readonly table: string;
  /** Quoted columns of that table: its own id, and the golden row's. */
  readonly rowId: string;
  readonly id: string;
}

/** Matches one round of a range by source and key. A dataset without a key is matched by content. */
export async function matchByKey(
  context: MergeContext,
  { from, to, round }: LineRange & { readonly round: number },
  known: KnownRows,
): Promise<void> {
  await context.tx.run("truncate _match");
  await context.tx.run(
    `insert into _match (line, key, outcome, row_id, id)
     select s._line, coalesce(s._key, s._hash::text),
            case when k._source is null then 'new' when k._hash = s._hash then 'same' else 'changed' end,
            k.${known.rowId}, k.${known.id}
       from ${quoteIdent(context.stage)} s
       left join ${known.table} k on k._source = $1 and k._key = coalesce(s._key, s._hash::text)
      where s._line between $2 and $3 and s._round = $4`,
    [context.source, from, to, round],
  );
  await context.tx.run("analyze _match");
}

/**
 * Matches a range of events that have no key of their own. Equal rows are real (two purchases on one
 * day), so the key of the n-th equal row of an intake is its content's hash and n: importing the file
 * again finds every row known, and a file with one equal row more adds just that one.
 */
export async function matchByOccurrence(
  context: MergeContext,
  range: LineRange,
  known: KnownRows,
): Promise<void> {
  const stage = quoteIdent(context.stage);
  const lines = [range.from, range.to];
  await context.tx.run("truncate _match");
  await context.tx.run(
    `insert into _seen as seen (hash, n)
     select _hash, count(*) from ${stage} where _line between $1 and $2 group by _hash
         on conflict (hash) do update set n = seen.n + excluded.n`,
    lines,
  );
  await context.tx.run(
    `insert into _match (line, key, outcome, row_id, id)
     select numbered._line, numbered.key, case when k._source is null then 'new' else 'same' end,
            k.${known.rowId}, k.${known.id}
       from (select s._line,
                    s._hash::text || '#' || (seen.n
                      - count(*) over (partition by s._hash)
                      + row_number() over (partition by s._hash order by s._line)) as key
               from ${stage} s join _seen seen on seen.hash = s._hash
              where s._line between $1 and $2) numbered
       left join ${known.table} k on k._source = $3 and k._key = numbered.key`,
    [...lines, context.source],
  );
  await context.tx.run("analyze _match");
}

/** How many lines of the present match ended how. */
export async function countOutcomes(
  tx: Transaction,
): Promise<{ readonly accepted: number; readonly changed: number; readonly unchanged: number }> {
  const row = await tx.row<{ accepted: bigint; changed: bigint; unchanged: bigint }>(
    `select count(*) filter (where outcome = 'new') as accepted,
            count(*) filter (where outcome = 'changed') as changed,
            count(*) filter (where outcome = 'same') as unchanged
       from _match`,
  );
  return {
    accepted: Number(row.accepted),
    changed: Number(row.changed),
    unchanged: Number(row.unchanged),
  };
}
