/** The door of distribution: what leaves, to whom, with which proof. */
export { checkDestinations, checkRoutes } from "./definitions/checks.ts";
export type { DefinitionFile } from "./definitions/definition-file.ts";
export { checkPermitted } from "./definitions/permitted.ts";
export {
  destinationSchema,
  routeSchema,
  type DestinationDefinition,
  type RouteDefinition,
} from "./definitions/schemas.ts";
export {
  type DisclosedDelivery,
  type Disclosure,
  type DisclosureChannel,
  recordDisclosure,
} from "./disclosure/disclosure.ts";
export { type FormerSelf, lineageOf } from "./disclosure/lineage.ts";
export {
  type CustomerDisclosure,
  formsByField,
  type Occurrence,
  occurrencesAmong,
  occurrencesOf,
  summarise,
} from "./disclosure/of-customer.ts";
export {
  heldAmong,
  type HeldCustomers,
  holdingsOf,
  idsOfDelivery,
  type RecipientHolding,
} from "./disclosure/of-recipient.ts";
export { DisclosureRoll, type FieldForms } from "./disclosure/roll.ts";
export { knownRecipients } from "./store/disclosures.ts";
export { deliver, type DeliverInput, type DeliveryReport } from "./delivery/deliver.ts";
export type { DeliveryClient, DeliveryDeps, SelectionRequest } from "./delivery/deps.ts";
export type { CarriedOut } from "./delivery/carry-out.ts";
export { exportCustomers, type ExportInput } from "./delivery/export.ts";
export { listDeliveries } from "./delivery/list-deliveries.ts";
export { readDeliverySecret } from "./delivery/secret.ts";
export { showRecord, type ShownRecord } from "./delivery/show-record.ts";
export { selectCustomers } from "./delivery/select-customers.ts";
export { recoverDeliveries, type Recovered } from "./delivery/recover.ts";
export { tellRecipient, type TellRequest } from "./delivery/tell-recipient.ts";
export type { SentNotice } from "./destinations/destination.ts";
export {
  signWebhook,
  verifyWebhook,
  type WebhookHeaders,
} from "./destinations/standard-webhooks.ts";
export type { JournalEntry } from "./store/deliveries.ts";
export type { CustomerSelection } from "./store/projection.ts";
export { payloadAt } from "./payload/read-payload.ts";
export type { Check, CheckName } from "./waybill/checks.ts";
export { payloadNameIn, receiptBytes, waybillBytes } from "./waybill/document.ts";
export type { ProofTrust } from "./waybill/logged.ts";
export type { Payload } from "./waybill/payload-checks.ts";
export {
  issueCustomerReceipt,
  type CustomerReceiptRequest,
  issueReceipt,
  type ReceiptRequest,
} from "./waybill/receipt.ts";
export { sealWaybill, type SealedWaybill, type WaybillClaims } from "./waybill/seal.ts";
export { verifyWaybill, type Verification, type VerifyRequest } from "./waybill/verify.ts";

export {
  clearViews,
  type FieldsByForm,
  type GrantedView,
  grantView,
  type GrantRequest,
  listViews,
  remakeViews,
  revokeView,
  type ViewClient,
  type ViewDeps,
} from "./views/grants.ts";
export type { ViewGrant } from "./store/views.ts";
