/** What everybody may have, in numbers, and policies that nobody is meant by: for `policy check`. */
import type { Catalogue } from "../contracts/index.ts";
import type { Policy } from "./cedar/policy.ts";
import type { PolicySet } from "./cedar/read-policies.ts";
import { compileAccess } from "./compile-access.ts";
import { policyCondition } from "./compile/permission.ts";
import { askingOf, requestFor } from "./compile/request.ts";
import type { Request } from "./compile/request.ts";
import { constantTruth } from "./compile/residual.ts";
import { GIVEN_FORMS } from "./forms/form.ts";
import type { Form } from "./forms/form.ts";
import { allowsPurpose } from "./recipients/agreement.ts";
import type { Recipient } from "./recipients/recipient.ts";

export interface PolicyScope {
  readonly catalogue: Catalogue;
  readonly set: PolicySet;
  readonly recipients: readonly Recipient[];
}

/** How many fields a recipient has in each form for a purpose; `byRow` are those that differ by customer. */
export interface AccessSummary {
  readonly recipient: string;
  readonly purpose: string;
  readonly fields: Readonly<Record<Form, number>>;
  readonly byRow: number;
  /** Why nothing is seen at all. */
  readonly nothing: string | undefined;
}

/** One line for each recipient and purpose that agreement and contract allow. */
export function accessSummaries(scope: PolicyScope, at: Date): readonly AccessSummary[] {
  const { catalogue, set } = scope;
  return purposesOf(scope).map(({ recipient, purpose }) => {
    const pseudonymKey = (): Buffer => Buffer.alloc(32);
    const access = compileAccess({ catalogue, set, recipient, purpose, at, pseudonymKey });
    const fields = { clear: 0, partial: 0, bucket: 0, pseudonym: 0, absent: 0 };
    let byRow = 0;
    for (const dataset of catalogue.datasets) {
      for (const { name } of dataset.fields) {
        const [form = "absent", ...others] = access.forms(dataset.name, name);
        if (others.length === 0) {
          fields[form] += 1;
        } else {
          byRow += 1;
        }
      }
    }
    return { recipient: recipient.recipient, purpose, fields, byRow, nothing: access.nothing };
  });
}

/**
 * Policies that apply to nobody: no recipient, purpose or field that there is today is meant by them.
 * That is no error, since what they are for may come one day.
 */
export function idlePolicies(scope: PolicyScope): readonly Policy[] {
  const requests = [...requestsOf(scope)];
  return scope.set.policies.filter((policy) =>
    requests.every((request) => constantTruth(policyCondition(policy, request)) === false),
  );
}

function* requestsOf(scope: PolicyScope): Iterable<Request> {
  const { catalogue } = scope;
  for (const { recipient, purpose } of purposesOf(scope)) {
    const asking = askingOf(catalogue, { recipient, purpose, at: "live" });
    const places = catalogue.datasets.flatMap((dataset) =>
      dataset.fields.flatMap((field) => GIVEN_FORMS.map((form) => ({ dataset, field, form }))),
    );
    for (const { dataset, field, form } of places) {
      yield requestFor(asking, dataset, { field, form });
    }
  }
}

function purposesOf({ catalogue, recipients }: PolicyScope) {
  return recipients.flatMap((recipient) =>
    catalogue.purposes
      .filter((purpose) => allowsPurpose(recipient.agreement, purpose))
      .map((purpose) => ({ recipient, purpose })),
  );
}
