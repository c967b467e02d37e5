import { InvalidInputError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { customerDataset } from "../../contracts/index.ts";
import type { GovernedCustomer } from "./customer.ts";
import type { Seeing } from "./seeing.ts";
import { findById, findByIdentifier, findByWords, type Found } from "../store/governed-find.ts";

export interface SearchResult {
  /**
   * `identifier`: a key or identifier matched exactly; `id`: the customer's own id, or one that was merged
   * into it; `name`: every word begins a name.
   */
  readonly matchedBy: "identifier" | "id" | "name" | "nothing";
  /** The fields that were searched by: those that may be clear. */
  readonly by: readonly string[];
  readonly customers: readonly GovernedCustomer[];
}

export interface SearchRequest {
  /** What somebody typed. */
  readonly text: string;
  readonly limit: number;
}

const MOST_WORDS = 8;

/** What may be an id: ids are 64-bit numbers, and no longer number is looked up. */
const ID = /^[1-9][0-9]{0,17}$/u;

/**
 * Finds customers by any identifier or source key; when none matches, by id, and then by the beginnings
 * of names. A customer is found by a field only where that field of that customer may be seen in clear:
 * an answer then tells nothing that the row itself does not show, and everybody else's rows are as if
 * they were not there.
 * @throws InvalidInputError when there is nothing to search for
 */
export async function searchCustomers(
  tx: Transaction,
  seeing: Seeing,
  { text, limit }: SearchRequest,
): Promise<SearchResult> {
  const dataset = customerDataset(seeing.catalogue);
  const wanted = text.trim();
  if (wanted === "") {
    throw new InvalidInputError("empty-search", "the search text is empty", [], {
      hint: "give a key, an e-mail address, a phone number or the beginning of a name",
    });
  }
  if (dataset === undefined) {
    return { matchedBy: "nothing", by: [], customers: [] };
  }
  const words = wanted.split(/\s+/u).slice(0, MOST_WORDS);
  const ways: readonly (readonly [SearchResult["matchedBy"], () => Promise<Found>])[] = [
    ["identifier", () => findByIdentifier(tx, seeing, { dataset, text: wanted, limit })],
    ...(ID.test(wanted)
      ? [["id", () => findById(tx, seeing, { dataset, id: BigInt(wanted) })] as const]
      : []),
    ["name", () => findByWords(tx, seeing, { dataset, words, limit })],
  ];
  const by: string[] = [];
  for (const [matchedBy, find] of ways) {
    const found = await find();
    by.push(...found.by);
    if (found.customers.length > 0) {
      return { matchedBy, by, customers: found.customers };
    }
  }
  return { matchedBy: "nothing", by, customers: [] };
}
