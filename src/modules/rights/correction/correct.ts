/**
 * Corrections travel. A source corrects a field; whoever was sent the field before holds what was wrong.
 * Registering the correction makes an obligation of each of them, which the next delivery to it with the
 * customer fulfils, and a notice asks for.
 *
 * A notice names the fields and not their values: values leave with a delivery, under policy, and
 * nowhere else.
 */
import { randomBytes } from "node:crypto";
import { didYouMean, InvalidInputError, RefusedError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Opening } from "../../../protocol/rights/index.ts";
import { type CustomerDataset, findField } from "../../contracts/index.ts";
import { type Occurrence, occurrencesOf } from "../../distribution/index.ts";
import { recordInLedger } from "../../ledger/index.ts";
import type { RightsClient, RightsDeps } from "../deps.ts";
import { endRequest } from "../erasure/finish.ts";
import { type PlannedObligation, planObligations } from "../obligations/plan.ts";
import { settleObligation } from "../obligations/settle.ts";
import { writeObligations } from "../obligations/write.ts";
import { lastChangeOf } from "../store/change.ts";
import { selectObligations } from "../store/obligations.ts";
import { insertRequest, selectRequest } from "../store/requests.ts";
import { findSubject, statementOf, type Subject, subjectCommitment } from "../subject.ts";

export interface CorrectInput {
  readonly client: RightsClient;
  readonly customer: bigint;
  /** The fields that were corrected. */
  readonly fields: readonly string[];
  /** In the words of whoever asks; no value of a record. */
  readonly reason: string;
  readonly actor: string;
}

export interface Correction {
  readonly request: string;
  /** For the customer; nobody keeps it. */
  readonly opening: Opening;
  /** Who was sent what was wrong, and has not been sent what is right since. */
  readonly recipients: readonly string[];
}

/**
 * Registers that fields of a customer were corrected.
 * @throws InvalidInputError when a field is not one of the customers'
 * @throws RefusedError when none of the fields has changed since the customer was created
 * @throws NotFoundError when there is no such customer
 */
export async function registerCorrection(
  deps: RightsDeps,
  input: CorrectInput,
): Promise<Correction> {
  const { client, customer } = input;
  const commitment = await deps.subjectOf(customer);
  const correction = await deps.db.scoped(client.scope, async (tx) => {
    const subject = await findSubject(tx, deps, input);
    refuseUnknown(subject.dataset, input.fields);
    return await register(tx, deps, { ...input, subject, commitment, at: deps.clock.now() });
  });
  await endRequest(deps, { client, request: correction.request });
  return correction;
}

function refuseUnknown(dataset: CustomerDataset, fields: readonly string[]): void {
  const names = dataset.fields.map(({ name }) => name);
  const unknown = fields.filter((name) => findField(dataset, name) === undefined);
  if (unknown.length > 0) {
    throw new InvalidInputError(
      "fields-unknown",
      `${dataset.name} have no field ${unknown.join(", ")}`,
      unknown.map((name) => ({
        at: name,
        message: "no such field",
        hint: didYouMean(name, names),
      })),
    );
  }
}

interface Registering extends CorrectInput {
  readonly subject: Subject;
  /** How the ledger names the customer. */
  readonly commitment: string;
  readonly at: Date;
}

async function register(
  tx: Transaction,
  deps: RightsDeps,
  { subject, fields, ...given }: Registering,
): Promise<Correction> {
  const { dataset, customer } = subject;
  const change = await lastChangeOf(tx, { dataset: dataset.name, customer, fields });
  if (change === undefined) {
    throw new RefusedError(
      "nothing-corrected",
      `none of ${fields.join(", ")} of customer ${customer} has changed since it was created`,
      [],
      { hint: "let the source state what is right and import it, then repeat the command" },
    );
  }
  const planned = holdersOf(subject, { at: given.at, fields, change });
  return await writeCorrection(tx, deps, { ...given, subject, fields, change, planned });
}

/**
 * What the recipients owe who were sent one of the fields before a change, and not all of it again since.
 * Pure.
 */
export function holdersOf(
  { occurrences }: Subject,
  {
    at,
    fields,
    change,
  }: { readonly at: Date; readonly fields: readonly string[]; readonly change: bigint },
): PlannedObligation[] {
  return planObligations(occurrences, { at, fields }).filter(
    ({ occurrences: sent }) => !isPutRight(sent, { fields, change }),
  );
}

/** A correction of which it is known what it corrects, and who owes something. */
export interface PlannedCorrection extends Omit<Registering, "customer"> {
  /** The change that brought what is right. */
  readonly change: bigint;
  readonly planned: readonly PlannedObligation[];
}

/** Writes the request and its obligations down, and notes them in the ledger. */
export async function writeCorrection(
  tx: Transaction,
  deps: RightsDeps,
  correction: PlannedCorrection,
): Promise<Correction> {
  const { client, subject, fields, reason, actor, at, commitment, change, planned } = correction;
  const request = deps.newId();
  const statement = statementOf(client.key, subject);
  const key = randomBytes(32).toString("hex");
  const opening: Opening = { version: "1", request, statement, key };
  await insertRequest(tx, {
    request,
    kind: "rectification",
    state: "informing",
    customer: subject.customer,
    subject: subjectCommitment(opening),
    reason,
    fields,
    requestedAt: at,
    requestedBy: actor,
    change,
  });
  await recordInLedger(tx, [
    {
      version: "1",
      kind: "right-requested",
      at: at.toISOString(),
      actor,
      about: commitment,
      request: { id: request, right: "correct" },
    },
  ]);
  const right = "correct";
  await writeObligations(tx, deps, { client, subject, planned, request, right, at, actor });
  return { request, opening, recipients: planned.map(({ recipient }) => recipient) };
}

/**
 * Whether everything that a recipient was sent of the fields before a change was sent again after it. Pure.
 * @param sent to one recipient
 */
export function isPutRight(
  sent: readonly Pick<Occurrence, "fields" | "seen" | "hasArrived">[],
  { fields, change }: { readonly fields: readonly string[]; readonly change: bigint },
): boolean {
  const before = sent.filter(({ seen }) => seen < change);
  const after = sent.filter(({ seen, hasArrived }) => seen >= change && hasArrived);
  const held = fields.filter((name) => before.some((one) => name in one.fields));
  return held.every((name) => after.some((one) => name in one.fields));
}

/**
 * Settles the obligations of corrections that a delivery has fulfilled since.
 * @returns how many
 */
export async function settleDelivered(
  deps: RightsDeps,
  { client, actor }: { readonly client: RightsClient; readonly actor: string },
): Promise<number> {
  const fulfilled = await deps.db.scoped(client.scope, (tx) => fulfilledBy(tx, client), {
    readOnly: true,
  });
  for (const { obligation, waybillId } of fulfilled) {
    await settleObligation(deps, {
      client,
      obligation,
      state: "acknowledged",
      note: `delivered again with waybill ${waybillId}`,
      actor,
    });
  }
  return fulfilled.length;
}

async function fulfilledBy(
  tx: Transaction,
  { catalogue }: RightsClient,
): Promise<{ readonly obligation: string; readonly waybillId: string }[]> {
  const dataset = catalogue.datasets.find((each) => each.kind === "customer");
  const fulfilled = [];
  for (const { obligation, request: id, recipient } of await selectObligations(tx)) {
    const request = await selectRequest(tx, id);
    if (dataset !== undefined && request?.kind === "rectification") {
      const occurrences = await occurrencesOf(tx, dataset, request.customer);
      const sent = occurrences.filter((one) => one.recipient === recipient);
      const newest = sent.findLast(({ waybillId }) => waybillId !== null)?.waybillId;
      const correction = { fields: request.fields ?? [], change: request.change };
      if (typeof newest === "string" && isPutRight(sent, correction)) {
        fulfilled.push({ obligation, waybillId: newest });
      }
    }
  }
  return fulfilled;
}
