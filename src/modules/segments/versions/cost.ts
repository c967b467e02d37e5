import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import {
  evaluationQuery,
  printCriteria,
  type Criteria,
  type Query,
  type SegmentResolver,
} from "../../criteria/index.ts";
import { SLOTS_PER_WORD, widthOf } from "../membership/bits.ts";
import { explainedTimeMs, explainedScan, selectSample } from "../store/cost.ts";

/** So many members are evaluated to measure: a batch of changes as they come when there are many. */
export const COST_SAMPLE = 1_000;

/** What evaluating criteria costs. */
export interface Cost {
  /** Milliseconds for 1,000 changed members, measured; fewer where there are fewer. */
  readonly batchMs: number;
  /** What PostgreSQL expects a scan of everybody to cost, in its planner's units. */
  readonly scan: number;
  /** The costliest of the conditions that stand side by side; undefined when there is only one. */
  readonly costliest: { readonly criteria: string; readonly batchMs: number } | undefined;
}

export interface CostQuestion {
  readonly catalogue: Catalogue;
  readonly segments: SegmentResolver;
  readonly asOf: Date;
  /** The dataset whose rows are the members. */
  readonly subject: string;
}

/** Measures what one segment costs. Reads for about three times as long as a batch takes. */
export async function measureCost(
  tx: Transaction,
  criteria: Criteria,
  question: CostQuestion,
): Promise<Cost> {
  const members = await selectSample(tx, question.subject, COST_SAMPLE);
  const parts = partsOf(criteria);
  const measured: { criteria: string; batchMs: number }[] = [];
  for (const part of parts) {
    const batchMs = await batchTimeMs(tx, [part], { ...question, members });
    measured.push({ criteria: printCriteria(part), batchMs });
  }
  return {
    batchMs: await batchTimeMs(tx, [criteria], { ...question, members }),
    scan: await explainedScan(tx, evaluationOf([criteria], question)),
    costliest: measured.toSorted((a, b) => b.batchMs - a.batchMs)[0],
  };
}

/** Milliseconds to evaluate criteria of one subject together for a sample of members: the better of two. */
export async function batchTimeMs(
  tx: Transaction,
  criteria: readonly Criteria[],
  question: CostQuestion & { readonly members: readonly bigint[] },
): Promise<number> {
  const query = evaluationOf(criteria, question);
  const first = await explainedTimeMs(tx, query);
  return Math.min(first, await explainedTimeMs(tx, query));
}

function evaluationOf(
  criteria: readonly Criteria[],
  question: CostQuestion & { readonly members?: readonly bigint[] | undefined },
): Query {
  const slots = criteria.map((one, slot) => ({ slot, criteria: one }));
  const width = widthOf(Math.max(criteria.length, SLOTS_PER_WORD));
  return evaluationQuery(slots, { ...question, width, flips: "due" });
}

function partsOf(criteria: Criteria): readonly Criteria[] {
  const { root } = criteria;
  return root.kind === "and" || root.kind === "or"
    ? root.operands.map((operand) => ({ ...criteria, root: operand, warnings: [] }))
    : [];
}
