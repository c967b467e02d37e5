import { InvalidInputError, must } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import {
  type Criteria,
  membersQuery,
  nextFlipQuery,
  type QueryOptions,
} from "../../criteria/index.ts";
import type { SegmentClient } from "../segments.ts";
import { selectInForce } from "../store/analysis.ts";
import { selectDue, selectMemberSet, type DueMember } from "../store/forecast.ts";
import { selectNextFlip } from "../store/membership.ts";
import { readSlots } from "../store/slots.ts";

/** So many members are evaluated in one statement. */
const PAGE = 5_000;

/** A member who is about to enter or to leave. */
export interface ExpectedMove {
  readonly member: bigint;
  /** The instant at which it happens, unless something else does before. */
  readonly at: Date;
}

/** What time alone will do to a segment. */
export interface Forecast {
  readonly segment: string;
  /** The dataset whose rows are the members. */
  readonly subject: string;
  readonly from: Date;
  readonly to: Date;
  readonly members: { readonly now: number; readonly then: number };
  /** Who is in at `to` and not now; `first`: some of those who come soonest. */
  readonly entering: { readonly count: number; readonly first: readonly ExpectedMove[] };
  readonly leaving: { readonly count: number; readonly first: readonly ExpectedMove[] };
}

export interface ForecastQuestion {
  readonly segment: string;
  /** The present; memberships are stored up to it. */
  readonly now: Date;
  /** Later than now. */
  readonly to: Date;
  /** How many of those who enter and of those who leave to answer with their instants. */
  readonly sample: number;
}

/**
 * Who would enter and leave by time alone, if nothing happened until then. Looks only at members with an
 * answer that changes by then, which are known beforehand.
 * @throws NotFoundError `segment-not-found`
 * @throws ConflictError `segment-filling`
 * @throws InvalidInputError `forecast-past` when the instant is not later than now
 */
export async function forecast(
  client: SegmentClient,
  question: ForecastQuestion,
): Promise<Forecast> {
  const { segment, now, to, sample } = question;
  if (to <= now) {
    throw new InvalidInputError("forecast-past", "a forecast ends later than now", [], {
      hint: "segment compare looks back",
    });
  }
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const asked = await askedSegment(tx, client, segment);
      const { subject, members } = asked;
      const moves = await findMoves(tx, asked, to);
      const instants = { tx, asked, now };
      return {
        segment,
        subject,
        from: now,
        to,
        members: { now: members, then: members + moves.entering.length - moves.leaving.length },
        entering: {
          count: moves.entering.length,
          first: await withInstants(instants, moves.entering.slice(0, sample), true),
        },
        leaving: {
          count: moves.leaving.length,
          first: await withInstants(instants, moves.leaving.slice(0, sample), false),
        },
      };
    },
    { readOnly: true, isolation: "repeatable read", statementTimeoutMs: 0 },
  );
}

interface AskedSegment {
  readonly criteria: Criteria;
  readonly options: Omit<QueryOptions, "asOf" | "members">;
  readonly slot: number;
  readonly subject: string;
  /** How many it has now. */
  readonly members: number;
}

async function askedSegment(
  tx: Transaction,
  { catalogue }: SegmentClient,
  name: string,
): Promise<AskedSegment> {
  const [inForce] = await selectInForce(tx, [name]);
  const { slot, subject, members } = must(inForce, "one name has one segment");
  const { slots, segments } = await readSlots(tx, catalogue);
  const kept = slots.find((one) => one.slot === slot);
  if (kept === undefined) {
    throw new InvalidInputError(
      "segment-unfit",
      `the criteria of segment ${name} do not fit the contract`,
    );
  }
  return { criteria: kept.criteria, options: { catalogue, segments }, slot, subject, members };
}

interface Moves {
  /** Soonest due first. */
  readonly entering: readonly bigint[];
  readonly leaving: readonly bigint[];
}

/** Whoever is not due by then stays as it is: only the others are evaluated, as of then. */
async function findMoves(tx: Transaction, asked: AskedSegment, to: Date): Promise<Moves> {
  const { criteria, options, slot, subject } = asked;
  const due: DueMember[] = [];
  const then = new Set<bigint>();
  for await (const page of selectDue(tx, { subject, slot, upTo: to, page: PAGE })) {
    const members = page.map(({ member }) => member);
    const query = membersQuery(criteria, { ...options, asOf: to, members });
    for (const member of await selectMemberSet(tx, query)) {
      then.add(member);
    }
    due.push(...page);
  }
  const ids = (moves: (member: DueMember) => boolean): bigint[] =>
    due.filter(moves).map(({ member }) => member);
  return {
    entering: ids(({ member, isIn }) => !isIn && then.has(member)),
    leaving: ids(({ member, isIn }) => isIn && !then.has(member)),
  };
}

/** Follows a member's flips, each of which may turn out to change nothing, to the one that moves it. */
async function withInstants(
  {
    tx,
    asked,
    now,
  }: { readonly tx: Transaction; readonly asked: AskedSegment; readonly now: Date },
  members: readonly bigint[],
  isEntering: boolean,
): Promise<readonly ExpectedMove[]> {
  const { criteria, options } = asked;
  const moves: ExpectedMove[] = [];
  for (const member of members) {
    let at = now;
    let isIn = !isEntering;
    while (isIn !== isEntering) {
      const question = { ...options, members: [member] };
      const flip = await selectNextFlip(tx, nextFlipQuery(criteria, { ...question, asOf: at }));
      at = must(flip, "who moves by time alone has a flip ahead");
      const there = await selectMemberSet(tx, membersQuery(criteria, { ...question, asOf: at }));
      isIn = there.has(member);
    }
    moves.push({ member, at });
  }
  return moves.toSorted((one, other) => one.at.getTime() - other.at.getTime());
}
