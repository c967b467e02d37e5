/** How common values are: kept with a model, so that single records are weighed by what it was trained on. */
import { must } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { type Model, openTextHash } from "../../linkage/index.ts";
import { termColumnsOf, termText } from "../linking/linker.ts";
import { countedTerms, createTerms, distinctTerms } from "../store/bulk-tables.ts";
import { allShares, insertShares, type TermShare } from "../store/register.ts";

/** Writes the shares that DuckDB has counted. */
export async function writeShares(
  tx: Transaction,
  duck: DuckDb,
  {
    number,
    model,
    secret,
  }: { readonly number: number; readonly model: Model; readonly secret: Buffer },
): Promise<void> {
  const hash = openTextHash(secret);
  for (const column of termColumnsOf(model)) {
    for await (const { term, share } of countedTerms(duck, column)) {
      const entries = term.map((value, place): TermShare => ({
        column,
        term: hash(termText(column, value ?? "")),
        share: must(share[place], "equally long"),
      }));
      await insertShares(tx, number, entries);
    }
  }
}

/** Makes the tables `terms_COLUMN` from the shares of a model in force: values it does not know have none. */
export async function readShareTables(
  tx: Transaction,
  duck: DuckDb,
  {
    number,
    model,
    secret,
  }: { readonly number: number; readonly model: Model; readonly secret: Buffer },
): Promise<void> {
  const hash = openTextHash(secret);
  for (const column of termColumnsOf(model)) {
    const shares = await allShares(tx, number, column);
    const terms: string[] = [];
    const values: number[] = [];
    for await (const batch of distinctTerms(duck, column)) {
      const found = batch.map((term) => must(term, "missing values are left out"));
      const known = found.flatMap((term) => {
        const share = shares.get(hash(termText(column, term)));
        return share === undefined ? [] : [{ term, share }];
      });
      for (const { term, share } of known) {
        terms.push(term);
        values.push(share);
      }
    }
    await createTerms(duck, column);
    await duck.append(`terms_${column}`, [terms, Float64Array.from(values)]);
  }
}
