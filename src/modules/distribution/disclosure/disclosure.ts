/**
 * Disclosures: what left or was shown, to whom and for what purpose, with a packed list of whose it was.
 * Written in the transaction that seals a delivery or notes an access, before anybody outside sees
 * anything: for as long as a delivery runs, the index may say too much, never too little. What a delivery
 * that failed has certainly not sent is taken out with its end (`retract.ts`).
 */
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { RecipientKind } from "../../policy/index.ts";
import type { DisclosureRoll, FieldForms } from "./roll.ts";
import { formsNumbers, insertDisclosure, insertParts } from "../store/disclosures.ts";

/**
 * How it came to the recipient: a route's delivery; one customer looked at (`shown`), an answer to a
 * search, a list of members or questions for review; a file that a person took.
 */
export type DisclosureChannel = "delivery" | "shown" | "searched" | "listed" | "exported";

/** What left with a waybill. */
export interface DisclosedDelivery {
  /** Its number in the journal. */
  readonly delivery: bigint;
  readonly waybillId: string;
  readonly destination: string;
}

export interface Disclosure {
  readonly at: Date;
  readonly channel: DisclosureChannel;
  /** The recipient's key, as in `recipients/KEY.yaml`. */
  readonly recipient: string;
  readonly recipientKind: RecipientKind;
  readonly purpose: string;
  readonly actor: string;
  /**
   * The newest number of the change log in the snapshot that the customers were read from: what says
   * whose data a customer held who was merged or split since.
   */
  readonly seen: bigint;
  readonly delivery?: DisclosedDelivery | undefined;
}

/** Rows an insert carries: about two megabytes. */
const PARTS_AN_INSERT = 1000;

/**
 * Enters a disclosure into the index.
 * @returns its number; undefined when it has no customers
 */
export async function recordDisclosure(
  tx: Transaction,
  disclosure: Disclosure,
  roll: DisclosureRoll,
): Promise<bigint | undefined> {
  if (roll.size === 0) {
    return undefined;
  }
  const number = await insertDisclosure(tx, disclosure, roll.size);
  const parts = [...roll.parts()];
  const sets = [...new Set(parts.map(({ forms }) => forms))];
  const numbers = await formsNumbers(tx, sets);
  const formsOf = new Map<FieldForms, number>(
    sets.map((fields, place) => [fields, numbers[place] ?? 0]),
  );
  for (let from = 0; from < parts.length; from += PARTS_AN_INSERT) {
    const chunk = parts.slice(from, from + PARTS_AN_INSERT);
    await insertParts(
      tx,
      number,
      chunk.map(({ forms, ...part }, place) => ({
        ...part,
        part: from + place,
        forms: formsOf.get(forms) ?? 0,
      })),
    );
  }
  return number;
}
