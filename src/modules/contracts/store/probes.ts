/** Counts the present rows that a change would put in the wrong. */
import { unreachable } from "../../../kernel/index.ts";
import { quoteIdent } from "../../../platform/postgres/index.ts";
import type { SqlValue, Transaction } from "../../../platform/postgres/index.ts";
import type { Dataset, Field, FieldType } from "../catalogue.ts";
import { recordsTable } from "../catalogue.ts";
import { columnType } from "../tables.ts";

/** What is wrong with a value. */
export type Condition =
  | { readonly kind: "missing" }
  | { readonly kind: "present" }
  | { readonly kind: "unfit"; readonly type: FieldType }
  | { readonly kind: "length"; readonly operator: "<" | ">"; readonly bound: string }
  | { readonly kind: "bound"; readonly operator: "<" | ">" | "<=" | ">="; readonly bound: string }
  | { readonly kind: "pattern"; readonly pattern: string };

/** Something to count, in each of some tables. */
export interface Probe {
  readonly tables: readonly string[];
  /** Undefined counts every row. */
  readonly field?: Field | undefined;
  readonly condition?: Condition | undefined;
}

/** Every row of a dataset. */
export function rowsProbe(dataset: Dataset): Probe {
  return { tables: [dataset.kind === "event" ? dataset.name : recordsTable(dataset)] };
}

/**
 * Rows with a wrong value in `field`. A golden row may lack what is required of the records beneath
 * it (an event created it), so a missing value is looked for among the records only.
 */
export function fieldProbe(dataset: Dataset, field: Field, condition: Condition): Probe {
  const { tables } = rowsProbe(dataset);
  const hasGolden = dataset.kind !== "event" && condition.kind !== "missing";
  return { tables: hasGolden ? [dataset.name, ...tables] : tables, field, condition };
}

/** How many rows of the table with the most of them are in the wrong. */
export async function countProbe(tx: Transaction, probe: Probe): Promise<number> {
  const counts: number[] = [];
  for (const table of probe.tables) {
    counts.push(await countTable(tx, table, probe));
  }
  return Math.max(0, ...counts);
}

async function countTable(tx: Transaction, table: string, probe: Probe): Promise<number> {
  const { field, condition } = probe;
  const from = `from ${quoteIdent(table)}`;
  if (field === undefined || condition === undefined) {
    return await countRows(tx, `select count(*) as count ${from}`, []);
  }
  if (condition.kind === "pattern") {
    return await countUnmatched(tx, {
      from,
      column: quoteIdent(field.name),
      pattern: condition.pattern,
    });
  }
  const [predicate, ...values] = predicateOf(field, condition);
  return await countRows(tx, `select count(*) as count ${from} where ${predicate}`, values);
}

async function countRows(
  tx: Transaction,
  sql: string,
  values: readonly SqlValue[],
): Promise<number> {
  const { count } = await tx.row<{ count: bigint }>(sql, values);
  return Number(count);
}

function predicateOf(
  field: Field,
  condition: Exclude<Condition, { kind: "pattern" }>,
): [predicate: string, ...values: SqlValue[]] {
  const column = quoteIdent(field.name);
  switch (condition.kind) {
    case "missing":
      return [`${column} is null`];
    case "present":
      return [`${column} is not null`];
    case "unfit":
      return unfitPredicate(column, condition.type);
    case "length":
      return [`char_length(${column}::text) ${condition.operator} $1::integer`, condition.bound];
    case "bound":
      return [`${column} ${condition.operator} $1::${columnType(field.type)}`, condition.bound];
    default:
      return unreachable(condition);
  }
}

function unfitPredicate(column: string, type: FieldType): [string, ...SqlValue[]] {
  switch (type.kind) {
    case "enum":
      return [`${column} <> all ($1::text[])`, type.values];
    case "decimal": {
      const { precision, scale } = type;
      const limit = `1${"0".repeat(precision - scale)}`;
      return [
        `round(${column}::numeric, $1::integer) <> ${column} or abs(${column}) >= $2::numeric`,
        scale,
        limit,
      ];
    }
    default:
      return ["false"];
  }
}

interface PatternSearch {
  readonly from: string;
  readonly column: string;
  readonly pattern: string;
}

/** Patterns are matched here and not in SQL: PostgreSQL's expressions have another syntax than RE2. */
async function countUnmatched(
  tx: Transaction,
  { from, column, pattern }: PatternSearch,
): Promise<number> {
  const expression = new RegExp(`^(?:${pattern})$`, "u");
  const sql = `select ${column}::text as value, count(*) as count ${from} where ${column} is not null group by 1`;
  let unmatched = 0;
  for await (const rows of tx.batches<{ value: string; count: bigint }>(sql, [], 10_000)) {
    for (const { value, count } of rows) {
      unmatched += expression.test(value) ? 0 : Number(count);
    }
  }
  return unmatched;
}
