/** Pairs of records that share an identifier, as few as connect them. */
import { type EntityDataset, identifierPairs, type WhichRecords } from "../../customers/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { must } from "../../../kernel/index.ts";
import type { SharedIdentifier } from "./rule-judgements.ts";

/** What more records hold than this identifies nobody: a switchboard, a shop's own address. */
const MOST_HOLDERS = 50;

/**
 * Of each value of an identifier, the pairs of its first record with the others: which pairs those are
 * does not depend on the order in which the records came.
 */
export async function sharedIdentifiers(
  tx: Transaction,
  dataset: EntityDataset,
  records: WhichRecords,
): Promise<SharedIdentifier[]> {
  const firsts = new Map<string, Map<bigint, bigint>>();
  for await (const pairs of identifierPairs(tx, dataset, { records, mostHolders: MOST_HOLDERS })) {
    for (const { left, right, field } of pairs) {
      const ofField = firsts.get(field) ?? new Map<bigint, bigint>();
      firsts.set(field, ofField);
      const first = ofField.get(right);
      ofField.set(right, first === undefined || left < first ? left : first);
    }
  }
  return [...firsts].flatMap(([field, ofField]) =>
    [...ofField].map(([right, left]) => ({
      left: must(left, "every holder but the first has a first"),
      right,
      field,
    })),
  );
}
