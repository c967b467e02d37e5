export {
  type Change,
  type ChangeKind,
  type ChangeOrigin,
  CHANGES_CHANNEL,
  eachField,
  flushChanges,
  lastChange,
  MEMBERSHIPS_CHANNEL,
  openChangeBuffer,
  readChanges,
  straightToLog,
  takingNumbers,
} from "./store/change-log.ts";
export { resealCustomers } from "./sealing/reseal.ts";
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
export { sharedCustomers } from "./shared.ts";
export { readCustomer, type StoredCustomer, type StoredOptions } from "./stored-customer.ts";
export type { GovernedCustomer } from "./governed/customer.ts";
export { type DriverRow, GovernedFields, type GovernedValues } from "./governed/governed-fields.ts";
export type { GovernedChange } from "./governed/history.ts";
export { openSeeing, type SeeingRequest } from "./governed/open-seeing.ts";
export { refuseUnclear } from "./governed/refuse-unclear.ts";
export { searchCustomers, type SearchRequest, type SearchResult } from "./governed/search.ts";
export type { Seeing } from "./governed/seeing.ts";
export {
  type CustomerView,
  seeCustomers,
  showCustomer,
  type ShowOptions,
} from "./governed/show.ts";
export { StatementValues } from "./governed/statement-values.ts";
export {
  type GovernedEvent,
  type GovernedEvents,
  type GovernedRecord,
  governedRecords,
} from "./store/governed-behind.ts";
export {
  countRows,
  type EventRow,
  type FieldChange,
  type FieldValues,
  type GoldenRow,
  type SourceRecord,
} from "./store/customer-reads.ts";
export type { BlindIndex } from "./consent/find-speakers.ts";
export {
  type ConsentImport,
  type ConsentImportReport,
  importConsents,
} from "./consent/import-consents.ts";
export type { RefusedLine } from "./consent/read-lines.ts";
export { type ConsentView, showConsents, standingStatements } from "./consent/show-consents.ts";
export { type Recording, stateConsent } from "./consent/state-consents.ts";
export type { ConsentStatement } from "./consent/statement.ts";
export type { ConsentAnswer, StoredStatement } from "./store/consent-statements.ts";
