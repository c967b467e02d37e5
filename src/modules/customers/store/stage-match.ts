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
 * `alone` marks a golden row that nothing but this line contributes to, which is nearly every row of a
 * first import, and of any where sources do not overlap: its golden values are the line's own, no
 * survivorship needed. Of a changed line it is known only when all records of the round are there.
 * `_seen` counts what an intake has stated before of events without a key, `_places` says the how
 * manieth of its equals each line is, `_named_customers` which customers a range's events name.
 */
export async function openMatch(tx: Transaction): Promise<void> {
  // `_match` is analysed once a range so that its size is known; a large sample would cost more than it tells.
  await tx.run("set local default_statistics_target = 1");
  // Look-ups find one row or none; the planner, who knows nothing of tables that grow, expects many.
  await tx.run("set local enable_bitmapscan = off");
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
  await tx.run(`
    create temporary table _places (
      line       bigint not null,
      hash       uuid not null,
      is_counted boolean not null,
      place      bigint not null,
      row_id     bigint,
      id         bigint
    ) on commit drop`);
  await tx.run(`
    create temporary table _named_customers (
      subject  text not null,
      customer bigint,
      is_new   boolean not null
    ) on commit drop`);
}

/**
 * Numbers the statements of one key within a range, in line order, so that a file that states a row
 * twice is merged as two statements one after the other. Nearly always there is one round.
 * @returns the number of rounds; 0 when the range is empty
 */
export async function numberRounds(context: MergeContext, range: LineRange): Promise<number> {
  const stage = quoteIdent(context.stage);
  // Grouping by a number takes half the time of grouping by text. Should two keys ever share it, there is
  // a round with nothing in it.
  const { rounds } = await context.tx.row<{ rounds: bigint | null }>(
    `select max(n) as rounds from (
       select count(*) as n from ${stage} where _line between $1 and $2
        group by hashtextextended(coalesce(_key, _hash::text), 0)) keys`,
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
  /** Whether a new line gets the id of a golden row of its own, which identity may take back. */
  readonly makesIds: boolean;
}

/**
 * Looks a row up by source and key. `limit` makes it one look-up by index for each line, whatever the
 * planner thinks of tables that grow while it works: a hash of all known rows for each range costs more.
 * `onlyIf` stands inside, so that a line that needs no look-up makes none.
 */
function lookUp(
  known: KnownRows,
  { key, source, onlyIf = "true" }: { key: string; source: string; onlyIf?: string },
): string {
  return `(select _source, _hash, _intake, ${known.rowId}, ${known.id} from ${known.table}
            where ${onlyIf} and _source = ${source} and _key = ${key} limit 1)`;
}

/**
 * Matches one round of a range by source and key. A dataset without a key is matched by content.
 * Ids are made here and not afterwards: updating every line of a first import took as long as matching it.
 */
export async function matchByKey(
  context: MergeContext,
  { from, to, round }: LineRange & { readonly round: number },
  known: KnownRows,
): Promise<void> {
  await context.tx.run("truncate _match");
  await context.tx.run(
    `insert into _match (line, key, outcome, row_id, id, alone)
     select s._line, coalesce(s._key, s._hash::text),
            case when k._source is null then 'new' when k._hash = s._hash then 'same' else 'changed' end,
            k.${known.rowId},
            ${known.makesIds ? `case when k._source is null then nextval('_ids') else k.${known.id} end` : `k.${known.id}`},
            ${known.makesIds ? "k._source is null" : "false"}
       from ${quoteIdent(context.stage)} s
       left join lateral ${lookUp(known, { key: "coalesce(s._key, s._hash::text)", source: "$1" })} k on true
      where s._line between $2 and $3 and s._round = $4`,
    [context.source, from, to, round],
  );
  await context.tx.run("analyze _match");
}

/**
 * Matches a range of events that have no key of their own. Equal rows are real (two purchases on one
 * day), so the key of the n-th equal row of an intake is its content's hash and n: importing the file
 * again finds every row known, and a file with one equal row more adds just that one.
 *
 * What n is depends on the intake's earlier ranges. Most rows have no equal, so they are not counted in
 * `_seen` when they are first stated: that this intake stated a row once can be seen from the event it
 * made. Counted are rows that have an equal, or that an earlier intake has made.
 */
export async function matchByOccurrence(
  context: MergeContext,
  range: LineRange,
  known: KnownRows,
): Promise<void> {
  const { tx } = context;
  await tx.run("truncate _match, _places");
  await tx.run(
    `insert into _places (line, hash, is_counted, place, row_id, id)
     select n._line as line, n._hash as hash, n.equals > 1 or first._source is not null as is_counted,
            coalesce(seen.n, case when first._intake = $4 then 1 else 0 end) + n.nth as place,
            first.${known.rowId} as row_id, first.${known.id} as id
       from (select _line, _hash, count(*) over (partition by _hash) as equals,
                    row_number() over (partition by _hash order by _line) as nth
               from ${quoteIdent(context.stage)} where _line between $1 and $2) n
       left join lateral ${lookUp(known, { key: "n._hash::text || '#1'", source: "$3" })} first on true
       left join _seen seen on seen.hash = n._hash`,
    [range.from, range.to, context.source, context.intake],
  );
  await tx.run(
    `insert into _seen (hash, n)
     select hash, max(place) from _places where is_counted group by hash
         on conflict (hash) do update set n = excluded.n`,
  );
  const repeated = {
    key: "p.hash::text || '#' || p.place",
    source: "$1",
    onlyIf: "p.place > 1",
  };
  await tx.run(
    `insert into _match (line, key, outcome, row_id, id)
     select p.line, p.hash::text || '#' || p.place,
            case when coalesce(k.${known.rowId}, p.first) is null then 'new' else 'same' end,
            coalesce(k.${known.rowId}, p.first), coalesce(k.${known.id}, p.first_id)
       from (select line, hash, place, case when place = 1 then row_id end as first,
                    case when place = 1 then id end as first_id from _places) p
       left join lateral ${lookUp(known, repeated)} k on true`,
    [context.source],
  );
  await tx.run("analyze _match");
}

/**
 * Marks the changed lines whose record is the only one of its golden row. `limit` keeps it one look-up by
 * index for each: joined freely, all records would be counted.
 * @param records the table of source records, quoted
 */
export async function findAlone(tx: Transaction, records: string): Promise<void> {
  await tx.run(
    `update _match m set alone = true
      where m.outcome = 'changed'
        and (select count(*) from (select from ${records} where _id = m.id limit 2) its) = 1`,
  );
}

/**
 * Staged lines `alias` of the present match, for a join: what changed is few lines or a whole range of
 * them, and without the bounds the planner would read the whole staging table for each range.
 */
export function stagedLine(alias: string): string {
  return `${alias}._line = m.line
         and ${alias}._line between (select min(line) from _match) and (select max(line) from _match)`;
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
