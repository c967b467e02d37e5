import { NotFoundError } from "../../kernel/index.ts";
import type { Database, Scope, Transaction } from "../../platform/postgres/index.ts";
import { readDefinitions, type Catalogue } from "../contracts/index.ts";
import {
  countQuery,
  countsQuery,
  describeCriteria,
  explainQuery,
  membersQuery,
  nextFlipQuery,
  readExplanation,
  type Criteria,
  type Explanation,
  type Query,
} from "../criteria/index.ts";
import { segmentSchema, type SegmentDefinition } from "./definition.ts";
import { SegmentBook } from "./segment-book.ts";
import {
  selectCount,
  selectCounts,
  selectExplanation,
  selectMembers,
  selectNextFlip,
} from "./store/membership.ts";

/** The client whose segments are asked about. */
export interface SegmentClient {
  readonly db: Database;
  readonly scope: Scope;
  readonly catalogue: Catalogue;
}

/** Set-at-a-time questions read every customer: they may take longer than an ordinary statement. */
const SCAN = { readOnly: true, statementTimeoutMs: 600_000 } as const;

export interface SegmentSummary extends SegmentDefinition {
  readonly version: number;
  /** The criteria in English. */
  readonly sentence: string;
  readonly members: bigint;
}

/** Every segment with its number of members at `asOf`: all of them counted in one pass. */
export async function listSegments(
  client: SegmentClient,
  { asOf }: { readonly asOf: Date },
): Promise<readonly SegmentSummary[]> {
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const stored = await selectSegments(tx);
      if (stored.length === 0) {
        return [];
      }
      const book = new SegmentBook(
        client.catalogue,
        stored.map(({ definition }) => definition),
      );
      const criteria = stored.map(({ definition }) => book.criteria(definition.segment));
      const options = { catalogue: client.catalogue, asOf, segments: book.resolve };
      const counts = await selectCounts(tx, countsQuery(criteria, options));
      return stored.map(({ definition, version }, index) => ({
        ...definition,
        version,
        sentence: describeCriteria(book.criteria(definition.segment), client.catalogue),
        members: counts[index] ?? 0n,
      }));
    },
    SCAN,
  );
}

export interface SegmentQuestion {
  readonly segment: string;
  readonly asOf: Date;
}

/**
 * How many customers are in a segment.
 * @throws NotFoundError `segment-not-found`
 */
export async function countSegment(
  client: SegmentClient,
  { segment, asOf }: SegmentQuestion,
): Promise<bigint> {
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const book = await openBook(tx, client.catalogue);
      const options = { catalogue: client.catalogue, asOf, segments: book.resolve };
      return await selectCount(tx, countQuery(book.criteria(segment), options));
    },
    SCAN,
  );
}

/**
 * A query for the `_id`s of a segment's members, for those who join it to something else.
 * @throws NotFoundError `segment-not-found`
 */
export async function segmentQuery(
  tx: Transaction,
  catalogue: Catalogue,
  { segment, asOf }: SegmentQuestion,
): Promise<Query> {
  const book = await openBook(tx, catalogue);
  return membersQuery(book.criteria(segment), { catalogue, asOf, segments: book.resolve });
}

/**
 * The same for a criteria text, which may use the client's segments.
 * @throws InvalidInputError when the text cannot be read
 */
export async function criteriaSelection(
  tx: Transaction,
  catalogue: Catalogue,
  { criteria, asOf }: { readonly criteria: string; readonly asOf: Date },
): Promise<Query> {
  const book = await openBook(tx, catalogue);
  return membersQuery(book.parse(criteria), { catalogue, asOf, segments: book.resolve });
}

export interface MemberPage {
  readonly members: readonly bigint[];
  /** What to pass as `after` for the next page; undefined when this is the last. */
  readonly next: bigint | undefined;
}

/**
 * One page of a segment's members, in the order of their ids.
 * @throws NotFoundError `segment-not-found`
 */
export async function segmentMembers(
  client: SegmentClient,
  question: SegmentQuestion & {
    readonly after?: bigint | undefined;
    readonly limit: number;
  },
): Promise<MemberPage> {
  const { after = 0n, limit } = question;
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const query = await segmentQuery(tx, client.catalogue, question);
      const found = await selectMembers(tx, query, { after, limit: limit + 1 });
      const members = found.slice(0, limit);
      return { members, next: found.length > limit ? members.at(-1) : undefined };
    },
    SCAN,
  );
}

export interface Membership {
  readonly member: boolean;
  /** Before this instant the answer cannot change without new data; undefined: time alone never changes it. */
  readonly until: Date | undefined;
  readonly explanation: Explanation;
}

/**
 * Why a customer is in a segment or not, and how long that holds.
 * @throws NotFoundError `segment-not-found` or `customer-not-found`
 */
export async function explainSegment(
  client: SegmentClient,
  question: SegmentQuestion & { readonly customer: bigint },
): Promise<Membership> {
  const { customer, asOf } = question;
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const book = await openBook(tx, client.catalogue);
      const criteria = book.criteria(question.segment);
      const options = { catalogue: client.catalogue, asOf, segments: book.resolve };
      const row = await selectExplanation(tx, explainQuery(criteria, { ...options, member: customer }));
      if (row === undefined) {
        throw new NotFoundError("customer-not-found", `there is no customer ${customer}`);
      }
      const explanation = readExplanation(criteria, row, { ...options, member: customer });
      const flip = nextFlipQuery(criteria, { ...options, members: [customer] });
      const until = await selectNextFlip(tx, flip);
      return { member: explanation.truth === "true", until, explanation };
    },
    { readOnly: true, isolation: "repeatable read" },
  );
}

export interface CriteriaPreview {
  readonly criteria: Criteria;
  readonly sentence: string;
  readonly members: bigint;
  /** The first few members by id. */
  readonly sample: readonly bigint[];
}

/**
 * What a criteria text would select, before it becomes a segment.
 * @throws InvalidInputError when the text cannot be read
 */
export async function previewCriteria(
  client: SegmentClient,
  question: {
    readonly criteria: string;
    readonly asOf: Date;
    readonly sample: number;
  },
): Promise<CriteriaPreview> {
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const book = await openBook(tx, client.catalogue);
      const criteria = book.parse(question.criteria);
      const options = { catalogue: client.catalogue, asOf: question.asOf, segments: book.resolve };
      const range = { after: 0n, limit: question.sample };
      return {
        criteria,
        sentence: describeCriteria(criteria, client.catalogue),
        members: await selectCount(tx, countQuery(criteria, options)),
        sample: await selectMembers(tx, membersQuery(criteria, options), range),
      };
    },
    { ...SCAN, isolation: "repeatable read" },
  );
}

interface StoredSegment {
  readonly definition: SegmentDefinition;
  readonly version: number;
}

async function selectSegments(tx: Transaction): Promise<readonly StoredSegment[]> {
  const stored = await readDefinitions(tx, "segment");
  return stored.map(({ body, version }) => ({ definition: segmentSchema.parse(body), version }));
}

async function openBook(tx: Transaction, catalogue: Catalogue): Promise<SegmentBook> {
  const stored = await selectSegments(tx);
  return new SegmentBook(
    catalogue,
    stored.map(({ definition }) => definition),
  );
}
