/** Intake: records in, from bytes to published rows. */
export { eraseRefused, type Recognition } from "./erase-refused.ts";
export { approveIntake, type Decision, discardIntake, getIntake } from "./held.ts";
export { importInput, type ImportReport, type ImportRequest } from "./import-input.ts";
export { listIntakes } from "./list.ts";
export { checkSources } from "./mapping/check-source.ts";
export { openRows, quarantinedRows, quarantineSummary, retryQuarantined } from "./quarantine.ts";
export type { ImportProgress } from "./receive.ts";
export { clearInterrupted } from "./recover.ts";
export { resealQuarantine } from "./sealing/reseal-quarantine.ts";
export type { ExpectedTotals, Intake, IntakeState, Totals } from "./store/intakes.ts";
export type { QuarantinedRow, QuarantineGroup } from "./store/quarantine.ts";
export { deleteSuppressions } from "./store/suppressions.ts";
export { suppressCustomer, type Suppression } from "./suppression.ts";
