/** Segments: named criteria with live membership. */
export {
  countsOnly,
  countText,
  EVERYTHING,
  shownCount,
  shownParts,
  type CountsView,
} from "./analysis/counts-view.ts";
export { funnel, type Funnel, type FunnelStep, type Selected } from "./analysis/funnel.ts";
export { history, type HistoryEntry, type HistoryPage } from "./analysis/history.ts";
export {
  compareInstants,
  countAt,
  membersAt,
  pastMembers,
  type InstantComparison,
  type InstantMoves,
} from "./analysis/past.ts";
export { overlapSvg, type PictureOptions } from "./analysis/pictures/overlap-matrix.ts";
export { trendSvg } from "./analysis/pictures/trend-chart.ts";
export { upsetSvg } from "./analysis/pictures/upset-plot.ts";
export {
  bestLift,
  profile,
  type Profile,
  type ProfileBucket,
  type ProfileOptions,
  type RankedField,
} from "./analysis/profile.ts";
export type { Significance } from "./analysis/significance.ts";
export { trend, type Trend, type TrendPoint, type TrendStep } from "./analysis/trend.ts";
export {
  overlap,
  upset,
  type Overlap,
  type OverlapPair,
  type OverlapQuestion,
  type Upset,
  type UpsetCombination,
} from "./analysis/overlap.ts";
export { decodeIds, encodeIds } from "./membership/id-list.ts";
export { type Batch, type BatchOutcome, followBatch, type Following } from "./following/batch.ts";
export { type CatchUp, followClient, type FollowOptions } from "./following/follow.ts";
export { type SegmentHealth, segmentHealth } from "./following/health.ts";
export { recompute, type ScanReport } from "./following/recompute.ts";
export { type ReconcileOptions, type Reconciled, reconcile } from "./reconciling/reconcile.ts";
export type { Reconciliation } from "./store/health.ts";
export { customersOfAccounts } from "./store/reach.ts";
export { checkSegments } from "./check-segments.ts";
export { segmentKinds, segmentSchema, type SegmentDefinition } from "./definition.ts";
export {
  type AskedCriteria,
  type FieldPlace,
  fieldsAsked,
  fieldsOfSegments,
  subjectOf,
} from "./asking/fields-asked.ts";
export { explainSegment, type KeptMembership, type Membership } from "./asking/explain.ts";
export { listSegments, type SegmentSummary } from "./asking/list-segments.ts";
export {
  countSegment,
  newestMembers,
  segmentMembers,
  type MemberPage,
  type NewMemberPage,
  type SegmentCount,
} from "./asking/members.ts";
export type { Basis, SegmentState } from "./asking/standing.ts";
export {
  criteriaSelection,
  previewCriteria,
  segmentQuery,
  type CriteriaPreview,
  type SegmentClient,
  type SegmentQuestion,
} from "./segments.ts";
export {
  applySegment,
  readSegmentFile,
  rollbackSegment,
  type Application,
  type Applied,
} from "./versions/apply.ts";
export { planSegment, planSegments, type PlanQuestion, type SegmentPlan } from "./versions/plan.ts";
export { planCounts, type PlanCounts } from "./versions/plan-counts.ts";
export { removeSegment } from "./versions/remove.ts";
export {
  settleSegments,
  type SettledVersion,
  type Settlement,
  type SettleOptions,
  type SettleProgress,
} from "./versions/settle.ts";
export { segmentVersions, type SegmentVersion, type VersionCause } from "./versions/history.ts";
export { listPins, pinMember, unpinMember, type Pinning } from "./versions/pins.ts";
export type { Pin } from "./store/pins.ts";
export { calculateScores, dueScores, type CalculateOptions } from "./scores/calculate.ts";
export { checkScores } from "./scores/check-scores.ts";
export { scoreSchema, type ScoreDefinition } from "./scores/definition.ts";
export type { ScoreRun } from "./store/scores.ts";
export type { MembershipChange } from "./store/entries.ts";
export { watchMemberships, type WatchOptions } from "./watching/watch.ts";
export { listScores, type ScoreSummary } from "./scores/list-scores.ts";
export {
  forecast,
  type ExpectedMove,
  type Forecast,
  type ForecastQuestion,
} from "./watching/forecast.ts";
