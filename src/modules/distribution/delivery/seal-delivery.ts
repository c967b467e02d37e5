/** From a staged payload to its waybill. */
import type { Waybill } from "../../../protocol/waybill/index.ts";
import { COMMITMENT_ALGORITHM } from "../../ledger/index.ts";
import { type SealedWaybill, sealWaybill } from "../waybill/seal.ts";
import type { DeliveryDeps } from "./deps.ts";
import type { DeliveryPlan } from "./plan.ts";
import { projectedFields, type Staged } from "./stage.ts";

/** What a payload became. */
export interface Sealing {
  readonly waybillId: string;
  readonly name: string;
  readonly staged: Staged;
  readonly format: Waybill["payload"]["format"];
  /** As of when it was found that it may leave. */
  readonly issuedAt: Date;
}

/** Says in a signed waybill what is about to leave. */
export function sealDelivery(
  deps: Pick<DeliveryDeps, "operator" | "signer">,
  plan: DeliveryPlan,
  sealing: Sealing,
): SealedWaybill {
  const { client, route, destination, recipient } = plan;
  const { catalogue } = client;
  const { id, version, from, until } = recipient.agreement;
  const { digest, contents, leaving } = sealing.staged;
  const forms = leaving.occurred();
  return sealWaybill(
    {
      version: "2",
      waybillId: sealing.waybillId,
      issuedAt: sealing.issuedAt.toISOString(),
      operator: deps.operator,
      client: client.key,
      contract: {
        id: catalogue.contractId,
        version: catalogue.contractVersion,
        sha256: catalogue.contractSha256,
        timeZone: catalogue.timeZone,
      },
      policy: { sha256: plan.access.policySha256 },
      agreement: { id, version, from, until },
      purpose: plan.purpose,
      legalBasis: plan.legalBasis,
      recipient: {
        name: recipient.name,
        kind: recipient.kind,
        jurisdiction: recipient.jurisdiction,
      },
      transferMechanism: recipient.transferMechanism,
      ...(route === undefined ? {} : { route }),
      destination,
      asOf: plan.asOf.toISOString(),
      fields: projectedFields(plan).map((field, place) => ({
        ...field,
        forms: [...(forms[place] ?? [])],
      })),
      payload: { file: sealing.name, format: sealing.format, ...digest },
      records: { count: contents.count, root: contents.root, algorithm: COMMITMENT_ALGORITHM },
      customers: contents.customers,
      totals: contents.totals,
      retention: plan.retention,
      erasureWithin: plan.erasureWithin,
    },
    deps.signer,
  );
}
