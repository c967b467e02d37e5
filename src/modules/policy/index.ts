/** Policy: who may have which rows and which form of which fields, for which purpose, where. */
export type { Access, AccessInstant, AccessTarget, SqlParameters } from "./access.ts";
export type { AskedField } from "./cedar/names.ts";
export type { PolicySet } from "./cedar/read-policies.ts";
export { checkPolicies, policiesAmong } from "./check-policies.ts";
export { compileAccess, type AccessOptions, type AccessRequest } from "./compile-access.ts";
export type { PseudonymKey } from "./compiled-access.ts";
export { explainableDatasets, explainField, formAtHand } from "./explain.ts";
export type {
  ExplainedForm,
  ExplainedQuestion,
  PolicyExplanation,
  PolicyVerdict,
} from "./explain.ts";
export { exposures, type Exposure, type PolicyState } from "./exposure.ts";
export { FORMS, formOfRank, rankOf, type Form, type GivenForm } from "./forms/form.ts";
export { accessSummaries, idlePolicies, type AccessSummary, type PolicyScope } from "./overview.ts";
export { allowsCategory, allowsPurpose, daysLeft, isLonger } from "./recipients/agreement.ts";
export { isMember, refuseOutsideAgreement, resolveAsker } from "./recipients/asker.ts";
export type { Asked, Asker, AskingScene } from "./recipients/asker.ts";
export { checkRecipients } from "./recipients/check-recipients.ts";
export { findRecipient, readRecipients } from "./recipients/read-recipients.ts";
export { recipientSchema } from "./recipients/recipient.ts";
export type {
  Agreement,
  Recipient,
  RecipientKind,
  TransferMechanism,
} from "./recipients/recipient.ts";
export { RowConsents } from "./sql/row-consents.ts";
export { accessOf, policiesInForce, type PoliciesInForce } from "./store/policies-in-force.ts";
export { rowAtHand } from "./store/row-at-hand.ts";
export { readPolicyTests, type PolicyTest } from "./testing/policy-test.ts";
export { lacksDenials, runPolicyTests } from "./testing/run-tests.ts";
export type { TestFailure, TestOutcome } from "./testing/run-tests.ts";
