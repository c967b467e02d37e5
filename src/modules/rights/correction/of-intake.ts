/**
 * Corrections that come by import (GDPR articles 16 and 19). A source that says of its file that it corrects
 * what it said before has not to name every customer again: that the intake is one of corrections is noted in
 * the transaction that publishes it, and the obligations of whoever was sent what was wrong follow, some
 * hundred changed customers at a time, each time in a transaction that also says how far it is. Whoever dies
 * in between is followed by the next.
 */
import { NotFoundError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { type CustomerDataset, customerDataset } from "../../contracts/index.ts";
import { heldAmong } from "../../distribution/index.ts";
import type { RightsClient, RightsDeps } from "../deps.ts";
import {
  claimCorrection,
  type CorrectedCustomer,
  insertCorrection,
  type NotedCorrection,
  selectCorrected,
  selectRegrouped,
  updateReached,
  updateRegistered,
} from "../store/corrections.ts";
import { findSubject, type Subject } from "../subject.ts";
import { holdersOf, writeCorrection } from "./correct.ts";

/** Changed customers that one transaction looks at: ten seconds at most, where all of them were sent to somebody. */
const CUSTOMERS_A_TURN = 500;

/**
 * Notes that the changes of an intake are corrections, in the transaction that publishes it; of one that is
 * held, before it is approved.
 */
export async function noteCorrection(tx: Transaction, noted: NotedCorrection): Promise<void> {
  await insertCorrection(tx, noted);
}

/** Changed customers that are read at once: some ten megabytes. */
const CUSTOMERS_A_READING = 25_000;

/** What was registered. */
export interface Corrections {
  /** Customers of whom somebody holds what was wrong. */
  readonly customers: number;
  /** Over all of them. */
  readonly obligations: number;
}

/** Registers what published intakes have corrected: one request for each customer whom somebody holds wrongly. */
export async function registerCorrections(
  deps: RightsDeps,
  client: RightsClient,
): Promise<Corrections> {
  const ahead = new ReadAhead();
  let [customers, obligations] = [0, 0];
  for (;;) {
    const turn = await deps.db.scoped(client.scope, (tx) => takeTurn(tx, deps, { client, ahead }));
    if (turn === undefined) {
      return { customers, obligations };
    }
    customers += turn.customers;
    obligations += turn.obligations;
  }
}

async function takeTurn(
  tx: Transaction,
  deps: RightsDeps,
  { client, ahead }: { readonly client: RightsClient; readonly ahead: ReadAhead },
): Promise<Corrections | undefined> {
  const noted = await claimCorrection(tx);
  const dataset = customerDataset(client.catalogue);
  if (noted === undefined || dataset === undefined) {
    return undefined;
  }
  const corrected = await ahead.next(tx, dataset, noted);
  let [customers, obligations] = [0, 0];
  for (const one of await perhapsHeld(tx, dataset, corrected)) {
    const owed = await registerOne(tx, deps, { client, noted, corrected: one });
    customers += owed === 0 ? 0 : 1;
    obligations += owed;
  }
  const last = corrected.at(-1);
  await (last === undefined || corrected.length < CUSTOMERS_A_TURN
    ? updateRegistered(tx, noted.intake, deps.clock.now())
    : updateReached(tx, noted.intake, last.customer));
  return { customers, obligations };
}

/**
 * The changed customers of the intake that was asked about last, from one reading for many turns: what a
 * published intake has changed stays as it is.
 */
class ReadAhead {
  #intake = 0n;
  #corrected: readonly CorrectedCustomer[] = [];
  /** Whether nobody comes behind them. */
  #isEnd = false;

  /** Those of the next turn, by id; fewer than a turn's at the end. */
  async next(
    tx: Transaction,
    { name: dataset }: CustomerDataset,
    { intake, customer: after }: { readonly intake: bigint; readonly customer: bigint },
  ): Promise<readonly CorrectedCustomer[]> {
    const isSame = this.#intake === intake;
    const left = isSame ? this.#corrected.filter(({ customer }) => customer > after) : [];
    if (left.length >= CUSTOMERS_A_TURN || (isSame && this.#isEnd)) {
      return left.slice(0, CUSTOMERS_A_TURN);
    }
    const limit = CUSTOMERS_A_READING;
    this.#intake = intake;
    this.#corrected = await selectCorrected(tx, { dataset, intake, after, limit });
    this.#isEnd = this.#corrected.length < limit;
    return this.#corrected.slice(0, CUSTOMERS_A_TURN);
  }
}

/** Those whom somebody may have been sent; of most customers that is nobody, which few lists tell of many. */
async function perhapsHeld(
  tx: Transaction,
  dataset: CustomerDataset,
  corrected: readonly CorrectedCustomer[],
): Promise<readonly CorrectedCustomer[]> {
  const ids = corrected.map(({ customer }) => customer);
  const fields = [...new Set(corrected.flatMap((one) => one.fields))];
  const held = await heldAmong(tx, ids, fields);
  const regrouped = new Set(await selectRegrouped(tx, dataset.name, ids));
  return corrected.filter(({ customer }) => held.has(customer) || regrouped.has(customer));
}

interface Registration {
  readonly client: RightsClient;
  readonly noted: NotedCorrection;
  readonly corrected: CorrectedCustomer;
}

/** @returns how many recipients owe something */
async function registerOne(
  tx: Transaction,
  deps: RightsDeps,
  { client, noted, corrected: { customer, change, fields } }: Registration,
): Promise<number> {
  const subject = await livingSubject(tx, deps, { client, customer });
  const at = deps.clock.now();
  const planned = subject === undefined ? [] : holdersOf(subject, { at, fields, change });
  if (subject === undefined || planned.length === 0) {
    return 0;
  }
  const commitment = await deps.subjectOf(subject.customer);
  const { reason, notedBy: actor } = noted;
  const correction = { client, subject, fields, change, planned, reason, actor, at, commitment };
  await writeCorrection(tx, deps, correction);
  return planned.length;
}

/** Undefined where the customer was erased since. */
async function livingSubject(
  tx: Transaction,
  deps: RightsDeps,
  of: { readonly client: RightsClient; readonly customer: bigint },
): Promise<Subject | undefined> {
  try {
    return await findSubject(tx, deps, of);
  } catch (error) {
    if (error instanceof NotFoundError) {
      return undefined;
    }
    throw error;
  }
}
