/**
 * Exact identity: which golden row a new source record belongs to. Records of one source key are one
 * golden row; so are records that share the value of an identifier of the contract. Identifiers are
 * tried in the contract's order, and the first that finds a golden row decides.
 *
 * Two golden rows that a new record would join are not merged here: the record goes to the first, and
 * whether the two are one is a judgement, which is resolution's.
 */
import { quoteIdent } from "../../../platform/postgres/index.ts";
import type { AccountDataset, CustomerDataset, Field } from "../../contracts/index.ts";
import { comparable, recordsTable } from "../../contracts/index.ts";
import type { LineRange, MergeContext } from "./merge-context.ts";

/** What can be known before the first row: saves look-ups that cannot find anything. */
export interface IdentityScope {
  /** There are records of other sources, or of this one under other keys. */
  readonly foreignRecords: boolean;
}

export async function readIdentityScope(
  context: MergeContext,
  dataset: CustomerDataset | AccountDataset,
): Promise<IdentityScope> {
  const records = quoteIdent(recordsTable(dataset));
  // As two ranges of the index on source and key: what is not equal would be looked for in every row.
  const { found } = await context.tx.row<{ found: boolean }>(
    `select exists (select 1 from ${records} where _source < $1)
         or exists (select 1 from ${records} where _source > $1) as found`,
    [context.source],
  );
  return { foreignRecords: found };
}

/**
 * Finds the golden rows that new lines of `_match` belong to. A line that is found to belong elsewhere
 * gives the id that was made for it up: it is not `alone` any more.
 */
export async function identify(
  context: MergeContext,
  dataset: CustomerDataset | AccountDataset,
  { range, scope }: { readonly range: LineRange; readonly scope: IdentityScope },
): Promise<void> {
  for (const field of await identifiersInUse(context, dataset, range)) {
    const isKey = dataset.key.length === 1 && dataset.key[0] === field.name;
    if (scope.foreignRecords || !isKey) {
      await joinKnown(context, dataset, { field, range });
    }
    if (!isKey) {
      await joinStaged(context, field, range);
    }
  }
}

/** The identifiers that any line of the range has a value of: a source often knows one of several. */
async function identifiersInUse(
  context: MergeContext,
  dataset: CustomerDataset | AccountDataset,
  range: LineRange,
): Promise<Field[]> {
  const identifiers = dataset.fields.filter((field) => field.identifier);
  if (identifiers.length === 0) {
    return [];
  }
  const tests = identifiers.map(
    (field) =>
      `exists (select 1 from ${quoteIdent(context.stage)}
                where _line between $1 and $2 and ${quoteIdent(field.name)} is not null)`,
  );
  const { used } = await context.tx.row<{ used: boolean[] }>(
    `select array[${tests.join(", ")}] as used`,
    [range.from, range.to],
  );
  return identifiers.filter((_, index) => used[index] === true);
}

/**
 * Records that hold the same value already. The oldest golden row wins where several do.
 * `limit` makes the look-up one by index for each line; joined freely, the planner read the whole table
 * for each range. `+ 0` keeps it from walking the index of ids until it meets the value.
 */
async function joinKnown(
  context: MergeContext,
  dataset: CustomerDataset | AccountDataset,
  { field, range }: { readonly field: Field; readonly range: LineRange },
): Promise<void> {
  await context.tx.run(
    `update _match m set id = found.id, alone = false
       from (select n.line, r._id as id
               from _match n
               join ${quoteIdent(context.stage)} s
                 on s._line = n.line and s._line between $1 and $2
              cross join lateral (
                select _id from ${quoteIdent(recordsTable(dataset))}
                 where ${comparable(field)} = ${comparable(field, "s")} order by _id + 0 limit 1) r
              where n.alone) found
      where found.line = m.line`,
    [range.from, range.to],
  );
}

/** Lines of the same range that hold the same value: they join one that is found, or the first of them. */
async function joinStaged(context: MergeContext, field: Field, range: LineRange): Promise<void> {
  const column = comparable(field);
  const staged = comparable(field, "s");
  await context.tx.run(
    `with repeated as materialized (
       select ${column} as value from ${quoteIdent(context.stage)}
        where _line between $1 and $2 and ${column} is not null
        group by ${column} having count(*) > 1
     ), shared as materialized (
       select repeated.value,
              coalesce(min(m.id) filter (where not m.alone), min(m.id)) as id
         from repeated
         join ${quoteIdent(context.stage)} s
           on ${staged} = repeated.value and s._line between $1 and $2
         join _match m on m.line = s._line
        group by repeated.value
       having bool_or(m.alone)
     )
     update _match m set id = shared.id, alone = false
       from shared
       join ${quoteIdent(context.stage)} s
         on ${staged} = shared.value and s._line between $1 and $2
      where s._line = m.line and m.alone`,
    [range.from, range.to],
  );
}
