/** What pairs are compared by: the values of records, and how common they are. */
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Operand } from "../model/condition.ts";
import { type AnonymousColumns, anonymousColumns } from "../model/anonymous.ts";
import type { Comparison, Model } from "../model/model.ts";
import { quoteName } from "./literal.ts";
import { comparedOperands, operandColumn, sideColumn } from "./operand-sql.ts";

/** Where the share of a value stands in `shares`: the share of records that have it, of those that have any. */
export function shareColumn(column: string): string {
  return `${column} share`;
}

/** Where `shares` has the hash of all that a record states which states nothing personal; nothing for others. */
const ANONYMOUS = "anonymous content";

/** The columns of `shares` that pairs are weighed by. */
export function shareColumns(model: Pick<Model, "comparisons" | "related">): readonly string[] {
  const terms = termColumns(model.comparisons).map(shareColumn);
  return anonymousColumns(model) === undefined ? terms : [...terms, ANONYMOUS];
}

/** Of a pair with these columns on both sides: whether `areOneAnonymous` holds, never so where it is unknown. */
export function areOneAnonymousSql(): string {
  return `${sideColumn("l", ANONYMOUS)} = ${sideColumn("r", ANONYMOUS)}`;
}

/** The columns whose values are counted, in the order of the model. */
export function termColumns(comparisons: readonly Comparison[]): readonly string[] {
  const columns = comparisons.flatMap(({ levels }) =>
    levels.flatMap(({ termFrequency }) => (termFrequency ? [termFrequency.column] : [])),
  );
  return [...new Set(columns)];
}

/** The table of the shares of a column's values: `term varchar, share double`. */
export function termsTable(column: string): string {
  return `terms_${column}`;
}

/** Counts the values of every column that the model adjusts by, into `terms_COLUMN`. */
export async function countTerms(
  duck: DuckDb,
  comparisons: readonly Comparison[],
  signal?: AbortSignal,
): Promise<void> {
  for (const column of termColumns(comparisons)) {
    const value = quoteName(column);
    await duck.run(
      `create or replace table ${quoteName(termsTable(column))} as ` +
        `select ${value}::varchar as term, count(*) / sum(count(*)) over () as share ` +
        `from records where ${value} is not null group by 1`,
      [],
      signal,
    );
  }
}

/** Makes what pairs are compared and weighed by, {@link createValues} and {@link createShares}. */
export async function createCompared(
  duck: DuckDb,
  comparisons: readonly Comparison[],
  signal?: AbortSignal,
): Promise<void> {
  await createValues(duck, comparisons, signal);
  await createShares(duck, comparisons, signal);
}

/**
 * Makes the view `compared`: of each of `records` what the comparisons look at. What is cut out of a text or read
 * as a date is worked out once, into the table `computed`; where all is looked at as it is, which only models of
 * others do not, nothing is copied: a copy of a million records took a second of processor time and 300 MB.
 */
export async function createValues(
  duck: DuckDb,
  comparisons: readonly Comparison[],
  signal?: AbortSignal,
): Promise<void> {
  const operands = [...comparedOperands(comparisons).values()];
  const names = operands.map((operand) => quoteName(operandColumn(operand)));
  const isComputed = operands.some(({ match, date }) => match !== undefined || date !== undefined);
  if (isComputed) {
    const values: string[] = [];
    const computed = operands.map(
      (operand, place) => `${valueSql(operand, values)} as ${names[place]}`,
    );
    await duck.run(
      `create or replace table computed as select ${["r.id", ...computed].join(", ")} from records r`,
      values,
      signal,
    );
  }
  await duck.run(
    `create or replace view compared as select ${["id", ...names].join(", ")} ` +
      `from ${isComputed ? "computed" : "records"}`,
    [],
    signal,
  );
}

/**
 * Makes the table `shares`: of each of `records` the share of each value that is adjusted by, and what it
 * states where that is nothing personal; joined here once for a record instead of twice for each pair. It
 * stands apart from `compared` because it changes with every training, and is needed only of pairs whose
 * levels are known. What a record states is hashed before the joins, which else carry all its values: of a
 * million records that took 1 s of 3. Needs the tables `terms_COLUMN`.
 */
export async function createShares(
  duck: DuckDb,
  comparisons: readonly Comparison[],
  signal?: AbortSignal,
): Promise<void> {
  const terms = termColumns(comparisons);
  const values = terms.map((column, index) => `r.${quoteName(column)}::varchar as v${index}`);
  const shares = terms.map(
    (column, index) => `t${index}.share as ${quoteName(shareColumn(column))}`,
  );
  const anonymous = anonymousColumns({ comparisons, related: 0 });
  if (anonymous !== undefined) {
    values.push(`${contentSql(anonymous)} as content`);
    shares.push(`r.content as ${quoteName(ANONYMOUS)}`);
  }
  const joins = terms.map(
    (column, index) =>
      ` left join ${quoteName(termsTable(column))} t${index} on t${index}.term = r.v${index}`,
  );
  await duck.run(
    `create or replace table shares as select ${["r.id", ...shares].join(", ")} ` +
      `from (select ${["r.id", ...values].join(", ")} from records r) r${joins.join("")}`,
    [],
    signal,
  );
}

function contentSql({ personal, compared }: AnonymousColumns): string {
  const isAnonymous = personal.map((column) => `r.${quoteName(column)} is null`).join(" and ");
  const content = compared.map((column) => `r.${quoteName(column)}`).join(", ");
  return `case when ${isAnonymous} then hash(${content}) end`;
}

/** Seconds are what DuckDB reads from dates; days are what conditions count. */
const SECONDS_PER_DAY = "86400e0";

function valueSql({ column, match, date }: Operand, values: string[]): string {
  let sql = `r.${quoteName(column)}`;
  if (match !== undefined) {
    values.push(match);
    sql = `nullif(regexp_extract(${sql}, $${values.length}, 0), '')`;
  }
  if (date !== undefined) {
    values.push(date);
    sql = `(epoch(try_strptime(${sql}, $${values.length})) / ${SECONDS_PER_DAY})`;
  }
  return sql;
}
