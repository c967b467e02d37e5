/** Runs the unit tests of policies: no database, no customer, a decision for each field that they name. */
import { coversKey } from "../../contracts/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import type { PolicySet } from "../cedar/read-policies.ts";
import { explainField } from "../explain.ts";
import type { PolicyExplanation } from "../explain.ts";
import type { Form } from "../forms/form.ts";
import type { PolicyTest } from "./policy-test.ts";

/** A field that came out in another form than expected. */
export interface TestFailure {
  /** `customers.email` */
  readonly field: string;
  readonly expected: Form;
  readonly actual: Form;
  readonly why: PolicyExplanation;
}

export interface TestOutcome {
  readonly title: string;
  readonly line: number | undefined;
  readonly recipient: string;
  /** Fields that it looked at, and how many of them it expects to be withheld or reduced. */
  readonly checks: number;
  readonly denials: number;
  readonly failures: readonly TestFailure[];
}

/** Runs tests against policies, in their order. */
export function runPolicyTests(
  tests: readonly PolicyTest[],
  { set, catalogue }: { readonly set: PolicySet; readonly catalogue: Catalogue },
): readonly TestOutcome[] {
  return tests.map((test) => {
    const { recipient, purpose, at, customer, account } = test;
    const consents = (channel: string, asked: string): boolean =>
      [channel, "any"].some((one) =>
        (test.consents.get(one) ?? []).some((granted) => coversKey(granted, asked)),
      );
    const row = { customer, account, consents };
    const question = { set, catalogue, recipient, purpose, at, row };
    const failures = test.expected.flatMap(({ dataset, field, form }) => {
      const why = explainField(question, { dataset, field });
      const name = `${dataset.name}.${field}`;
      return why.form === form ? [] : [{ field: name, expected: form, actual: why.form, why }];
    });
    return {
      title: test.title,
      line: test.line,
      recipient: recipient.recipient,
      checks: test.expected.length,
      denials: test.expected.filter(({ form }) => form !== "clear").length,
      failures,
    };
  });
}

/** Tests that expect nothing to be withheld prove little: policies fail towards showing too much. */
export function lacksDenials(outcomes: readonly TestOutcome[]): boolean {
  return outcomes.every(({ denials }) => denials === 0);
}
