/**
 * Compares stored memberships with what a full evaluation says, and puts right what differs. Following is
 * meant to leave nothing for this to find: what it finds is an alarm.
 */
import { type Clock, must } from "../../../kernel/index.ts";
import { isRetryable, type Transaction } from "../../../platform/postgres/index.ts";
import { matchesQuery, MOST_CRITERIA } from "../../criteria/index.ts";
import { bitsOf } from "../membership/bits.ts";
import type { SegmentClient } from "../segments.ts";
import { lockPosition, movePosition, readFollowed } from "../store/following.ts";
import { insertReconciliation, type Reconciliation } from "../store/health.ts";
import { selectMembers } from "../store/members.ts";
import { type Sample, sampleMembers } from "../store/sample.ts";
import type { Following } from "../following/batch.ts";
import { type Decision, decide, type Evaluated } from "../following/decide.ts";
import { evaluate, type Question } from "../following/evaluate.ts";
import { type FollowPlan, planFor, type SubjectPlan } from "../following/plan.ts";
import { logDecisions, storeDecision } from "../following/store-decision.ts";

export interface ReconcileOptions {
  readonly clock: Clock;
  /** Of each subject, from a place that the caller draws. */
  readonly sample: Sample;
  readonly signal?: AbortSignal | undefined;
  /** What was evaluated last, as in {@link Following}. */
  readonly memory?: Following["memory"] | undefined;
}

/** What a comparison found. */
export type Reconciled =
  | (Reconciliation & { readonly kind: "compared" })
  /** Others follow changes, or have changes to follow: what differs would say nothing. */
  | { readonly kind: "busy" };

/** Members are compared in pieces, for others wait while this holds the lock. */
export async function reconcile(
  client: SegmentClient,
  options: ReconcileOptions,
): Promise<Reconciled> {
  try {
    return await reconcileOnce(client, options);
  } catch (error) {
    // Somebody moved on between the snapshot and the lock.
    if (isRetryable(error)) {
      return { kind: "busy" };
    }
    throw error;
  }
}

async function reconcileOnce(
  client: SegmentClient,
  { clock, sample, signal, memory = {} }: ReconcileOptions,
): Promise<Reconciled> {
  return await client.db.scoped(
    client.scope,
    async (tx): Promise<Reconciled> => {
      const position = await lockPosition(tx, false);
      if (position === undefined || position.rescan !== null || position.hasParked) {
        return { kind: "busy" };
      }
      const { cursor, head } = position;
      if ((await readFollowed(tx, { after: cursor, upTo: head, limit: 1 })).length > 0) {
        return { kind: "busy" };
      }
      const asOf = clock.now();
      if (position.asOf !== null && position.asOf > asOf) {
        return { kind: "busy" };
      }
      const { catalogue } = client;
      const plan = await planFor(tx, { position, catalogue, known: memory.plan });
      memory.plan = plan;
      return { kind: "compared", ...(await compareAll(tx, plan, { asOf, sample, cursor })) };
    },
    { signal, isolation: "repeatable read" },
  );
}

interface Comparing {
  readonly asOf: Date;
  readonly sample: Sample;
  readonly cursor: bigint;
}

async function compareAll(
  tx: Transaction,
  plan: FollowPlan,
  { asOf, sample, cursor }: Comparing,
): Promise<Reconciliation> {
  const details: Record<string, number> = {};
  const repairs: Decision[] = [];
  let compared = 0;
  for (const subject of plan.subjects) {
    const members = await sampleMembers(tx, subject, sample);
    const repair = await compare(tx, plan, { subject, members, asOf });
    compared += members.length;
    repairs.push(repair);
    for (const { slot } of repair.moves) {
      details[slot.name] = (details[slot.name] ?? 0) + 1;
    }
  }
  const different = repairs.reduce((sum, { moves }) => sum + moves.length, 0);
  const found = { at: asOf, compared: BigInt(compared), different: BigInt(different), details };
  if (compared > 0) {
    await insertReconciliation(tx, found);
  }
  if (different > 0) {
    await repairAll(tx, { repairs, asOf, cursor });
  }
  return found;
}

/** What is to be written of members whose stored bits are not what they should be. */
async function compare(
  tx: Transaction,
  plan: FollowPlan,
  about: {
    readonly subject: SubjectPlan;
    readonly members: readonly bigint[];
    readonly asOf: Date;
  },
): Promise<Decision> {
  const { subject, members, asOf } = about;
  const stored = await selectMembers(tx, members);
  // Whose time has come and who was not followed yet is not wrong.
  const settled = members.filter((member) => (stored.get(member)?.due ?? LATER) > asOf);
  const wrong = new Set<bigint>();
  // What a version that is being filled says of a member is known only when the scan has come to it.
  const filled = subject.slots.filter(({ state }) => state === "live");
  for (let first = 0; first < filled.length; first += MOST_CRITERIA) {
    const slots = filled.slice(first, first + MOST_CRITERIA);
    const evaluated = await evaluateInFull(tx, plan, { slots, members: settled, asOf });
    const question = { subject: subject.subject, stored, slots, isAllTimed: false };
    for (const { member } of decide({ ...question, members: settled, evaluated }).moves) {
      wrong.add(member);
    }
  }
  if (wrong.size === 0) {
    return { rows: [], moves: [] };
  }
  const { slots } = subject;
  const evaluated = await evaluate(tx, plan, { slots, members: [...wrong], asOf });
  const repair = { subject: subject.subject, stored, slots, isAllTimed: true };
  return decide({ ...repair, members: wrong, evaluated });
}

/** The oracle: it shares nothing with what follows but the criteria, neither bits nor groups of slots. */
async function evaluateInFull(
  tx: Transaction,
  { catalogue, segments }: FollowPlan,
  { slots, members, asOf }: Question,
): Promise<Map<bigint, Evaluated>> {
  const criteria = slots.map((slot) => slot.criteria);
  const query = matchesQuery(criteria, { catalogue, segments, asOf, members });
  const rows = await tx.rows<{ _id: bigint; matches: number[] }>(query.sql, query.values);
  return new Map(
    rows.map(({ _id, matches }): [bigint, Evaluated] => {
      const bits = bitsOf(matches.map((place) => must(slots[place], "a match is of a slot").slot));
      return [_id, { bits, due: null, until: () => null }];
    }),
  );
}

const LATER = new Date(8.64e15);

async function repairAll(
  tx: Transaction,
  {
    repairs,
    asOf,
    cursor,
  }: { readonly repairs: readonly Decision[]; readonly asOf: Date; readonly cursor: bigint },
): Promise<void> {
  for (const repair of repairs) {
    await storeDecision(tx, repair);
  }
  await movePosition(tx, { cursor, asOf });
  const moves = repairs.flatMap((repair) => repair.moves);
  const reasonOf = () => ({ cause: "repair", causedBy: null }) as const;
  await logDecisions(tx, { moves, reasonOf, asOf });
}
