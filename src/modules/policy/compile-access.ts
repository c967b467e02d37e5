/** From policies and who asks to an access. */
import { agreementState, localDate } from "../../protocol/waybill/index.ts";
import { coversKey } from "../contracts/index.ts";
import type { Catalogue } from "../contracts/index.ts";
import type { Access, AccessInstant } from "./access.ts";
import type { PolicySet } from "./cedar/read-policies.ts";
import { CompiledAccess } from "./compiled-access.ts";
import type { PseudonymKey } from "./compiled-access.ts";
import { formRules, policiesFor } from "./compile/permission.ts";
import type { FormRule } from "./compile/permission.ts";
import { askingOf, requestFor } from "./compile/request.ts";
import { TRUE, both } from "./compile/residual.ts";
import type { Residual } from "./compile/residual.ts";
import { allowsCategory, allowsPurpose } from "./recipients/agreement.ts";
import type { Recipient } from "./recipients/recipient.ts";

/** Who asks, for what, when. */
export interface AccessRequest {
  readonly recipient: Recipient;
  /** A fideslang data use key. */
  readonly purpose: string;
  readonly at: AccessInstant;
}

export interface AccessOptions extends AccessRequest {
  readonly catalogue: Catalogue;
  readonly set: PolicySet;
  readonly pseudonymKey: PseudonymKey;
}

type Rules = ReadonlyMap<string, ReadonlyMap<string, readonly FormRule[]>>;

/** Compiles what a recipient may have for a purpose. Pure; 50 policies over 100 fields take milliseconds. */
export function compileAccess(options: AccessOptions): Access {
  const { set, catalogue } = options;
  const nothing = nothingReason(options);
  return new CompiledAccess({
    ...options,
    policySha256: set.sha256,
    nothing,
    rules:
      nothing === undefined
        ? rulesOf(options)
        : new Map(catalogue.datasets.map(({ name }) => [name, new Map()])),
  });
}

/** The limits that stand before any policy: why nothing can be seen at all; undefined when something may. */
export function nothingReason({
  set,
  catalogue,
  recipient,
  purpose,
  at,
}: Pick<AccessOptions, "set" | "catalogue" | "recipient" | "purpose" | "at">): string | undefined {
  const { agreement } = recipient;
  if (set.policies.length === 0) {
    return `${catalogue.client} has no policies, and without one nobody sees anything: docs/policy.md says how to begin`;
  }
  if (!catalogue.purposes.some((one) => coversKey(one, purpose))) {
    return `the contract does not allow the purpose ${purpose}`;
  }
  if (!allowsPurpose(agreement, purpose)) {
    return `the agreement with ${recipient.recipient} does not allow the purpose ${purpose}`;
  }
  if (at === "live") {
    return undefined;
  }
  const day = localDate(at, catalogue.timeZone);
  const state = agreementState(agreement, day);
  if (state === "in-force") {
    return undefined;
  }
  const missed = state === "ended" ? `ended on ${agreement.until}` : `begins on ${agreement.from}`;
  return `the agreement with ${recipient.recipient} ${missed}, and it is ${day}`;
}

function rulesOf(options: AccessOptions): Rules {
  const { catalogue, recipient, set } = options;
  const asking = askingOf(catalogue, options);
  const limit = options.at === "live" ? inForceSql(recipient) : TRUE;
  const rules = new Map<string, ReadonlyMap<string, readonly FormRule[]>>();
  for (const dataset of catalogue.datasets) {
    const [first] = dataset.fields;
    const own =
      first === undefined
        ? []
        : policiesFor(set.policies, requestFor(asking, dataset, { field: first, form: "clear" }));
    const fields = new Map<string, readonly FormRule[]>();
    for (const field of dataset.fields) {
      if (allowsCategory(recipient.agreement, field.category)) {
        const found = formRules(own, asking, { dataset, field });
        fields.set(
          field.name,
          found.map(({ form, when }) => ({ form, when: both(limit, when) })),
        );
      }
    }
    rules.set(dataset.name, fields);
  }
  return rules;
}

/** Whoever runs a view later than it was made sees nothing once the agreement has ended. */
function inForceSql({ agreement }: Recipient): Residual {
  const today: Residual = { kind: "today" };
  const day = (text: string): Residual => ({
    kind: "constant",
    type: "datetime",
    value: BigInt(Date.parse(`${text}T00:00:00Z`)),
  });
  return both(
    { kind: "comparison", operator: ">=", left: today, right: day(agreement.from) },
    { kind: "comparison", operator: "<=", left: today, right: day(agreement.until) },
  );
}
