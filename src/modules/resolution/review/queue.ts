/** What to ask a person next: the questions whose answers are worth most. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Client } from "../../contracts/index.ts";
import { readRecords } from "../../customers/index.ts";
import { probabilityOfWeight } from "../../linkage/index.ts";
import { explainWithin, type PairExplanation } from "../explaining/explain-pair.ts";
import { findRivalry, type Rivalry } from "../explaining/find-rival.ts";
import type { LinkSession } from "../linking/session.ts";
import { requireSession } from "../linking/open-session.ts";
import { settleAround } from "../incremental/settle-around.ts";
import { entityDataset } from "../run/entity-dataset.ts";
import { type OpenQuestion, openQuestions } from "../store/open-questions.ts";
import { weakBridges } from "./weak-bridges.ts";

/**
 * Why a pair is asked about. `unsure`: the model cannot tell. `held-back`: it would link the two, and the rest
 * of their customers speaks against it. `weak-bridge`: the two are one customer by this link alone, and it is
 * hardly heavier than it has to be.
 */
export type Reason = "unsure" | "held-back" | "weak-bridge";

export interface Question extends OpenQuestion {
  readonly reason: Reason;
  /** That the two are the same, 0 to 1, by the model. */
  readonly probability: number;
  /** How little is known (0 to 1, Shannon's entropy of the answer in bits) times how many pairs of records the answer decides. */
  readonly value: number;
  /** Where one of the two customers fits a third as well, who contradicts the other: who fits whom. */
  readonly rivalry: Rivalry | undefined;
}

/** A question with everything that is needed to answer it. */
export interface QuestionInFull extends Question {
  /** The records' values as their sources stated them, by field. */
  readonly values: ReadonlyMap<
    string,
    { readonly left: string | null; readonly right: string | null }
  >;
  readonly explanation: PairExplanation;
  /**
   * Of a weak bridge: how many records each of the customers would have if the two were different, the most
   * first.
   */
  readonly parts: readonly number[] | undefined;
}

export interface QueueOptions {
  /** Default: the customers. */
  readonly dataset?: string | undefined;
  /** How many questions. Default 20. */
  readonly limit?: number | undefined;
  /** Pairs that were skipped: `LEFT-RIGHT`. They are left out. */
  readonly skipped?: ReadonlySet<string> | undefined;
}

/** So many questions are looked at to find the most valuable. */
const LOOKED_AT = 2_000;

/**
 * The open questions, the most valuable first. Skipping is no judgement: who skips names the pair in
 * `skipped` when she asks again.
 * @throws ConflictError `never-resolved` before the first run
 */
export async function reviewQueue(
  tx: Transaction,
  client: Client,
  options: QueueOptions = {},
): Promise<Question[]> {
  return await queueWithin(
    await requireSession(tx, client, entityDataset(client, options.dataset)),
    options,
  );
}

/**
 * The most valuable question, side by side; undefined when nothing is left to ask.
 * @throws ConflictError `never-resolved` before the first run
 */
export async function nextQuestion(
  tx: Transaction,
  client: Client,
  options: Omit<QueueOptions, "limit"> = {},
): Promise<QuestionInFull | undefined> {
  const session = await requireSession(tx, client, entityDataset(client, options.dataset));
  const [question] = await queueWithin(session, { ...options, limit: 1 });
  if (question === undefined) {
    return undefined;
  }
  const explanation = await explainWithin(session, question);
  const parts =
    question.reason === "weak-bridge" ? await partsWithout(session, question) : undefined;
  return { ...question, explanation, parts, values: await sideBySide(session, question) };
}

async function queueWithin(
  session: LinkSession,
  { limit = 20, skipped = new Set() }: QueueOptions,
): Promise<Question[]> {
  const { tx, dataset, linker } = session;
  const { link } = linker.limits;
  const open = await openQuestions(tx, dataset, { link, limit: LOOKED_AT + skipped.size });
  const valuable = [...open, ...(await weakBridges(session))]
    .filter(({ left, right }) => !skipped.has(`${left}-${right}`))
    .map((question) => valued(question, link))
    .toSorted((a, b) => b.value - a.value || Number(a.left - b.left) || Number(a.right - b.right))
    .slice(0, limit);
  const questions: Question[] = [];
  for (const question of valuable) {
    const { reason, leftCustomer, rightCustomer } = question;
    const rivalry =
      reason === "held-back"
        ? await findRivalry(session, [leftCustomer, rightCustomer])
        : undefined;
    questions.push({ ...question, rivalry });
  }
  return questions;
}

/**
 * A pair that the model would link and its surroundings hold back is as open as a question can be: one of
 * the two is wrong.
 */
function valued(question: OpenQuestion, link: number): Omit<Question, "rivalry"> {
  const probability = probabilityOfWeight(question.weight);
  const reason = reasonOf(question);
  const doubt = reason === "held-back" ? 1 : entropy(probabilityOfWeight(question.weight - link));
  return {
    ...question,
    reason,
    probability,
    value: doubt * Number(question.leftSize * question.rightSize),
  };
}

function reasonOf({ verdict, leftCustomer, rightCustomer }: OpenQuestion): Reason {
  if (leftCustomer === rightCustomer) {
    return "weak-bridge";
  }
  return verdict === "same" ? "held-back" : "unsure";
}

/** How many records the customers would have that a customer falls into, if the pair were different. */
async function partsWithout(
  session: LinkSession,
  { left, right, leftCustomer }: Question,
): Promise<number[]> {
  const { settlement, current } = await settleAround(session, {
    records: [],
    evidence: [],
    supposed: [{ left, right, verdict: "different" }],
  });
  return settlement.groups
    .map(({ records }) => records.filter((record) => current.get(record) === leftCustomer).length)
    .filter((size) => size > 0)
    .toSorted((a, b) => b - a);
}

/** Bits that the answer to a yes-or-no question brings (Shannon, 1948). */
function entropy(probability: number): number {
  const share = (p: number): number => (p <= 0 ? 0 : -p * Math.log2(p));
  return share(probability) + share(1 - probability);
}

async function sideBySide(
  { tx, dataset }: LinkSession,
  { left, right }: Question,
): Promise<QuestionInFull["values"]> {
  const values = new Map<string, { left: string | null; right: string | null }>();
  for await (const page of readRecords(tx, dataset, { records: [left, right] })) {
    for (const [field, [ofLeft = null, ofRight = null]] of page.values) {
      values.set(field, { left: ofLeft, right: ofRight });
    }
  }
  return values;
}
