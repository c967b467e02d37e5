/** What holds a customer together, and what keeps two customers apart. */
import { must, NotFoundError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Client } from "../../contracts/index.ts";
import { type EntityDataset, recordsOfGolden } from "../../customers/index.ts";
import { type Standing, standingPairs } from "../judgement/judgement.ts";
import { strongestLinks } from "../judgement/strongest-links.ts";
import type { LinkSession } from "../linking/session.ts";
import { requireSession } from "../linking/open-session.ts";
import { entityDataset } from "../run/entity-dataset.ts";
import { standingOf } from "../store/judgements.ts";
import { explainWithin, type PairExplanation } from "./explain-pair.ts";
import { findRivalry, type Rivalry } from "./find-rival.ts";

export interface CustomerExplanation {
  readonly customer: bigint;
  /** In ascending order. */
  readonly records: readonly bigint[];
  /**
   * The fewest and strongest judgements that connect all records, the weakest first: were it taken away,
   * the customer would fall into two. Judgements of persons and rules are stronger than any weight.
   */
  readonly links: readonly Standing[];
  /** How many pairs of its records were judged the same, could not be told, or were judged different. */
  readonly pairs: { readonly same: number; readonly unsure: number; readonly different: number };
}

/**
 * Says which records are a customer, and by which judgements. Reads only.
 * @throws NotFoundError `customer-not-found`
 * @throws ConflictError `never-resolved` before the first run
 */
export async function explainCustomer(
  tx: Transaction,
  client: Client,
  { customer, dataset }: { readonly customer: bigint; readonly dataset?: string | undefined },
): Promise<CustomerExplanation> {
  const session = await requireSession(tx, client, entityDataset(client, dataset));
  const records = await membersOf(tx, session.dataset, customer);
  const inside = new Set(records);
  const standing = await standingOf(tx, records);
  const rulings = standingPairs(
    standing.filter(({ left, right }) => inside.has(left) && inside.has(right)),
  ).map(({ ruling }) => ruling);
  const pairs = { same: 0, unsure: 0, different: 0 };
  for (const { verdict } of rulings) {
    pairs[verdict] += 1;
  }
  return { customer, records, links: strongestLinks(rulings), pairs };
}

async function membersOf(
  tx: Transaction,
  dataset: EntityDataset,
  customer: bigint,
): Promise<bigint[]> {
  const records = (await recordsOfGolden(tx, dataset, [customer])).map(({ record }) => record);
  if (records.length === 0) {
    throw new NotFoundError("customer-not-found", `there is no customer ${customer}`, {
      hint: "it may have been merged into another; waybill customer show says into which",
    });
  }
  return records;
}

/** Why two customers are not one. */
export interface ApartExplanation {
  readonly customers: readonly [bigint, bigint];
  /**
   * `judged-apart`: a person or a rule says so. `too-little`: no pair of their records weighs enough to
   * link. `torn`: a pair does, but one of the two fits a third customer as well, who contradicts the other.
   * `held-back`: a pair does, but the others speak against it.
   */
  readonly cause: "judged-apart" | "too-little" | "torn" | "held-back";
  /** Who fits whom, where the cause is `torn`. */
  readonly rivalry: Rivalry | undefined;
  /** What persons and rules say between the two. */
  readonly judged: readonly Standing[];
  /** The pair of their records that weighs most. */
  readonly best: PairExplanation;
  /** Pairs of their records that were weighed for this. */
  readonly compared: number;
}

/** Of larger customers only the first records are compared. */
const MOST_RECORDS = 50;

/**
 * Says why two customers are not one. Reads only.
 * @throws NotFoundError `customer-not-found`
 * @throws ConflictError `never-resolved` before the first run
 */
export async function explainApart(
  tx: Transaction,
  client: Client,
  {
    customers: [one, other],
    dataset,
  }: { readonly customers: readonly [bigint, bigint]; readonly dataset?: string | undefined },
): Promise<ApartExplanation> {
  const session = await requireSession(tx, client, entityDataset(client, dataset));
  const left = await membersOf(tx, session.dataset, one);
  const right = await membersOf(tx, session.dataset, other);
  const judged = await judgedBetween(tx, left, right);
  const compared = left
    .slice(0, MOST_RECORDS)
    .flatMap((a) => right.slice(0, MOST_RECORDS).map((b) => ({ left: a, right: b })));
  const best = await explainWithin(session, await heaviest(session, compared));
  const isJudged = judged.some(({ verdict }) => verdict !== "same");
  const isHeldBack = !isJudged && best.score.weight >= session.linker.limits.link;
  const rivalry = isHeldBack ? await findRivalry(session, [one, other]) : undefined;
  const cause = rivalry === undefined ? "held-back" : "torn";
  const unjudged = isHeldBack ? cause : "too-little";
  return {
    customers: [one, other],
    cause: isJudged ? "judged-apart" : unjudged,
    rivalry,
    judged,
    best,
    compared: compared.length,
  };
}

async function judgedBetween(
  tx: Transaction,
  left: readonly bigint[],
  right: readonly bigint[],
): Promise<Standing[]> {
  const [ofLeft, ofRight] = [new Set(left), new Set(right)];
  const standing = await standingOf(tx, left);
  return standingPairs(standing)
    .map(({ ruling }) => ruling)
    .filter(({ judge }) => judge !== "model")
    .filter(
      (ruling) =>
        (ofLeft.has(ruling.left) && ofRight.has(ruling.right)) ||
        (ofLeft.has(ruling.right) && ofRight.has(ruling.left)),
    );
}

interface Between {
  readonly left: bigint;
  readonly right: bigint;
}

async function heaviest(
  { tx, linker, shelf }: LinkSession,
  pairs: readonly Between[],
): Promise<Between> {
  const { scorer } = linker;
  await shelf.fetch(new Set(pairs.flatMap(({ left, right }) => [left, right])));
  const compared = pairs.map(({ left, right }) =>
    scorer.compare({ left: shelf.get(left), right: shelf.get(right) }),
  );
  const shares = await linker.readShares(tx, compared);
  const weighed = pairs.map((pair, place) => ({
    pair,
    weight: scorer.weightOf(must(compared[place], "every pair is compared"), shares),
  }));
  const [first] = weighed.toSorted((a, b) => b.weight - a.weight);
  return must(first, "two customers have records").pair;
}
