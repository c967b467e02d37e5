/** From policies and who asks to an access. */
import { agreementState, localDate } from "../../protocol/waybill/index.ts";
import { coversKey } from "../contracts/index.ts";
import type { Catalogue, Dataset } from "../contracts/index.ts";
import type { Access, AccessInstant } from "./access.ts";
import type { Expression } from "./cedar/expression.ts";
import { childrenOf } from "./cedar/names.ts";
import type { Policy } from "./cedar/policy.ts";
import type { PolicySet } from "./cedar/read-policies.ts";
import { CompiledAccess } from "./compiled-access.ts";
import type { PseudonymKey } from "./compiled-access.ts";
import { Deliberation } from "./compile/permission.ts";
import type { FormRule } from "./compile/permission.ts";
import { askingOf } from "./compile/request.ts";
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
        ? keptRules(options)
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

/** What was compiled of a set, for as long as the set itself is kept. */
interface Kept {
  readonly asksClock: boolean;
  readonly rules: Map<string, Rules>;
}

const kept = new WeakMap<PolicySet, Kept>();

/** Rules are the same at every instant, unless a policy asks the clock or they are to last. */
function keptRules(options: AccessOptions): Rules {
  const { set, catalogue, recipient, purpose, at } = options;
  const own = kept.get(set) ?? { asksClock: set.policies.some(asksClock), rules: new Map() };
  kept.set(set, own);
  if (own.asksClock || at === "live") {
    return rulesOf(options);
  }
  const key = JSON.stringify([catalogue.client, catalogue.contractSha256, recipient, purpose]);
  const rules = own.rules.get(key) ?? rulesOf(options);
  own.rules.set(key, rules);
  return rules;
}

function asksClock({ conditions }: Policy): boolean {
  return conditions.some(({ body }) => mentionsClock(body));
}

function mentionsClock(node: Expression): boolean {
  const isClock = node.kind === "attribute" && (node.name === "now" || node.name === "today");
  return isClock || childrenOf(node).some(mentionsClock);
}

function rulesOf(options: AccessOptions): Rules {
  const { catalogue, recipient, set } = options;
  const asking = askingOf(catalogue, options);
  const limit = options.at === "live" ? inForceSql(recipient) : TRUE;
  const deliberation = new Deliberation(set.policies, asking);
  const rulesIn = (dataset: Dataset): ReadonlyMap<string, readonly FormRule[]> =>
    new Map(
      dataset.fields
        .filter(({ category }) => allowsCategory(recipient.agreement, category))
        .map((field) => [
          field.name,
          deliberation
            .rules({ dataset, field })
            .map(({ form, when }) => ({ form, when: both(limit, when) })),
        ]),
    );
  return new Map(catalogue.datasets.map((dataset) => [dataset.name, rulesIn(dataset)]));
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
