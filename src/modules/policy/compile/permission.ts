/**
 * When a field is had in which form. A permit that holds gives its form unless a forbid for that form
 * holds; where the field's type has no such form, the next lower one is given, unless that is forbidden.
 */
import type { Dataset, Field } from "../../contracts/index.ts";
import type { Policy } from "../cedar/policy.ts";
import type { Expression } from "../cedar/expression.ts";
import { FORMS, GIVEN_FORMS } from "../forms/form.ts";
import type { GivenForm } from "../forms/form.ts";
import { formGiven, shapeOf } from "../forms/shape.ts";
import { evaluate } from "./evaluate.ts";
import { asResidual } from "./outcome.ts";
import { requestFor } from "./request.ts";
import type { Asking, Request } from "./request.ts";
import { FALSE, TRUE, anyOf, both, constantTruth, holds, opposite } from "./residual.ts";
import type { Residual } from "./residual.ts";

/** A form, and the condition under which it is given where no form before it is. */
export interface FormRule {
  readonly form: GivenForm;
  readonly when: Residual;
}

/**
 * The forms that a field can have, from the most telling. What no rule gives is absent; behind a rule
 * that holds for all rows there is none.
 */
export function formRules(
  policies: readonly Policy[],
  asking: Asking,
  { dataset, field }: { readonly dataset: Dataset; readonly field: Field },
): readonly FormRule[] {
  const shape = shapeOf(field);
  const decide = (form: GivenForm): Decision =>
    decisionOn(policies, requestFor(asking, dataset, { field, form }));
  const decisions = new Map(GIVEN_FORMS.map((form) => [form, decide(form)]));
  const given = new Map<GivenForm, Residual[]>();
  for (const [form, decision] of decisions) {
    const result = formGiven(shape, form);
    if (result !== "absent") {
      const lower = result === form ? undefined : decisions.get(result);
      const when = both(decision.permitted, opposite(lower?.forbidden ?? FALSE));
      given.set(result, [...(given.get(result) ?? []), when]);
    }
  }
  return inOrder(given);
}

function inOrder(given: ReadonlyMap<GivenForm, readonly Residual[]>): readonly FormRule[] {
  const rules: FormRule[] = [];
  for (const form of FORMS) {
    const when = form === "absent" ? FALSE : anyOf(given.get(form) ?? []);
    const truth = constantTruth(when);
    if (form !== "absent" && truth !== false) {
      rules.push({ form, when });
    }
    if (truth === true) {
      break;
    }
  }
  return rules;
}

/** Cedar's decision on one request, and what of it are the forbids. */
export interface Decision {
  readonly permitted: Residual;
  readonly forbidden: Residual;
}

/** Permitted is what some permit allows and no forbid denies. */
export function decisionOn(policies: readonly Policy[], request: Request): Decision {
  const conditions = (effect: Policy["effect"]): Residual =>
    anyOf(
      policies
        .filter((policy) => policy.effect === effect)
        .map((policy) => policyCondition(policy, request)),
    );
  const allowed = conditions("permit");
  if (constantTruth(allowed) === false) {
    return { permitted: FALSE, forbidden: conditions("forbid") };
  }
  const forbidden = conditions("forbid");
  return { permitted: both(allowed, opposite(forbidden)), forbidden };
}

/** When a policy applies to a request: never missing, since a policy that fails does not apply. */
export function policyCondition(policy: Policy, request: Request): Residual {
  let found: Residual = TRUE;
  for (const part of partsOf(policy)) {
    found = both(found, holds(asResidual(evaluate(part, request))));
    if (constantTruth(found) === false) {
      return FALSE;
    }
  }
  return found;
}

/** The scope, then the conditions, all of which must be true. */
function* partsOf({ action, resource, principal, conditions }: Policy): Iterable<Expression> {
  yield action;
  yield principal;
  yield resource;
  for (const { kind, body } of conditions) {
    yield kind === "when" ? body : { kind: "not", of: body };
  }
}

/** The policies that can apply to what somebody asks, whatever the field and the form. */
export function policiesFor(policies: readonly Policy[], request: Request): readonly Policy[] {
  return policies.filter(
    ({ principal }) => constantTruth(holds(asResidual(evaluate(principal, request)))) !== false,
  );
}
