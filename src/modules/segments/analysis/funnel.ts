/** How many each condition of criteria keeps, alone and one after another. */
import {
  describeCriteria,
  matchesQuery,
  printCriteria,
  type Condition,
  type Criteria,
} from "../../criteria/index.ts";
import type { SegmentClient } from "../segments.ts";
import type { SegmentBook } from "../segment-book.ts";
import { selectPatterns, type Pattern } from "../store/distribution.ts";
import { openBook } from "../versions/open-book.ts";
import { requireEverything, shownParts, type CountsView } from "./counts-view.ts";

/** A segment, or criteria of one's own. */
export type Selected =
  | { readonly segment: string }
  | {
      readonly criteria: string;
      /** The dataset whose rows can be members; default: the customers. */
      readonly subject?: string | undefined;
    };

/** One condition that all members fulfil. */
export interface FunnelStep {
  /** As text of the language, and in English. */
  readonly condition: string;
  readonly sentence: string;
  /** How many fulfil this condition. */
  readonly alone: number;
  /** How many fulfil this one and all before it. */
  readonly together: number;
  /** How many fulfil all conditions but this one: what leaving it out would bring. */
  readonly without: number;
}

export interface Funnel {
  /** Everybody whom the conditions choose from. */
  readonly everybody: number;
  /** In the order of the criteria. */
  readonly steps: readonly FunnelStep[];
  /** Who is in: those left by the last condition, and, of a segment, pins. */
  readonly members: number;
}

/**
 * What the conditions of criteria keep that are joined by "and" at the top, in one scan at `asOf`.
 * @throws InvalidInputError when the criteria cannot be read
 * @throws NotFoundError `segment-not-found`
 * @throws ForbiddenError `counts-only` for criteria of one's own by who may see counts only
 */
export async function funnel(
  client: SegmentClient,
  question: Selected & { readonly asOf: Date; readonly view: CountsView },
): Promise<Funnel> {
  const { asOf, view } = question;
  if (!("segment" in question)) {
    requireEverything(view, "counts of criteria of their own");
  }
  const { catalogue } = client;
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const book = await openBook(tx, catalogue);
      const { written, whole } = criteriaOf(book, question);
      const conditions = conditionsOf(written.root).map((root): Criteria => ({
        ...written,
        root,
        warnings: [],
      }));
      const options = { catalogue, asOf, segments: book.resolve };
      const patterns = await selectPatterns(tx, matchesQuery([...conditions, whole], options));
      const count = counter(patterns, view);
      const positions = [...conditions.keys()];
      return {
        everybody: count([]),
        steps: conditions.map((condition, index) => ({
          condition: printCriteria(condition),
          sentence: describeCriteria(condition, catalogue),
          alone: count([index]),
          together: count(positions.slice(0, index + 1)),
          without: count(positions.filter((position) => position !== index)),
        })),
        members: count([conditions.length]),
      };
    },
    { readOnly: true, statementTimeoutMs: 600_000 },
  );
}

/** The criteria as they were written, and with pins. */
function criteriaOf(
  book: SegmentBook,
  question: Selected,
): { readonly written: Criteria; readonly whole: Criteria } {
  if ("segment" in question) {
    return { written: book.written(question.segment), whole: book.criteria(question.segment) };
  }
  const written = book.parse(question.criteria, question.subject);
  return { written, whole: written };
}

function conditionsOf(root: Condition): readonly Condition[] {
  return root.kind === "and" ? root.operands : [root];
}

/** Counts who fulfils all of some conditions, by adding up the parts that fulfil the same ones. */
function counter(
  patterns: readonly Pattern[],
  view: CountsView,
): (conditions: readonly number[]) => number {
  const shown = shownParts(
    patterns.map(({ rows }) => rows),
    view,
  );
  return (conditions) =>
    patterns.reduce((sum, { matches }, index) => {
      const isCounted = conditions.every((condition) => matches.includes(condition));
      return isCounted ? sum + (shown[index] ?? 0) : sum;
    }, 0);
}
