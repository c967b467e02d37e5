/** Why a recipient has one field of one customer in the form it has: every policy that had a say, in words. */
import { must } from "../../kernel/index.ts";
import { customerDataset, findField } from "../contracts/index.ts";
import type { Catalogue, Dataset } from "../contracts/index.ts";
import type { PolicySet } from "./cedar/read-policies.ts";
import type { Expression } from "./cedar/expression.ts";
import { childrenOf, fieldsAsked } from "./cedar/names.ts";
import type { AskedField } from "./cedar/names.ts";
import type { Policy } from "./cedar/policy.ts";
import { spell } from "./cedar/spell.ts";
import { evaluate } from "./compile/evaluate.ts";
import { knownRow } from "./compile/known-row.ts";
import type { RowAtHand } from "./compile/known-row.ts";
import { asResidual } from "./compile/outcome.ts";
import { Deliberation } from "./compile/permission.ts";
import { askingOf, requestFor } from "./compile/request.ts";
import type { Request } from "./compile/request.ts";
import { constantTruth, holds } from "./compile/residual.ts";
import { nothingReason } from "./compile-access.ts";
import { GIVEN_FORMS } from "./forms/form.ts";
import type { Form, GivenForm } from "./forms/form.ts";
import { formGiven, shapeOf } from "./forms/shape.ts";
import { allowsCategory } from "./recipients/agreement.ts";
import type { Recipient } from "./recipients/recipient.ts";

export interface ExplainedQuestion {
  readonly set: PolicySet;
  readonly catalogue: Catalogue;
  readonly recipient: Recipient;
  /** A fideslang data use key. */
  readonly purpose: string;
  readonly at: Date;
  readonly row: RowAtHand;
}

/** What one policy had to say to one form. */
export interface PolicyVerdict {
  readonly policy: string;
  readonly title: string | undefined;
  readonly effect: "permit" | "forbid";
  readonly applies: boolean;
  /** The condition that did not hold, as Cedar spells it; undefined when the policy applies. */
  readonly failed: string | undefined;
  /** What of the row the policy asks: whether it applies tells something about that. */
  readonly asks: readonly AskedField[];
}

export interface ExplainedForm {
  readonly form: GivenForm;
  /** What the field's type and category make of the form. */
  readonly comesTo: Form;
  readonly decision: "permitted" | "forbidden" | "not permitted";
  /** Those whose scope covers recipient, form and field, permits first. */
  readonly policies: readonly PolicyVerdict[];
}

export interface PolicyExplanation {
  readonly form: Form;
  /** The limit before any policy that stands in the way. */
  readonly limit: string | undefined;
  readonly category: string | undefined;
  readonly forms: readonly ExplainedForm[];
}

/** The form of a field of a row that is at hand. */
export function formAtHand(
  question: ExplainedQuestion,
  { dataset, field: name }: { readonly dataset: Dataset; readonly field: string },
): Form {
  const field = must(findField(dataset, name), "whoever asks takes the name from the catalogue");
  if (limitOf(question, field.category) !== undefined) {
    return "absent";
  }
  const [rule] = new Deliberation(question.set.policies, askingAbout(question)).rules({
    dataset,
    field,
  });
  return rule?.form ?? "absent";
}

/** Explains a field of a row that is at hand. */
export function explainField(
  question: ExplainedQuestion,
  place: { readonly dataset: Dataset; readonly field: string },
): PolicyExplanation {
  const { dataset } = place;
  const field = must(
    findField(dataset, place.field),
    "whoever asks takes the name from the catalogue",
  );
  const asking = askingAbout(question);
  const forms = GIVEN_FORMS.map((form) => {
    const request = requestFor(asking, dataset, { field, form });
    const policies = verdicts(question.set.policies, request);
    const applying = (effect: Policy["effect"]): boolean =>
      policies.some((one) => one.applies && one.effect === effect);
    const comesTo = formGiven(shapeOf(field), form);
    if (applying("forbid")) {
      return { form, comesTo, decision: "forbidden", policies } as const;
    }
    const decision = applying("permit") ? "permitted" : "not permitted";
    return { form, comesTo, decision, policies } as const;
  });
  return {
    form: formAtHand(question, place),
    limit: limitOf(question, field.category),
    category: field.category,
    forms,
  };
}

function askingAbout({ catalogue, recipient, purpose, at, row }: ExplainedQuestion) {
  return askingOf(catalogue, { recipient, purpose, at, row: knownRow(catalogue, row) });
}

function limitOf(question: ExplainedQuestion, category: string | undefined): string | undefined {
  const { recipient } = question;
  const nothing = nothingReason(question);
  if (nothing !== undefined) {
    return nothing;
  }
  if (category === undefined) {
    return "the field has no data category in the contract, and agreements are about categories";
  }
  return allowsCategory(recipient.agreement, category)
    ? undefined
    : `the agreement with ${recipient.recipient} does not cover ${category}`;
}

function verdicts(policies: readonly Policy[], request: Request): readonly PolicyVerdict[] {
  return policies
    .filter(({ principal, action, resource }) =>
      [principal, action, resource].every((part) => isTrue(part, request)),
    )
    .flatMap((policy) => verdict(policy, request) ?? [])
    .toSorted((a, b) => (a.effect === b.effect ? 0 : a.effect === "permit" ? -1 : 1));
}

/** Undefined for a policy whose conditions say that it is about another recipient or other fields. */
function verdict(
  { id, title, effect, conditions }: Policy,
  request: Request,
): PolicyVerdict | undefined {
  const asks = fieldsAsked(conditions.map(({ body }) => body));
  const about = { policy: id, title, effect, asks };
  for (const { kind, body } of conditions) {
    const failed = failedPart(kind === "when" ? body : { kind: "not", of: body }, request);
    if (failed !== undefined) {
      const isElsewhere = !mentionsContext(failed);
      return isElsewhere ? undefined : { ...about, applies: false, failed: spell(failed) };
    }
  }
  return { ...about, applies: true, failed: undefined };
}

function mentionsContext(node: Expression): boolean {
  return (
    (node.kind === "variable" && node.name === "context") || childrenOf(node).some(mentionsContext)
  );
}

/** The first of the parts that `&&` connects that is not true. */
function failedPart(condition: Expression, request: Request): Expression | undefined {
  if (condition.kind === "and") {
    return failedPart(condition.left, request) ?? failedPart(condition.right, request);
  }
  return isTrue(condition, request) ? undefined : condition;
}

function isTrue(condition: Expression, request: Request): boolean {
  return constantTruth(holds(asResidual(evaluate(condition, request)))) === true;
}

/** The datasets in which a field may be looked for, the customers first. */
export function explainableDatasets(catalogue: Catalogue): readonly Dataset[] {
  const customers = customerDataset(catalogue);
  const events = catalogue.datasets.filter(({ kind }) => kind === "event");
  return customers === undefined ? events : [customers, ...events];
}
