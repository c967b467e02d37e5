/**
 * Segments evaluated on demand, from the definitions that answer and the data as they are: for deliveries,
 * for criteria that are no segment, and as the judge of what is stored.
 */
import type { Database, Scope, Transaction } from "../../platform/postgres/index.ts";
import type { Catalogue } from "../contracts/index.ts";
import {
  countQuery,
  describeCriteria,
  membersQuery,
  type Criteria,
  type Query,
} from "../criteria/index.ts";
import { selectCount, selectMembers } from "./store/membership.ts";
import { openBook } from "./versions/open-book.ts";

/** The client whose segments are asked about. */
export interface SegmentClient {
  readonly db: Database;
  readonly scope: Scope;
  readonly catalogue: Catalogue;
}

/** Set-at-a-time questions read every customer: they may take longer than an ordinary statement. */
export const SCAN = {
  readOnly: true,
  isolation: "repeatable read",
  statementTimeoutMs: 600_000,
} as const;

export interface SegmentQuestion {
  readonly segment: string;
  readonly asOf: Date;
}

/** Narrows a query to some. */
interface Among {
  /** Only these (`_id`s) are asked about, each by look-ups; undefined: everybody. */
  readonly members?: readonly bigint[] | undefined;
}

/**
 * A query for the `_id`s of a segment's members, for those who join it to something else: by the version
 * in force, while a newer one is being filled or was refused.
 * @throws NotFoundError `segment-not-found`
 */
export async function segmentQuery(
  tx: Transaction,
  catalogue: Catalogue,
  { segment, ...asked }: SegmentQuestion & Among,
): Promise<Query> {
  const book = await openBook(tx, catalogue);
  return membersQuery(book.criteria(segment), { catalogue, ...asked, segments: book.resolve });
}

/**
 * The same for a criteria text, which may use the client's segments.
 * @throws InvalidInputError when the text cannot be read
 */
export async function criteriaSelection(
  tx: Transaction,
  catalogue: Catalogue,
  { criteria, ...asked }: { readonly criteria: string; readonly asOf: Date } & Among,
): Promise<Query> {
  const book = await openBook(tx, catalogue);
  return membersQuery(book.parse(criteria), { catalogue, ...asked, segments: book.resolve });
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
 * @param question `subject`: the dataset whose rows are the members; undefined: the customers
 * @throws InvalidInputError when the text cannot be read
 */
export async function previewCriteria(
  client: SegmentClient,
  question: {
    readonly criteria: string;
    readonly subject?: string | undefined;
    readonly asOf: Date;
    readonly sample: number;
  },
): Promise<CriteriaPreview> {
  const { asOf, sample, subject } = question;
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const book = await openBook(tx, client.catalogue);
      const criteria = book.parse(question.criteria, subject);
      const options = { catalogue: client.catalogue, asOf, segments: book.resolve };
      const range = { after: 0n, limit: sample };
      return {
        criteria,
        sentence: describeCriteria(criteria, client.catalogue),
        members: await selectCount(tx, countQuery(criteria, options)),
        sample: await selectMembers(tx, membersQuery(criteria, options), range),
      };
    },
    SCAN,
  );
}
