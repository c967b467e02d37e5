/** What a recipient holds: how many customers, for which purposes and in which forms, and which they are. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { decodeIds } from "../../segments/index.ts";
import { IdSet } from "./id-set.ts";
import type { FieldForms } from "./roll.ts";
import { partsBetween, partsOfRecipient, packedOfDelivery } from "../store/disclosures.ts";

/** Customers whose fields a recipient got in the same forms, for one purpose. */
export interface RecipientHolding {
  readonly purpose: string;
  readonly fields: FieldForms;
  /** Different customers, by the ids under which they were disclosed. */
  readonly customers: number;
  /** How many deliveries and answers. */
  readonly times: number;
  readonly first: Date;
  readonly last: Date;
}

/** A page of customers. */
export interface HeldCustomers {
  readonly holdings: readonly RecipientHolding[];
  /** Different customers in all. */
  readonly customers: number;
  /** The ids of the page, ascending. */
  readonly page: readonly bigint[];
}

interface Tally {
  readonly purpose: string;
  readonly fields: FieldForms;
  readonly customers: IdSet;
  readonly disclosures: Set<bigint>;
  readonly first: Date;
  last: Date;
}

/**
 * Reads every list of the recipient once: some tenths of a second for each delivery of a million customers.
 * @param page which of the customers to name
 */
export async function holdingsOf(
  tx: Transaction,
  recipient: string,
  page: { readonly after: bigint; readonly limit: number },
): Promise<HeldCustomers> {
  const tallies = new Map<string, Tally>();
  const everyone = new IdSet();
  for await (const parts of partsOfRecipient(tx, recipient)) {
    for (const { purpose, forms, fields, packed, disclosure, at } of parts) {
      const key = `${forms} ${purpose}`;
      const tally = tallies.get(key) ?? newTally(purpose, fields, at);
      tallies.set(key, tally);
      tally.disclosures.add(disclosure);
      tally.last = at;
      for (const id of decodeIds(packed)) {
        tally.customers.add(id);
        everyone.add(id);
      }
    }
  }
  return {
    holdings: [...tallies.values()].map(({ customers, disclosures, ...tally }) => ({
      ...tally,
      customers: customers.size,
      times: disclosures.size,
    })),
    customers: everyone.size,
    page: everyone.after(page.after, page.limit),
  };
}

function newTally(purpose: string, fields: FieldForms, at: Date): Tally {
  return {
    purpose,
    fields,
    customers: new IdSet(),
    disclosures: new Set(),
    first: at,
    last: at,
  };
}

/**
 * Those of some customers of whom any of the fields has left, to whomever, under the ids that they have.
 * @param ids ascending
 */
export async function heldAmong(
  tx: Transaction,
  ids: readonly bigint[],
  fields: readonly string[],
): Promise<ReadonlySet<bigint>> {
  const held = new Set<bigint>();
  const [first, last] = [ids[0], ids.at(-1)];
  if (first === undefined || last === undefined) {
    return held;
  }
  const wanted = new Set(ids);
  for await (const parts of partsBetween(tx, { first, last }, fields)) {
    const found = parts.flatMap(({ packed }) => decodeIds(packed).filter((id) => wanted.has(id)));
    found.forEach((id) => held.add(id));
  }
  return held;
}

/** The ids of the customers that left with a waybill, ascending. */
export async function idsOfDelivery(tx: Transaction, waybillId: string): Promise<bigint[]> {
  const ids = new IdSet();
  for (const packed of await packedOfDelivery(tx, waybillId)) {
    decodeIds(packed).forEach((id) => ids.add(id));
  }
  return ids.after(0n, ids.size);
}
