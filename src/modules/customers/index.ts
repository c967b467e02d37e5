export {
  type Change,
  type ChangeKind,
  type ChangeOrigin,
  CHANGES_CHANNEL,
  flushChanges,
  lastChange,
  MEMBERSHIPS_CHANNEL,
  membershipsToLog,
  openChangeBuffer,
  readChanges,
  straightToLog,
} from "./store/change-log.ts";
export { lockCustomers } from "./store/lock.ts";
export {
  addCounts,
  type EntityDataset,
  type LineRange,
  type MergeContext,
  type MergeCounts,
  NO_ROWS,
} from "./store/merge-context.ts";
export { type Merge, type MergeEnd, openMerge } from "./merge.ts";
export { type Move, type Regrouped, type Regrouping, regroupRecords } from "./regroup.ts";
export {
  changedRecords,
  type ChangedRecords,
  identifierPairs,
  type IdentifierPair,
  type Membership,
  newGoldenIds,
  readRecords,
  type RecordColumns,
  recordsOfGolden,
  type WhichRecords,
} from "./store/record-reads.ts";
export { type Redirect, redirectsTo } from "./store/redirects.ts";
export { RECORDS_FIELD } from "./store/regrouping.ts";
export { searchCustomers, type SearchResult, sharedCustomers } from "./search.ts";
export { type CustomerView, showCustomer, type ShowOptions } from "./show.ts";
export {
  countRows,
  type EventRow,
  type FieldChange,
  type FieldValues,
  type GoldenRow,
  type SourceRecord,
} from "./store/customer-reads.ts";
