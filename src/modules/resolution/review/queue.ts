/** What to ask a person next: the questions whose answers are worth most. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Client } from "../../contracts/index.ts";
import { readRecords } from "../../customers/index.ts";
import { probabilityOfWeight } from "../../linkage/index.ts";
import { explainWithin, type PairExplanation } from "../explaining/explain-pair.ts";
import { findRivalry, type Rivalry } from "../explaining/find-rival.ts";
import type { LinkSession } from "../linking/session.ts";
import { requireSession } from "../linking/open-session.ts";
import { entityDataset } from "../run/entity-dataset.ts";
import { type OpenQuestion, openQuestions } from "../store/open-questions.ts";

export interface Question extends OpenQuestion {
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
  return { ...question, explanation, values: await sideBySide(session, question) };
}

async function queueWithin(
  session: LinkSession,
  { limit = 20, skipped = new Set() }: QueueOptions,
): Promise<Question[]> {
  const { tx, dataset, linker } = session;
  const { link } = linker.limits;
  const open = await openQuestions(tx, dataset, { link, limit: LOOKED_AT + skipped.size });
  const valuable = open
    .filter(({ left, right }) => !skipped.has(`${left}-${right}`))
    .map((question) => valued(question, link))
    .toSorted((a, b) => b.value - a.value || Number(a.left - b.left) || Number(a.right - b.right))
    .slice(0, limit);
  const questions: Question[] = [];
  for (const question of valuable) {
    const { verdict, leftCustomer, rightCustomer } = question;
    const isHeldBack = verdict === "same";
    const rivalry = isHeldBack
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
  const doubt =
    question.verdict === "same" ? 1 : entropy(probabilityOfWeight(question.weight - link));
  return {
    ...question,
    probability,
    value: doubt * Number(question.leftSize * question.rightSize),
  };
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
