/** Keeps of erased rows what the contract lets stay, treated field by field. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { type Dataset, type Field, indexedAs } from "../../contracts/index.ts";
import { type Opener, type Protection, shredded } from "../../protection/index.ts";
import { insertRemains, type RemainingRow, selectFields } from "../store/remains.ts";
import { treat } from "./treatment.ts";

export interface RemainsRequest {
  readonly request: string;
  readonly dataset: Dataset;
  readonly ids: readonly bigint[];
  readonly protection: Protection;
}

/** Rows written at once: an event dataset may have very many of one customer. */
const ROWS_AN_INSERT = 1000;

/** Writes down what stays of rows that are about to go. Rows of which nothing stays leave nothing. */
export async function keepRemains(
  tx: Transaction,
  { request, dataset, ids, protection }: RemainsRequest,
): Promise<void> {
  const fields = dataset.fields.filter(({ erasure }) => erasure !== "delete");
  if (fields.length === 0 || ids.length === 0) {
    return;
  }
  const rows = await selectFields(tx, fields, { table: dataset.name, ids });
  const buffers = rows.flatMap(({ values }) => values.filter((value) => Buffer.isBuffer(value)));
  const opener = buffers.length === 0 ? undefined : await protection.opener(buffers);
  const kept = rows
    .map((row) => ({
      dataset: dataset.name,
      row: row.row,
      fields: treated(row, { fields, dataset, opener, protection }),
    }))
    .filter(({ fields: values }) => Object.keys(values).length > 0);
  for (let from = 0; from < kept.length; from += ROWS_AN_INSERT) {
    await insertRemains(tx, request, kept.slice(from, from + ROWS_AN_INSERT));
  }
}

interface Treating {
  readonly fields: readonly Field[];
  readonly dataset: Dataset;
  readonly opener: Opener | undefined;
  readonly protection: Protection;
}

function treated(
  { values }: RemainingRow,
  { fields, dataset, opener, protection }: Treating,
): Record<string, string> {
  const entries = fields.flatMap(({ name, erasure }, place) => {
    const stored = values[place] ?? null;
    const text = Buffer.isBuffer(stored)
      ? opener?.open(indexedAs(dataset, name), stored)
      : (stored ?? undefined);
    return text === undefined || text === shredded || erasure === "delete"
      ? []
      : [[name, treat(erasure, text, { place: `${dataset.name}.${name}`, protection })] as const];
  });
  return Object.fromEntries(entries);
}
