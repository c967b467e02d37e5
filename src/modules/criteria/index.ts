/** Criteria: the condition language. One tree, one meaning; the language guide is docs/criteria.md. */
import { printCondition } from "./text/print.ts";
import type { Criteria } from "./tree/index.ts";

export {
  CONSENT_CHANNELS,
  consentProblem,
  isConsentChannel,
  type ConsentChannel,
} from "./consent.ts";
export { parseAsOf } from "./as-of.ts";
export {
  dependencies,
  dependenciesOfValue,
  type Dependencies,
  type DependencyOptions,
} from "./dependencies.ts";
export { describeCriteria } from "./describe.ts";
export {
  explainQuery,
  readExplanation,
  type ActualValue,
  type Explanation,
  type ExplanationRow,
  type ExplainOptions,
  type Truth,
} from "./explain.ts";
export type { Query, QueryOptions, RepeatableQuery, SegmentResolver } from "./sql/draft.ts";
export { consentingSql, hasConsentSql, type ConsentAsked } from "./sql/consent-sql.ts";
export { evaluationQuery, flipAt, type EvaluationRow } from "./sql/evaluation.ts";
export { nextFlipQuery } from "./sql/next-flip.ts";
export { numbersQuery, type AskedNumber } from "./sql/numbers.ts";
export { countQuery, countsQuery, matchesQuery, membersQuery, MOST_CRITERIA } from "./sql/query.ts";
export { checkSegmentUse, DEEPEST_SEGMENTS, type SegmentNames } from "./sql/segments.ts";
export { subjectDataset } from "./subject.ts";
export {
  checkCriteria,
  checkNumber,
  LONGEST_CRITERIA,
  parseCriteria,
  parseNumber,
  type ParseOptions,
  sealCriteria,
  sealNumber,
} from "./text/parse.ts";
export type { BlindIndex } from "./text/reader.ts";
export type { CriteriaIssue } from "./text/refusal.ts";
export type * from "./tree/index.ts";
export { parseSpan, withPins } from "./tree/index.ts";

/**
 * Prints criteria as text. Reading the text again gives an equal tree, or refuses it when it has pins:
 * they are shown in explanations, but nobody writes them.
 */
export function printCriteria(criteria: Criteria): string {
  return printCondition(criteria.root);
}
