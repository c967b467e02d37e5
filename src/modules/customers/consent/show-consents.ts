import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import { customersOf, findSpeaker } from "./state-consents.ts";
import {
  type ConsentAnswer,
  selectAnswers,
  selectStatements,
  type StoredStatement,
} from "../store/consent-statements.ts";

/** What a customer has stated, and what follows from it. */
export interface ConsentView {
  /** The living customer, wherever the id asked for has led. */
  readonly customer: bigint;
  /** Of each purpose of the contract and each channel, whether the customer consents at that instant. */
  readonly answers: readonly ConsentAnswer[];
  /** Every statement, the one stated last first. */
  readonly statements: readonly StoredStatement[];
}

/**
 * What a customer has stated about purposes, and what that means at an instant.
 * @param asked.customer an id, also one that was merged into another's
 * @throws NotFoundError `customer-not-found`
 */
export async function showConsents(
  tx: Transaction,
  catalogue: Catalogue,
  asked: { readonly customer: bigint; readonly at: Date },
): Promise<ConsentView> {
  const dataset = customersOf(catalogue);
  const { customer } = await findSpeaker(tx, catalogue, asked.customer);
  const { purposes } = catalogue;
  return {
    customer,
    answers: await selectAnswers(tx, dataset, { customer, purposes, at: asked.at }),
    statements: await selectStatements(tx, dataset, customer),
  };
}

/**
 * Of each purpose and channel the statement that stands at an instant: the one stated last, of those that
 * have begun. In the order of `statements`.
 */
export function standingStatements(
  { statements }: Pick<ConsentView, "statements">,
  at: Date,
): readonly StoredStatement[] {
  const seen = new Set<string>();
  return statements.filter(({ purpose, channel, startsAt }) => {
    const pair = `${purpose} ${channel}`;
    const stands = startsAt <= at && !seen.has(pair);
    if (stands) {
      seen.add(pair);
    }
    return stands;
  });
}
