import type { Clock } from "../../../kernel/index.ts";
import { must } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { describeCriteria } from "../../criteria/index.ts";
import type { SegmentDefinition } from "../definition.ts";
import { followClient } from "../following/follow.ts";
import { SegmentBook } from "../segment-book.ts";
import type { SegmentClient } from "../segments.ts";
import { selectPinnedSegments } from "../store/pins.ts";
import type { KeptVersion } from "../store/versions.ts";
import { compareSizes, type Compared } from "./compare-sizes.ts";
import { measureCost, type Cost } from "./cost.ts";
import { decide, type Registration, type Situation } from "./decide.ts";
import { overBudget } from "./refuse-costly.ts";
import { readSituation } from "./situation.ts";
import { outsideLimits } from "./switch.ts";

/**
 * - added: there is no version in force
 * - changed: its own definition selects others, or otherwise
 * - follows: its definition stays, and a segment that stands inside it changes
 * - same: it selects as before; a title or a description may differ
 * - removed: everybody leaves
 */
export type PlannedKind = "added" | "changed" | "follows" | "same" | "removed";

/** What applying a definition would change. */
export interface SegmentPlan {
  readonly segment: string;
  readonly kind: PlannedKind;
  /** The criteria in English; empty when it is removed. */
  readonly sentence: string;
  readonly members: { readonly before: bigint; readonly after: bigint };
  readonly entering: Movement;
  readonly leaving: Movement;
  /** What looks wrong although it can be applied. */
  readonly warnings: readonly string[];
  /** Why it would not come into force. */
  readonly refusals: readonly string[];
  /** Undefined when nothing new is evaluated. */
  readonly cost: Cost | undefined;
}

/** Members who move in one direction. */
export interface Movement {
  readonly count: number;
  /** The lowest ids. */
  readonly sample: readonly bigint[];
}

export interface PlanQuestion {
  /** Definitions as they would be; others stay as they are. */
  readonly changes: readonly SegmentDefinition[];
  /** Names of segments that would be removed. */
  readonly removed?: readonly string[] | undefined;
  readonly clock: Clock;
  /** How many ids to answer of those who move in each direction. Default 10. */
  readonly sample?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Who would enter and leave if definitions were changed: the stored members against one evaluation of
 * the new criteria. Segments that name a changed one are planned with it. Changes nothing.
 * @throws InvalidInputError when criteria do not fit the contract
 */
export async function planSegments(
  client: SegmentClient,
  question: PlanQuestion,
): Promise<readonly SegmentPlan[]> {
  const { clock, signal } = question;
  await followClient(client, { clock, signal });
  const work = async (tx: Transaction): Promise<readonly SegmentPlan[]> => {
    const current = await readSituation(tx, client.catalogue, { retry: true });
    const situation = withChanges(current, question);
    const definitions = situation.wanted.map(({ definition }) => definition);
    const pinned = await selectPinnedSegments(tx);
    const planning: Planning = {
      client,
      question,
      situation,
      asOf: clock.now(),
      book: new SegmentBook(client.catalogue, definitions, pinned),
    };
    return await planWithin(tx, planning);
  };
  return await client.db.scoped(client.scope, work, {
    readOnly: true,
    isolation: "repeatable read",
    statementTimeoutMs: 0,
    signal,
  });
}

/** {@link planSegments} of one definition; the first plan is its own. */
export async function planSegment(
  client: SegmentClient,
  definition: SegmentDefinition,
  question: Omit<PlanQuestion, "changes" | "removed">,
): Promise<readonly [SegmentPlan, ...SegmentPlan[]]> {
  const plans = await planSegments(client, { ...question, changes: [definition] });
  const isOwn = ({ segment }: SegmentPlan): boolean => segment === definition.segment;
  const own = must(plans.find(isOwn), "what was asked about is planned");
  return [own, ...plans.filter((plan) => plan !== own)];
}

interface Planning {
  readonly client: SegmentClient;
  readonly question: PlanQuestion;
  readonly situation: Situation;
  readonly book: SegmentBook;
  readonly asOf: Date;
}

function withChanges(situation: Situation, { changes, removed = [] }: PlanQuestion): Situation {
  const replaced = new Set([...changes.map(({ segment }) => segment), ...removed]);
  const versionOf = (name: string): number =>
    situation.wanted.find(({ definition }) => definition.segment === name)?.version ?? 0;
  return {
    ...situation,
    wanted: [
      ...situation.wanted.filter(({ definition }) => !replaced.has(definition.segment)),
      ...changes.map((definition) => {
        return { definition, version: versionOf(definition.segment) + 1 };
      }),
    ],
  };
}

async function planWithin(tx: Transaction, planning: Planning): Promise<readonly SegmentPlan[]> {
  const { situation, question, book } = planning;
  for (const { segment } of question.changes) {
    book.written(segment);
    book.checkUse(segment);
  }
  const { register, archive } = decide(situation);
  const compared = await compareSizes(tx, register, {
    kept: situation.kept,
    book,
    catalogue: planning.client.catalogue,
    asOf: planning.asOf,
    sample: question.sample ?? 10,
  });
  const plans: SegmentPlan[] = [];
  for (const registration of register) {
    const moves = must(compared.get(registration.name), "every registration is compared");
    plans.push(await planOf(tx, { ...planning, registration, moves }));
  }
  const planned = new Set(plans.map(({ segment }) => segment));
  const same = question.changes.filter(({ segment }) => !planned.has(segment));
  return [
    ...plans,
    ...same.map(({ segment }) => unchanged(segment, planning)),
    ...archive.map(({ name }) => removal(name, situation.kept)),
  ];
}

async function planOf(
  tx: Transaction,
  {
    registration,
    moves,
    ...planning
  }: Planning & { readonly registration: Registration; readonly moves: Compared },
): Promise<SegmentPlan> {
  const { book, situation, asOf } = planning;
  const { catalogue } = planning.client;
  const { name, subject } = registration;
  const definition = book.definition(name);
  const criteria = book.criteria(name);
  const inForce = versionInForce(name, situation.kept);
  const before = inForce?.members ?? 0n;
  const after = before + BigInt(moves.entering.count) - BigInt(moves.leaving.count);
  const cost = await measureCost(tx, criteria, {
    catalogue,
    subject,
    asOf,
    segments: book.resolve,
  });
  const isOwn = planning.question.changes.some(({ segment }) => segment === name);
  const refusals = [
    overBudget(definition, cost),
    inForce === undefined ? undefined : outsideLimits(definition.size, after),
  ];
  return {
    segment: name,
    kind: inForce === undefined ? "added" : isOwn ? "changed" : "follows",
    sentence: describeCriteria(criteria, catalogue),
    members: { before, after },
    entering: moves.entering,
    leaving: moves.leaving,
    warnings: [...book.written(name).warnings, ...sizeWarnings(after, moves.everybody)],
    refusals: refusals.filter((refusal) => refusal !== undefined),
    cost,
  };
}

function sizeWarnings(members: bigint, everybody: bigint): readonly string[] {
  if (members === 0n) {
    return ["nobody would be in it"];
  }
  return members === everybody ? ["everybody would be in it"] : [];
}

const NOBODY: Movement = { count: 0, sample: [] };

function unchanged(name: string, { book, situation, client }: Planning): SegmentPlan {
  const members = versionInForce(name, situation.kept)?.members ?? 0n;
  return {
    segment: name,
    kind: "same",
    sentence: describeCriteria(book.criteria(name), client.catalogue),
    members: { before: members, after: members },
    entering: NOBODY,
    leaving: NOBODY,
    warnings: book.written(name).warnings,
    refusals: [],
    cost: undefined,
  };
}

function removal(name: string, kept: readonly KeptVersion[]): SegmentPlan {
  const before = versionInForce(name, kept)?.members ?? 0n;
  return {
    segment: name,
    kind: "removed",
    sentence: "",
    members: { before, after: 0n },
    entering: NOBODY,
    leaving: { count: Number(before), sample: [] },
    warnings: [],
    refusals: [],
    cost: undefined,
  };
}

function versionInForce(name: string, kept: readonly KeptVersion[]): KeptVersion | undefined {
  return kept.find((version) => version.name === name && version.inForce);
}
