/**
 * When a field is had in which form. A permit that holds gives its form unless a forbid for that form
 * holds; where the field's type has no such form, the next lower one is given, unless that is forbidden.
 */
import type { Dataset, Field } from "../../contracts/index.ts";
import type { Expression } from "../cedar/expression.ts";
import { childrenOf } from "../cedar/names.ts";
import type { Policy } from "../cedar/policy.ts";
import { recordValue } from "../cedar/value.ts";
import type { Entity } from "../cedar/value.ts";
import { FORMS, GIVEN_FORMS } from "../forms/form.ts";
import type { GivenForm } from "../forms/form.ts";
import { formGiven, shapeOf } from "../forms/shape.ts";
import { evaluate } from "./evaluate.ts";
import { asResidual } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
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
 * What policies give somebody who asks. Most conditions do not look at the field, and many fields are
 * meant by the same policies: the conditions are evaluated once, and each combination of policies is
 * decided once.
 */
export class Deliberation {
  readonly #policies: readonly Applicable[];
  readonly #asking: Asking;
  readonly #decisions = new Map<string, Decision>();

  constructor(policies: readonly Policy[], asking: Asking) {
    this.#asking = asking;
    this.#policies = policies
      .filter(({ principal }) => isMeantBy(principal, asking))
      .map((policy) => ({
        policy,
        mayVary: policy.conditions.some(({ body }) => mentionsField(body)),
        condition: undefined,
      }));
  }

  /**
   * The forms that a field can have, from the most telling. What no rule gives is absent; behind a rule
   * that holds for all rows there is none.
   */
  rules({ dataset, field }: FieldPlace): readonly FormRule[] {
    const shape = shapeOf(field);
    const decisions = new Map(
      GIVEN_FORMS.map((form) => [
        form,
        this.decide(requestFor(this.#asking, dataset, { field, form })),
      ]),
    );
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

  /** Permitted is what some permit allows and no forbid denies. */
  decide(request: Request): Decision {
    const meant = this.#policies.filter(({ policy }) => isMeant(policy, request));
    const varying = meant.some(({ mayVary }) => mayVary);
    const key = varying ? undefined : meant.map(({ policy }) => policy.id).join("\n");
    const known = key === undefined ? undefined : this.#decisions.get(key);
    if (known !== undefined) {
      return known;
    }
    const conditions = (effect: Policy["effect"]): Residual =>
      anyOf(
        meant
          .filter(({ policy }) => policy.effect === effect)
          .map((applicable) => conditionOf(applicable, request)),
      );
    const forbidden = conditions("forbid");
    const decision = { permitted: both(conditions("permit"), opposite(forbidden)), forbidden };
    if (key !== undefined) {
      this.#decisions.set(key, decision);
    }
    return decision;
  }
}

interface FieldPlace {
  readonly dataset: Dataset;
  readonly field: Field;
}

/** A policy, with what its conditions are for this asker where they are the same for every field. */
interface Applicable {
  readonly policy: Policy;
  readonly mayVary: boolean;
  condition: Residual | undefined;
}

function conditionOf(applicable: Applicable, request: Request): Residual {
  if (applicable.mayVary) {
    return conditionsOf(applicable.policy, request);
  }
  applicable.condition ??= conditionsOf(applicable.policy, request);
  return applicable.condition;
}

function mentionsField(node: Expression): boolean {
  return node.kind === "variable"
    ? node.name === "resource" || node.name === "action"
    : childrenOf(node).some(mentionsField);
}

/** Cedar's decision on one request, and what of it are the forbids. */
export interface Decision {
  readonly permitted: Residual;
  readonly forbidden: Residual;
}

/** When a policy applies to a request: never missing, since a policy that fails does not apply. */
export function policyCondition(policy: Policy, request: Request): Residual {
  return isMeant(policy, request) ? conditionsOf(policy, request) : FALSE;
}

/** Whether the scope of a policy covers a request; it asks no row. */
export function isMeant({ action, resource, principal }: Policy, request: Request): boolean {
  return [action, principal, resource].every((part) => isTrue(evaluate(part, request)));
}

/** The same for who asks alone, whatever the field: most policies are about others. */
function isMeantBy(principal: Expression, asking: Asking): boolean {
  const nothing: Entity = { type: "Field", id: "" };
  const any = { form: "clear", field: nothing, category: undefined, dataset: "" } as const;
  const fieldAttributes = recordValue([]);
  return isTrue(evaluate(principal, { ...asking, ...any, fieldAttributes }));
}

function isTrue(outcome: Outcome): boolean {
  return constantTruth(holds(asResidual(outcome))) === true;
}

function conditionsOf({ conditions }: Policy, request: Request): Residual {
  let found: Residual = TRUE;
  for (const { kind, body } of conditions) {
    const outcome = evaluate(kind === "when" ? body : { kind: "not", of: body }, request);
    found = both(found, holds(asResidual(outcome)));
    if (constantTruth(found) === false) {
      return FALSE;
    }
  }
  return found;
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
