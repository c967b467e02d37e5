/** Who was in a segment at a past instant, and what changed between two. */
import { ConflictError, InvalidInputError, must, NotFoundError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { MemberPage } from "../asking/members.ts";
import type { SegmentClient } from "../segments.ts";
import {
  comparePast,
  selectPast,
  selectPastCount,
  selectPastDifference,
  selectPastMembers,
  selectTwice,
  type PastInstant,
  type SegmentPast,
  type Standing,
} from "../store/past.ts";
import { EVERYTHING, requireEverything, type CountsView } from "./counts-view.ts";
import { shownFlows } from "./flows.ts";

export const PAST_SCAN = {
  readOnly: true,
  isolation: "repeatable read",
  statementTimeoutMs: 600_000,
} as const;

/** Before every segment: the course of one is added up from there. */
export const BEGINNING = new Date(0);

export interface PastQuestion {
  readonly segment: string;
  readonly at: Date;
}

/**
 * One page of the members at an instant, ascending by id.
 * @throws NotFoundError `segment-not-found` or `segment-not-yet`: nothing is known of that instant
 * @throws ConflictError `segment-switching`: it is not noted yet whom a switch since then moved;
 * `instant-twice`: the clock was set back past it
 */
export async function membersAt(
  tx: Transaction,
  question: PastQuestion & { readonly after?: bigint | undefined; readonly limit: number },
): Promise<MemberPage> {
  const { after = 0n, limit } = question;
  const instant = await pastInstant(tx, question);
  const found =
    instant === undefined ? [] : await selectPastMembers(tx, instant, { after, limit: limit + 1 });
  const members = found.slice(0, limit);
  return { members, next: found.length > limit ? members.at(-1) : undefined };
}

/**
 * How many members there were at an instant.
 * @throws as {@link membersAt}
 */
export async function countAt(
  tx: Transaction,
  question: PastQuestion & { readonly view?: CountsView | undefined },
): Promise<number> {
  const { at, view = EVERYTHING } = question;
  const past = await knownPast(tx, question);
  if (view.kind === "counts") {
    checkNoted(past, BEGINNING);
    const boundaries = [new Date(at.getTime() + 1)];
    const [upToThen] = await shownFlows(tx, past, { boundaries, view });
    return upToThen?.members ?? 0;
  }
  const instant = instantOf(past, at);
  return instant === undefined ? 0 : await selectPastCount(tx, instant);
}

/** What happened to a segment between two instants. */
export interface InstantComparison {
  readonly segment: string;
  readonly from: { readonly at: Date; readonly members: number };
  readonly to: { readonly at: Date; readonly members: number };
  /** Whose membership differs; undefined for who may see counts only. */
  readonly moves: InstantMoves | undefined;
}

export interface InstantMoves {
  /** In at the end and not at the beginning; `sample`: the lowest ids. */
  readonly entered: { readonly members: number; readonly sample: readonly bigint[] };
  readonly left: { readonly members: number; readonly sample: readonly bigint[] };
  readonly stayed: number;
  /** Of those who stayed, who was out in between. */
  readonly returned: number;
  /** In neither, and in in between. */
  readonly visited: number;
}

/**
 * Compares who was in at two instants.
 *
 * Who may see counts only gets the two sizes, which are those of {@link countAt}: how many stayed is no
 * part of the course of a segment, and beside its numbers would tell of few.
 * @param question `sample`: how many ids of those who entered and of those who left
 * @throws as {@link membersAt}
 * @throws InvalidInputError `instants-order` when `to` is before `from`
 */
export async function compareInstants(
  client: SegmentClient,
  question: {
    readonly segment: string;
    readonly from: Date;
    readonly to: Date;
    readonly sample?: number | undefined;
    readonly view: CountsView;
  },
): Promise<InstantComparison> {
  const { segment, from, to, sample = 0, view } = question;
  if (to < from) {
    throw new InvalidInputError("instants-order", "the second instant is before the first", [], {
      hint: "name the earlier one first",
    });
  }
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      if (view.kind === "counts") {
        const [before, after] = [
          await countAt(tx, { segment, at: from, view }),
          await countAt(tx, { segment, at: to, view }),
        ];
        const [start, end] = [
          { at: from, members: before },
          { at: to, members: after },
        ];
        return { segment, from: start, to: end, moves: undefined };
      }
      const [before, after] = [
        await someInstant(tx, { segment, at: from }),
        await someInstant(tx, { segment, at: to }),
      ];
      const compared = await comparePast(tx, before, after);
      return {
        segment,
        from: { at: from, members: compared.before },
        to: { at: to, members: compared.after },
        moves: {
          entered: {
            members: compared.entered,
            sample: await selectPastDifference(tx, { at: after, notAt: before }, sample),
          },
          left: {
            members: compared.left,
            sample: await selectPastDifference(tx, { at: before, notAt: after }, sample),
          },
          stayed: compared.stayed,
          returned: compared.returned,
          visited: compared.visited,
        },
      };
    },
    PAST_SCAN,
  );
}

/**
 * One page of the members at an instant.
 * @throws as {@link membersAt}
 * @throws ForbiddenError `counts-only`
 */
export async function pastMembers(
  client: SegmentClient,
  question: PastQuestion & {
    readonly after?: bigint | undefined;
    readonly limit: number;
    readonly view: CountsView;
  },
): Promise<MemberPage> {
  requireEverything(question.view, "the members of a segment");
  return await client.db.scoped(client.scope, (tx) => membersAt(tx, question), PAST_SCAN);
}

/**
 * A segment with its past.
 * @throws NotFoundError `segment-not-found`
 * @throws ConflictError `segment-filling`
 */
export async function readPast(tx: Transaction, name: string): Promise<SegmentPast> {
  const past = await selectPast(tx, name);
  if (past === undefined) {
    throw new NotFoundError("segment-not-found", `there is no segment ${JSON.stringify(name)}`);
  }
  if (past.standings.length === 0) {
    const message = `segment ${JSON.stringify(name)} is being filled for the first time`;
    throw new ConflictError("segment-filling", message, { hint: "ask again when it is in force" });
  }
  return past;
}

/**
 * Makes sure that it is noted whom switches after an instant moved.
 * @throws ConflictError `segment-switching`
 */
export function checkNoted({ name, standings, unnoted }: SegmentPast, at: Date): void {
  const last = must(standings.at(-1), "a segment that was in force has a last version");
  if (unnoted && at < last.at) {
    const message = `it is still being noted whom the new version of segment ${JSON.stringify(name)} moved`;
    throw new ConflictError("segment-switching", message, { hint: "ask again in a moment" });
  }
}

async function knownPast(tx: Transaction, { segment, at }: PastQuestion): Promise<SegmentPast> {
  const past = await readPast(tx, segment);
  const first = must(past.standings[0], "a segment that was in force has a first version");
  if (at < first.at) {
    const message = `segment ${JSON.stringify(segment)} is followed since ${first.at.toISOString()}; nothing is known of the time before`;
    throw new NotFoundError("segment-not-yet", message, {
      hint: "a preview with --as-of evaluates its criteria for an earlier instant with the data as they are now",
    });
  }
  checkNoted(past, at);
  await checkOnce(tx, at);
  return past;
}

/** Of an instant that happened twice there is no one answer. */
async function checkOnce(tx: Transaction, at: Date): Promise<void> {
  const until = await selectTwice(tx, at);
  if (until !== undefined) {
    const message = `the clock was set back past ${at.toISOString()}, which then came a second time`;
    throw new ConflictError("instant-twice", message, {
      hint: `ask for an instant before that, or from ${until.toISOString()} on`,
    });
  }
}

async function pastInstant(
  tx: Transaction,
  question: PastQuestion,
): Promise<PastInstant | undefined> {
  return instantOf(await knownPast(tx, question), question.at);
}

/** An instant as a set of members, also where the segment was archived: then of nobody. */
async function someInstant(tx: Transaction, question: PastQuestion): Promise<PastInstant> {
  const past = await knownPast(tx, question);
  const nobody = { segment: past.segment, at: question.at, slot: null, until: -1n };
  return instantOf(past, question.at) ?? nobody;
}

/** What to take back to come to an instant; undefined when the segment was archived then. */
function instantOf({ segment, slot, standings }: SegmentPast, at: Date): PastInstant | undefined {
  const then = standings.findLast((standing) => standing.at <= at);
  if (then === undefined || then.isRemoval) {
    return undefined;
  }
  const removal = standings.find((standing) => standing.isRemoval && standing.at > at);
  return { segment, at, slot: removal === undefined ? slot : null, until: endOf(removal) };
}

function endOf(removal: Standing | undefined): bigint | null {
  return removal && must(removal.change, "a removal is in the change log") ? removal.change : null;
}
