/** Writes what single records are matched by later: block keys, and how common values are. */
import { must } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import {
  type Model,
  openBlockKeys,
  openTextHash,
  type PreparedColumn,
  preparedColumns,
} from "../../linkage/index.ts";
import { blockKey } from "../linking/content-key.ts";
import { termColumnsOf, termText } from "../linking/linker.ts";
import { type BlockEntry, insertKeys } from "../store/blocks.ts";
import { countedTerms, createTerms, distinctTerms, readPrepared } from "../store/bulk-tables.ts";
import { allShares, insertShares, type TermShare } from "../store/register.ts";
import type { LoadedRecords } from "./load-records.ts";

/** Writes the keys of all records: what each says, and of representatives the block keys. */
export async function writeKeys(
  tx: Transaction,
  duck: DuckDb,
  {
    model,
    secret,
    loaded,
  }: { readonly model: Model; readonly secret: Buffer; readonly loaded: LoadedRecords },
): Promise<void> {
  await insertKeys(
    tx,
    loaded.records.map((record, place) => ({
      record,
      key: must(loaded.contents[place], "every record says something"),
    })),
  );
  const keysOf = openBlockKeys(model.blocking, secret);
  let number = 0;
  for await (const records of readPrepared(duck, keyColumns(model))) {
    const entries = records.flatMap((prepared): BlockEntry[] => {
      const record = must(loaded.representatives[number], "representatives are numbered");
      number += 1;
      const keys = new Set(keysOf(prepared).map(blockKey));
      return [...keys].map((key) => ({ key, record }));
    });
    await insertKeys(tx, entries);
  }
}

/** The columns that the rules take. */
function keyColumns({ fields, blocking }: Model): PreparedColumn[] {
  const used = new Set(blocking.flatMap(({ parts }) => parts.map(({ column }) => column)));
  return preparedColumns(fields).filter(({ name }) => used.has(name));
}

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
    for await (const batch of distinctTerms(duck, column)) {
      for (const term of batch) {
        terms.push(must(term, "missing values are left out"));
      }
    }
    const known = terms.filter((term) => shares.has(hash(termText(column, term))));
    const values = known.map((term) => must(shares.get(hash(termText(column, term))), "is known"));
    await createTerms(duck, column);
    await duck.append(`terms_${column}`, [known, Float64Array.from(values)]);
  }
}
