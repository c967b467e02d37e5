/** Which source records are the same customer or account: judged, kept, explained, and undone. */
export { forgetValues } from "./store/register.ts";
export { modelFields } from "./model/model-fields.ts";
export {
  type Judge,
  type Judgement,
  type PairState,
  type Standing,
  type Verdict,
  standingPairs,
} from "./judgement/judgement.ts";
export {
  type Act,
  judge,
  mergeCustomers,
  undoAct,
  undoJudgement,
  unmerge,
} from "./judging/judge.ts";
export { explainPair, type PairExplanation } from "./explaining/explain-pair.ts";
export {
  type ApartExplanation,
  type CustomerExplanation,
  explainApart,
  explainCustomer,
} from "./explaining/explain-customer.ts";
export { type Rivalry } from "./explaining/find-rival.ts";
export {
  nextQuestion,
  type Question,
  type QuestionInFull,
  type QueueOptions,
  type Reason,
  reviewQueue,
} from "./review/queue.ts";
export {
  type Agreement,
  type Share,
  type ThresholdProposal,
  type ThresholdQuality,
} from "./review/quality.ts";
export { reviewReport, type ReviewReport } from "./review/review-report.ts";
export { resolveChanged } from "./run/resolve-changed.ts";
export { resolveNew } from "./run/resolve-new.ts";
export { type ResolutionProgress, type ResolutionReport, type RunOptions } from "./run/report.ts";
export { type FullRunOptions, resolveAll } from "./run/resolve-all.ts";
export { checkModels } from "./model/model-file.ts";
export { type Match, type Matcher, matchRecord, openMatcher } from "./incremental/match-record.ts";
