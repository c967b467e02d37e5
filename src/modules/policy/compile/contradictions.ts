/** Permits that can never give anything, because what they permit is forbidden without any condition. */
import type { Catalogue } from "../../contracts/index.ts";
import type { Policy } from "../cedar/policy.ts";
import { GIVEN_FORMS } from "../forms/form.ts";
import type { Recipient } from "../recipients/recipient.ts";
import { isMeant } from "./permission.ts";
import { askingOf, requestFor } from "./request.ts";
import type { Request } from "./request.ts";

/**
 * The permits that forbids contradict for every recipient, field and form that they are about. A permit
 * that is about nothing yet is not among them.
 */
export function contradictedPermits(
  policies: readonly Policy[],
  scene: { readonly catalogue: Catalogue; readonly recipients: readonly Recipient[] },
): readonly Policy[] {
  const forbids = policies.filter(
    ({ effect, conditions }) => effect === "forbid" && conditions.length === 0,
  );
  if (forbids.length === 0) {
    return [];
  }
  const requests = scene.recipients.flatMap((recipient) => requestsOf(scene.catalogue, recipient));
  const isForbidden = (request: Request): boolean =>
    forbids.some((forbid) => isMeant(forbid, request));
  return policies.filter((permit) => {
    const meant = permit.effect === "permit" ? requests.filter((one) => isMeant(permit, one)) : [];
    return meant.length > 0 && meant.every(isForbidden);
  });
}

/** Scopes do not look at the purpose or the clock: any will do. */
function requestsOf(catalogue: Catalogue, recipient: Recipient): readonly Request[] {
  const asking = askingOf(catalogue, { recipient, purpose: "essential", at: "live" });
  return catalogue.datasets.flatMap((dataset) =>
    dataset.fields.flatMap((field) =>
      GIVEN_FORMS.map((form) => requestFor(asking, dataset, { field, form })),
    ),
  );
}
