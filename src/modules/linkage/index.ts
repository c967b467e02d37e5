/** Which records of a table are the same: models, training, scoring, clusters and their explanation. */
export {
  analyseRules,
  type AnalyseRulesOptions,
  type BlockingAnalysis,
  type RuleAnalysis,
} from "./blocking/analyse-rules.ts";
export { openBlockKeys, openTextHash } from "./blocking/block-keys.ts";
export { findNeighbourPairs, type Components } from "./blocking/find-neighbours.ts";
export {
  findPairs,
  MOST_RULES,
  NEIGHBOUR_RULE,
  TWIN_RULE,
  type FindPairsOptions,
  type FoundByRule,
  type FoundPairs,
  type SetAside,
} from "./blocking/find-pairs.ts";
export type {
  Condition,
  DistanceMeasure,
  Operand,
  Operands,
  SimilarityMeasure,
} from "./model/condition.ts";
export type {
  BlockingRule,
  Comparison,
  DatesWritten,
  Factor,
  FactorCell,
  FieldKind,
  KeyPart,
  Level,
  LevelStart,
  Model,
  ModelField,
  ModelTraining,
  PreparedColumn,
  PreparedRecord,
  PreparedType,
  PreparedValue,
  Telling,
  TermFrequency,
  Thresholds,
  TrainingSession,
} from "./model/model.ts";
export { withDatesWritten } from "./prepare/date-writing.ts";
export {
  detectFields,
  type DetectedFields,
  type FieldHints,
  type IgnoredColumn,
} from "./prepare/detect-fields.ts";
export {
  openPreparation,
  preparedColumns,
  type Preparation,
  type PreparationOptions,
  type PreparedColumns,
  type RawColumns,
  type SetAsideCount,
} from "./prepare/preparation.ts";
export type { SetAsideReason } from "./prepare/reader.ts";
export { numberFromTelling, openTelling, tellingFromNumber } from "./model/telling.ts";
export { parseModel } from "./model/parse-model.ts";
export { printModel } from "./model/print-model.ts";
export { type ColumnsOf } from "./model/check-model.ts";
export { readSplinkModel } from "./model/splink.ts";
export { probabilityOfWeight, weightOfProbability } from "./model/odds.ts";
export {
  openScorer,
  type ComparedPair,
  type ComparedValue,
  type FactorPart,
  type PairScore,
  type PairScorer,
  type RecordPair,
  type ScorePart,
} from "./scoring/score-pair.ts";
export type { TermShares } from "./scoring/term-weight.ts";
export { scorePairs, type ScorePairsOptions, type ScoringProgress } from "./scoring/score-pairs.ts";
export { countTerms, createCompared } from "./store/compared.ts";
export { readScored, type ScoredPairs } from "./store/scored.ts";
export {
  recountTerms,
  trainModel,
  type KnownPairs,
  type TrainingOptions,
  type TrainingStep,
} from "./training/train-model.ts";
export { connect, type ComponentOptions, type WeighedPairs } from "./clustering/components.ts";
export { groupRecords } from "./clustering/group.ts";
export { autoModel } from "./auto/auto-model.ts";
export { autoBlocking } from "./auto/auto-blocking.ts";
export {
  chooseThreshold,
  cohesionOf,
  LARGEST_COMPONENT,
  thresholdsAt,
  usualGroupSize,
} from "./clustering/threshold.ts";
export { explanationRows, type ExplanationRow } from "./explain/rows.ts";
export { sentences } from "./explain/sentences.ts";
export { waterfallSvg, type WaterfallOptions } from "./explain/waterfall.ts";
export { evaluateLinked, type LinkQuality } from "./evaluation/evaluate-linked.ts";
export { type GroupRates, groupSizes } from "./evaluation/groups.ts";
export { type PairRates } from "./evaluation/pairs.ts";
export { type Truth, truthOf } from "./evaluation/truth.ts";
export { analyseFiles, type FilesAnalysis } from "./link/analyse-files.ts";
export {
  type FilesStep,
  inputColumn,
  type LinkedFiles,
  linkFiles,
  type LinkFilesOptions,
  type PreparedFiles,
} from "./link/link-files.ts";
export { type Linked, type LinkOptions, linkRecords, type LinkStep } from "./link/link-records.ts";
export { openModelPreparation } from "./link/model-preparation.ts";
export { writeClusters } from "./link/write-clusters.ts";
export { appendRecords, createRecords } from "./store/records.ts";
