/**
 * What plain CEL can say of a customer's own fields, another implementation of CEL says too. Outside of
 * that we differ on purpose: decimals are exact, and whatever is missing is null to `==` and `!=`.
 */
import { isCelError, run } from "@bufbuild/cel";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Condition, Literal, Value, ValueType } from "../../src/modules/criteria/index.ts";
import { printCriteria } from "../../src/modules/criteria/index.ts";
import { customerMember, truthOf } from "./oracle.ts";
import type { CustomerData } from "./world.ts";
import { INTEGERS, PATTERNS, TEXTS, worldArbitrary, worldCatalogue } from "./world.ts";

const field = (name: string, type: ValueType): Value => ({
  kind: "field",
  of: "customer",
  dataset: "customers",
  field: name,
  type,
});
const textLiteral = fc
  .constantFrom(...TEXTS)
  .map((text): Literal => ({ kind: "text-literal", text }));
const integerLiteral = fc
  .constantFrom(...INTEGERS)
  .map((text): Literal => ({ kind: "number-literal", text, integer: true }));
const text = fc.constantFrom(field("city", "text"), field("nickname", "text"));
const integer = fc.constantFrom(field("visits", "integer"), field("points", "integer"));
const tags = field("tags", "text-list");

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    kind: fc.constant("comparison" as const),
    operator: fc.constantFrom("==" as const, "!=" as const),
    left: text,
    right: fc.oneof(text, textLiteral),
  }),
  fc.record({
    kind: fc.constant("comparison" as const),
    operator: fc.constantFrom("==" as const, "!=" as const, "<" as const, ">=" as const),
    left: integer,
    right: fc.oneof(integer, integerLiteral),
  }),
  fc.record({
    kind: fc.constant("comparison" as const),
    operator: fc.constantFrom("<" as const, ">" as const),
    left: fc.oneof(text, fc.constant(tags)).map((of): Value => ({ kind: "size", of })),
    right: integerLiteral,
  }),
  fc.record({
    kind: fc.constant("membership" as const),
    value: text,
    options: fc.array(textLiteral, { minLength: 1, maxLength: 3 }),
  }),
  textLiteral.map((item): Condition => ({ kind: "list-contains", list: tags, item })),
  fc.record({
    kind: fc.constant("text-test" as const),
    test: fc.constantFrom("contains" as const, "startsWith" as const, "endsWith" as const),
    value: text,
    argument: textLiteral,
  }),
  fc.record({
    kind: fc.constant("pattern" as const),
    value: text,
    pattern: fc.constantFrom(...PATTERNS.keys()),
  }),
  fc.constant<Condition>({ kind: "truth", value: field("vip", "boolean") }),
  text.map((value): Condition => ({ kind: "presence", value, present: false })),
);

const { condition } = fc.letrec<{ readonly condition: Condition }>(
  (tie: fc.LetrecTypedTie<{ readonly condition: Condition }>) => ({
    condition: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.record({
        kind: fc.constantFrom("and" as const, "or" as const),
        operands: fc.array(tie("condition"), { minLength: 2, maxLength: 3 }),
      }),
      fc.record({ kind: fc.constant("not" as const), operand: tie("condition") }),
    ),
  }),
);

function verdictOf(root: Condition, { fields }: CustomerData): boolean | undefined {
  const integerOf = (name: string): bigint | null =>
    typeof fields[name] === "string" ? BigInt(fields[name]) : null;
  const customer = { ...fields, visits: integerOf("visits"), points: integerOf("points") };
  const result = run(printCriteria({ root, warnings: [] }), { customer });
  return isCelError(result) || typeof result !== "boolean" ? undefined : result;
}

test("the oracle and another CEL agree on what plain CEL can say, missing values included", () => {
  const property = fc.property(worldArbitrary(5), condition, (world, root) => {
    const asked = { world, catalogue: worldCatalogue("UTC"), asOf: new Date(0) };
    const facts = printCriteria({ root, warnings: [] });

    const ours = world.customers.map((customer) => truthOf(root, customerMember(customer), asked));
    const theirs = world.customers.map((customer) => verdictOf(root, customer));

    expect(ours, facts).toEqual(theirs);
  });
  fc.assert(property, { numRuns: 600 });
});
