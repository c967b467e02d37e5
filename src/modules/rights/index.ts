/** Rights: what customers may ask for, carried out everywhere and proved. */
export { certify, type CertifyInput } from "./certificate/certify.ts";
export {
  type CertificateCheck,
  type CertificateVerification,
  judgeCertificate,
  type JudgeRequest,
} from "./certificate/judge.ts";
export type { Signed } from "./certificate/signed.ts";
export {
  type CorrectInput,
  type Correction,
  registerCorrection,
  settleDelivered,
} from "./correction/correct.ts";
export { type Corrections, noteCorrection, registerCorrections } from "./correction/of-intake.ts";
export type { RightsClient, RightsDeps } from "./deps.ts";
export {
  type DataErased,
  eraseData,
  type EraseInput,
  prepareErasure,
  type PreparedErasure,
} from "./erasure/erase.ts";
export { destroyKeys, resumeErasures } from "./erasure/finish.ts";
export { noteOverdue } from "./obligations/overdue.ts";
export type { PlannedObligation } from "./obligations/plan.ts";
export { type Sending, sendNotices, type Sent, type Tell } from "./obligations/send.ts";
export { type SettleInput, settleObligation } from "./obligations/settle.ts";
export {
  listRequests,
  requestStatus,
  type RequestStatus,
  type ShownObligation,
  type ShownState,
  unsettled,
} from "./status.ts";
export { countLeft, type RightsLeft } from "./store/obligations.ts";
export { selectErasureOf as erasureOf, type StoredRequest } from "./store/requests.ts";
export { liftSuppression, type LiftInput } from "./suppression.ts";
