/** What the contract lets stay of rows that are erased. */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import type { Field } from "../../contracts/index.ts";

/** A row with the fields that were asked for: text, sealed bytes, or null. */
export interface RemainingRow {
  readonly row: bigint;
  readonly values: readonly (string | Buffer | null)[];
}

/** The named fields of rows, in the order of the fields. */
export async function selectFields(
  tx: Transaction,
  fields: readonly Field[],
  rows: { readonly table: string; readonly ids: readonly bigint[] },
): Promise<RemainingRow[]> {
  const columns = fields.map((field, place) => {
    const column = quoteIdent(field.name);
    return `${field.sealed === true ? column : `${column}::text`} as f${place}`;
  });
  const found = await tx.rows<Record<string, bigint | string | Buffer | null>>(
    `select _id as row, ${columns.join(", ")} from ${quoteIdent(rows.table)}
      where _id = any($1::bigint[]) order by _id`,
    [rows.ids],
  );
  return found.map(({ row, ...values }) => ({
    row: typeof row === "bigint" ? row : 0n,
    values: fields.map((_, place) => {
      const value = values[`f${place}`];
      return typeof value === "string" || Buffer.isBuffer(value) ? value : null;
    }),
  }));
}

export async function insertRemains(
  tx: Transaction,
  request: string,
  remains: readonly {
    readonly dataset: string;
    readonly row: bigint;
    readonly fields: Readonly<Record<string, string>>;
  }[],
): Promise<void> {
  await tx.run(
    `insert into _remains (request, dataset, row_id, fields)
     select $1::uuid, dataset, row_id, fields::jsonb
       from unnest($2::text[], $3::bigint[], $4::text[]) kept (dataset, row_id, fields)`,
    [
      request,
      remains.map(({ dataset }) => dataset),
      remains.map(({ row }) => row),
      remains.map(({ fields }) => JSON.stringify(fields)),
    ],
  );
}
