import { InvalidInputError } from "../../kernel/index.ts";
import type { Transaction } from "../../platform/postgres/index.ts";
import { type Catalogue, customerDataset, type Field } from "../contracts/index.ts";
import {
  type BlindIndex,
  findById,
  findByIdentifier,
  findByWords,
  type GoldenRow,
  selectGolden,
  selectShared,
} from "./store/customer-reads.ts";

export interface SearchResult {
  /**
   * `identifier`: a key or identifier matched exactly; `id`: the customer's own id, or one that was merged
   * into it; `name`: every word begins a name.
   */
  readonly matchedBy: "identifier" | "id" | "name" | "nothing";
  readonly customers: readonly GoldenRow[];
}

export interface SearchRequest {
  /** What somebody typed. */
  readonly text: string;
  readonly limit: number;
  /** Finds sealed identifiers; without it they find nobody. */
  readonly blindIndex?: BlindIndex | undefined;
}

const MOST_WORDS = 8;

/** What may be an id: ids are 64-bit numbers, and no longer number is looked up. */
const ID = /^[1-9][0-9]{0,17}$/u;

/**
 * Finds customers by any identifier or source key; when none matches, by id, and then by the beginnings
 * of names.
 * @throws InvalidInputError when there is nothing to search for
 */
export async function searchCustomers(
  tx: Transaction,
  catalogue: Catalogue,
  { text, limit, blindIndex }: SearchRequest,
): Promise<SearchResult> {
  const dataset = customerDataset(catalogue);
  const wanted = text.trim();
  if (wanted === "") {
    throw new InvalidInputError("empty-search", "the search text is empty", [], {
      hint: "give a key, an e-mail address, a phone number or the beginning of a name",
    });
  }
  if (dataset === undefined) {
    return { matchedBy: "nothing", customers: [] };
  }
  const exact = await findByIdentifier(tx, dataset, { text: wanted, limit, blindIndex });
  if (exact.length > 0) {
    return { matchedBy: "identifier", customers: await selectGolden(tx, dataset, exact) };
  }
  const byId = ID.test(wanted) ? await findById(tx, dataset, BigInt(wanted)) : [];
  if (byId.length > 0) {
    return { matchedBy: "id", customers: await selectGolden(tx, dataset, byId) };
  }
  const fields = dataset.fields.filter(isName);
  const words = wanted.split(/\s+/u).slice(0, MOST_WORDS);
  if (fields.length === 0) {
    return { matchedBy: "nothing", customers: [] };
  }
  const named = await findByWords(tx, dataset, { words, fields, limit });
  return {
    matchedBy: named.length > 0 ? "name" : "nothing",
    customers: await selectGolden(tx, dataset, named),
  };
}

function isName(field: Field): boolean {
  return (
    field.type.kind === "text" &&
    field.sealed !== true &&
    (field.normaliser === "person-name" ||
      field.normaliser === "company-name" ||
      field.category?.startsWith("user.name") === true)
  );
}

/** How many customers have more than one source record, with an example; for reports. */
export async function sharedCustomers(
  tx: Transaction,
  catalogue: Catalogue,
): Promise<{ readonly customers: number; readonly example: bigint | undefined }> {
  const dataset = customerDataset(catalogue);
  return dataset === undefined ? { customers: 0, example: undefined } : selectShared(tx, dataset);
}
