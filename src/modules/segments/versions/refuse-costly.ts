import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Criteria } from "../../criteria/index.ts";
import { DEFAULT_BUDGET_MS, type SegmentDefinition } from "../definition.ts";
import { isPoison } from "../following/careful.ts";
import { SegmentBook } from "../segment-book.ts";
import type { SegmentClient } from "../segments.ts";
import { selectSample } from "../store/cost.ts";
import { batchTimeMs, COST_SAMPLE, measureCost, type Cost } from "./cost.ts";
import { decide } from "./decide.ts";
import { readSituation } from "./situation.ts";

interface Candidate {
  readonly meaning: string;
  readonly subject: string;
  readonly definition: SegmentDefinition;
  readonly criteria: Criteria;
}

/**
 * The versions to be registered that cost more than their definitions allow: why, by the digest of what
 * they mean. Those that all together stay within the least budget are not measured one by one.
 */
export async function refuseCostly(
  { db, scope, catalogue }: SegmentClient,
  {
    retry,
    at,
    signal,
  }: {
    readonly retry: boolean;
    readonly at: Date;
    readonly signal: AbortSignal | undefined;
  },
): Promise<ReadonlyMap<string, string>> {
  const refusals = new Map<string, string>();
  const work = async (tx: Transaction): Promise<void> => {
    const situation = await readSituation(tx, catalogue, { retry });
    const definitions = new Map(
      situation.wanted.map(({ definition }) => [definition.segment, definition]),
    );
    const book = new SegmentBook(catalogue, definitions.values());
    const candidates = decide(situation).register.map(({ name, meaning, subject }): Candidate => {
      const definition = book.definition(name);
      return { meaning, subject, definition, criteria: book.written(name) };
    });
    const groups = Map.groupBy(candidates, (one) => one.subject);
    for (const { subject, group } of [...groups].flatMap(inBatches)) {
      const question = { catalogue, segments: book.resolve, asOf: at, subject };
      const members = await selectSample(tx, subject, COST_SAMPLE);
      const criteria = group.map((one) => one.criteria);
      const together = await batchTimeMs(tx, criteria, { ...question, members });
      if (together <= Math.min(...group.map(({ definition }) => budgetOf(definition)))) {
        continue;
      }
      for (const one of group) {
        const cost = await measureCost(tx, one.criteria, question);
        const reason = overBudget(one.definition, cost);
        if (reason !== undefined) {
          refusals.set(one.meaning, reason);
        }
      }
    }
  };
  const options = { readOnly: true, isolation: "repeatable read", statementTimeoutMs: 0 } as const;
  try {
    await db.scoped(scope, work, { ...options, signal });
  } catch (error) {
    // Filling says which of them it is whose evaluation fails.
    if (!isPoison(error)) {
      throw error;
    }
  }
  return refusals;
}

/** So many are measured together; with more, one that is dear would have all the others measured. */
const TOGETHER = 100;

function inBatches([subject, candidates]: readonly [string, readonly Candidate[]]): {
  readonly subject: string;
  readonly group: readonly Candidate[];
}[] {
  return Array.from({ length: Math.ceil(candidates.length / TOGETHER) }, (_, index) => {
    const from = index * TOGETHER;
    return { subject, group: candidates.slice(from, from + TOGETHER) };
  });
}

/** What a definition may cost, in milliseconds for 1,000 changed members. */
export function budgetOf({ budget }: SegmentDefinition): number {
  return budget ?? DEFAULT_BUDGET_MS;
}

/** Why a definition is refused for its cost; undefined when it is within its budget. */
export function overBudget(
  definition: SegmentDefinition,
  { batchMs, costliest }: Cost,
): string | undefined {
  const budget = budgetOf(definition);
  if (batchMs <= budget) {
    return undefined;
  }
  const most =
    costliest === undefined
      ? ""
      : `; most of it for ${shortened(costliest.criteria)} (${Math.round(costliest.batchMs)} ms)`;
  return (
    `1,000 changed members would take ${Math.round(batchMs)} ms, ` +
    `and its budget is ${budget} ms${most}`
  );
}

/** Criteria can fill pages. */
function shortened(criteria: string): string {
  return criteria.length <= 200 ? criteria : `${criteria.slice(0, 199)}…`;
}
