/** Counts for funnels and profiles: everybody, divided by conditions or by the values of a field. */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import type { Query } from "../../criteria/index.ts";

/** Rows of the subject for which the same criteria are true. */
export interface Pattern {
  /** Positions of these criteria, ascending. */
  readonly matches: readonly number[];
  readonly rows: number;
}

/** A statement and the values of its parameters. */
type Statement = Pick<Query, "sql" | "values">;

/** How many rows there are for each pattern of a matches query. */
export async function selectPatterns(tx: Transaction, matches: Query): Promise<readonly Pattern[]> {
  const rows = await tx.rows<{ matches: number[]; rows: bigint }>(
    `select m.matches, count(*) as rows from (${matches.sql}) m group by m.matches`,
    matches.values,
  );
  return rows.map((row) => ({ matches: row.matches, rows: Number(row.rows) }));
}

/** The stored members of a slot, as a query for their `_id`s. */
export function storedMembers(slot: number): Statement {
  const sql = `select m.member as _id from _members m
    where case when length(m.bits) * 8 > $1::integer then get_bit(m.bits, $1::integer) = 1 end`;
  return { sql, values: [slot] };
}

/** Rows with one value of a field, or without any. */
export interface ValueCount {
  /** Null: no value. */
  readonly value: string | null;
  /** Whether it stands for the values that are not among the most frequent ones. */
  readonly isRest: boolean;
  readonly inside: number;
  readonly outside: number;
}

/** What of a field is counted. */
export type FieldGrouping =
  /** Its values. */
  | { readonly kind: "values" }
  /** The values of its list; a row counts for each of them. */
  | { readonly kind: "list" }
  /** The place of its number among these: 0 below the first one, and so on. */
  | { readonly kind: "ranges"; readonly bounds: readonly string[] }
  /** The first day of the unit that its date, in the time zone, is in. */
  | { readonly kind: "dates"; readonly unit: DateUnit; readonly timeZone: string | undefined };

export type DateUnit = "month" | "year" | "decade";

export interface CountedField {
  /** Table and column, as the contract names them. */
  readonly dataset: string;
  readonly field: string;
  readonly grouping: FieldGrouping;
  /** More values than this are counted together, the most frequent ones apart. */
  readonly most: number;
}

/** Counts a field's values inside a set of rows and outside it. Lists: rows without an entry have no value. */
export async function selectValueCounts(
  tx: Transaction,
  inside: Statement,
  { dataset, field, grouping, most }: CountedField,
): Promise<readonly ValueCount[]> {
  const values = [...inside.values];
  const parameter = (value: (typeof values)[number], type: string): string =>
    `$${values.push(value)}::${type}`;
  const { value, from } = groupedBy(grouping, { column: `t.${quoteIdent(field)}`, parameter });
  const rows = await tx.rows<
    Omit<ValueCount, "inside" | "outside"> & { inside: bigint; outside: bigint }
  >(
    `with counted as (
       select ${value} as value, count(i._id) as inside, count(*) - count(i._id) as outside
         from ${quoteIdent(dataset)} t left join (${inside.sql}) i on i._id = t._id ${from}
        group by 1
     ), ranked as (
       select value, inside, outside,
              value is not null and row_number() over (partition by value is null
                order by inside + outside desc, value) > ${parameter(most, "integer")} as is_rest
         from counted
     )
     select case when not is_rest then value end as value, is_rest as "isRest",
            sum(inside)::bigint as inside, sum(outside)::bigint as outside
       from ranked group by 1, 2`,
    values,
  );
  return rows.map((row) => ({
    ...row,
    inside: Number(row.inside),
    outside: Number(row.outside),
  }));
}

interface GroupedField {
  readonly column: string;
  readonly parameter: (value: string | number | readonly string[], type: string) => string;
}

/** What the rows are grouped by, as text, and what has to be joined for it. */
function groupedBy(
  grouping: FieldGrouping,
  { column, parameter }: GroupedField,
): { readonly value: string; readonly from: string } {
  switch (grouping.kind) {
    case "values":
      return { value: `${column}::text`, from: "" };
    case "list":
      return {
        value: "l.value",
        from: `left join lateral (select distinct value from unnest(${column}) u (value)) l on true`,
      };
    case "ranges":
      return {
        value: `width_bucket(${column}::numeric, ${parameter(grouping.bounds, "numeric[]")})::text`,
        from: "",
      };
    case "dates": {
      const zone = grouping.timeZone && ` at time zone ${parameter(grouping.timeZone, "text")}`;
      const local = `(${column}${zone ?? "::timestamp"})`;
      return {
        value: `date_trunc(${parameter(grouping.unit, "text")}, ${local})::date::text`,
        from: "",
      };
    }
  }
}

/** How many rows of a dataset there are inside a set and outside it. */
export async function selectInsideAndOutside(
  tx: Transaction,
  inside: Statement,
  dataset: string,
): Promise<{ readonly inside: number; readonly outside: number }> {
  const row = await tx.row<{ inside: bigint; outside: bigint }>(
    `select count(i._id) as inside, count(*) - count(i._id) as outside
       from ${quoteIdent(dataset)} t left join (${inside.sql}) i on i._id = t._id`,
    inside.values,
  );
  return { inside: Number(row.inside), outside: Number(row.outside) };
}

/** Quantiles are taken of so many rows: their place is then off by less than a hundredth of all rows. */
const SAMPLED_ROWS = 50_000;

/**
 * Values of a number field at about these fractions of all rows that have one; none when no row has. Of a
 * large table a sample is sorted, always the same one.
 */
export async function selectQuantiles(
  tx: Transaction,
  { dataset, field }: Pick<CountedField, "dataset" | "field">,
  fractions: readonly number[],
): Promise<readonly string[]> {
  const table = quoteIdent(dataset);
  const { rows } = await tx.row<{ rows: number }>(
    "select reltuples::float8 as rows from pg_class where oid = $1::regclass",
    [table],
  );
  const row = await tx.row<{ quantiles: string[] | null }>(
    `select (percentile_disc($1::float8[]) within group (order by ${quoteIdent(field)}))::text[] as quantiles
       from ${table} tablesample bernoulli ($2::float4) repeatable (0)`,
    [fractions, Math.min(100, (100 * SAMPLED_ROWS) / Math.max(1, rows))],
  );
  return row.quantiles ?? [];
}

/** How many years lie between the first and the last value of a date or timestamp field. */
export async function selectYears(
  tx: Transaction,
  { dataset, field }: Pick<CountedField, "dataset" | "field">,
): Promise<number> {
  const column = quoteIdent(field);
  const row = await tx.row<{ years: number | null }>(
    `select (extract(year from max(${column})) - extract(year from min(${column})))::float8 as years
       from ${quoteIdent(dataset)} where isfinite(${column})`,
  );
  return row.years ?? 0;
}
