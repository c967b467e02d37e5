/** The one statement that reads what leaves: the named fields of the chosen customers, and nothing else. */
import { unreachable } from "../../../kernel/index.ts";
import {
  quoteIdent,
  type SqlValue,
  type Transaction,
  withLiterals,
} from "../../../platform/postgres/index.ts";
import type { CustomerDataset, Field } from "../../contracts/index.ts";

/** Chooses customers: a query that gives `_id`, with its parameters numbered from `$1`. */
export interface CustomerSelection {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

export interface Projection {
  readonly customers: CustomerDataset;
  /** In the order in which they leave. */
  readonly fields: readonly { readonly field: Field }[];
  readonly selection: CustomerSelection;
}

/** The chosen customers' rows, ordered by `_id`, as `payload/outgoing-rows.ts` takes them. */
export async function* readProjection(
  tx: Transaction,
  { customers, fields, selection }: Projection,
): AsyncIterable<Buffer> {
  const columns = ["c._id", "''", ...fields.map(({ field }) => textExpression(field))];
  const query = `select ${columns.join(", ")}
       from ${quoteIdent(customers.name)} as c
      where c._id in (${selection.sql})
      order by c._id`;
  yield* tx.copyOut(`copy (${await withLiterals(tx, query, selection.values)}) to stdout`);
}

/** The text forms of `payload/text-form.ts`, made by the server: independent of its date style and time zone. */
function textExpression({ name, type }: Field): string {
  const column = `c.${quoteIdent(name)}`;
  switch (type.kind) {
    case "text":
    case "enum":
    case "integer":
    case "decimal":
      return column;
    case "text-list":
      return `array_to_json(${column})`;
    case "boolean":
      return `${column}::text`;
    case "date":
      return `to_char(${column}, 'YYYY-MM-DD')`;
    case "timestamp":
      return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
    default:
      return unreachable(type);
  }
}
