import { must } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { countAt, membersAt } from "../analysis/past.ts";
import { countQuery } from "../../criteria/index.ts";
import { SCAN, segmentQuery, type SegmentClient, type SegmentQuestion } from "../segments.ts";
import { selectInForce } from "../store/analysis.ts";
import { selectFirsts, selectNewest, selectStored, type NewMember } from "../store/asking.ts";
import { selectCount, selectMembers } from "../store/membership.ts";
import { openBook } from "../versions/open-book.ts";
import { basisOf, readTiming, type Basis } from "./standing.ts";

export interface MemberPage {
  readonly members: readonly bigint[];
  /** What to pass as `after` for the next page; undefined when this is the last. */
  readonly next: bigint | undefined;
}

/** A number of members, and where it comes from. */
export interface SegmentCount {
  readonly members: bigint;
  readonly basis: Basis;
}

/**
 * How many members a segment has at an instant. From what is stored where that is right for the instant,
 * so bring it up to date first: else everybody is evaluated.
 * @throws NotFoundError `segment-not-found`
 * @throws ConflictError `segment-switching`: of a past instant, while a switch is being noted
 */
export async function countSegment(
  client: SegmentClient,
  question: SegmentQuestion,
): Promise<SegmentCount> {
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const basis = await checkedBasis(tx, client, question);
      return { members: await countOf(tx, client, { ...question, basis }), basis };
    },
    SCAN,
  );
}

async function countOf(
  tx: Transaction,
  { catalogue }: SegmentClient,
  { segment, asOf, basis }: SegmentQuestion & { readonly basis: Basis },
): Promise<bigint> {
  switch (basis) {
    case "stored": {
      const [kept] = await selectInForce(tx, [segment]);
      return BigInt(must(kept, "a stored segment is in force").members);
    }
    case "history":
      return BigInt(await countAt(tx, { segment, at: asOf }));
    default: {
      const book = await openBook(tx, catalogue);
      const options = { catalogue, asOf, segments: book.resolve };
      return await selectCount(tx, countQuery(book.criteria(segment), options));
    }
  }
}

/**
 * One page of a segment's members at an instant, in the order of their ids. Answered like
 * {@link countSegment}.
 * @throws NotFoundError `segment-not-found`
 * @throws ConflictError `segment-switching`: of a past instant, while a switch is being noted
 */
export async function segmentMembers(
  client: SegmentClient,
  question: SegmentQuestion & {
    readonly after?: bigint | undefined;
    readonly limit: number;
  },
): Promise<MemberPage & { readonly basis: Basis }> {
  const { segment, asOf, after = 0n, limit } = question;
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const basis = await checkedBasis(tx, client, question);
      if (basis === "history") {
        return { basis, ...(await membersAt(tx, { segment, at: asOf, after, limit })) };
      }
      const range = { after, limit: limit + 1 };
      const found =
        basis === "stored"
          ? await storedMembers(tx, segment, range)
          : await selectMembers(tx, await segmentQuery(tx, client.catalogue, question), range);
      const members = found.slice(0, limit);
      return { basis, members, next: found.length > limit ? members.at(-1) : undefined };
    },
    SCAN,
  );
}

async function storedMembers(
  tx: Transaction,
  segment: string,
  range: { readonly after: bigint; readonly limit: number },
): Promise<readonly bigint[]> {
  const [kept] = await selectInForce(tx, [segment]);
  const { slot } = must(kept, "a stored segment is in force");
  return await selectStored(tx, { slot, ...range });
}

async function checkedBasis(
  tx: Transaction,
  { catalogue }: SegmentClient,
  { segment, asOf }: SegmentQuestion,
): Promise<Basis> {
  (await openBook(tx, catalogue)).definition(segment);
  const first = (await selectFirsts(tx)).get(segment);
  return basisOf(await readTiming(tx, asOf), { asOf, first });
}

export interface NewMemberPage {
  /** Newest first. */
  readonly members: readonly NewMember[];
  /** What to pass as `before` for the next page; undefined when this is the last. */
  readonly next: bigint | undefined;
}

/**
 * The members who entered last, as far as that is followed. Those who were in when the version in force
 * or the one before it began, and never left, entered with it: they are not among these.
 * @throws NotFoundError `segment-not-found`
 * @throws ConflictError `segment-filling` when it is not in force yet
 */
export async function newestMembers(
  client: SegmentClient,
  question: {
    readonly segment: string;
    readonly before?: bigint | undefined;
    readonly limit: number;
  },
): Promise<NewMemberPage> {
  const { before, limit } = question;
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const [kept] = await selectInForce(tx, [question.segment]);
      const { segment, slot } = must(kept, "one segment is asked about");
      const found = await selectNewest(tx, { segment, slot, before, limit: limit + 1 });
      const members = found.slice(0, limit);
      return { members, next: found.length > limit ? members.at(-1)?.change : undefined };
    },
    SCAN,
  );
}
