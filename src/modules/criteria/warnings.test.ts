import fc from "fast-check";
import { expect, test } from "vitest";
import { customerMember, truthOf } from "../../../tests/criteria/oracle.ts";
import { worldArbitrary, worldCatalogue } from "../../../tests/criteria/world.ts";
import { parseCriteria } from "./index.ts";

const catalogue = worldCatalogue("UTC");

/** Fields with a few values of theirs, as criteria write them. */
const VALUES = {
  "customer.visits": ["-1", "0", "1", "2", "5"],
  "customer.balance": ["-7.25", "0.0", "0.1", "2.5", "10.0"],
  "customer.city": ['""', '"a"', '"Berlin"', '"😀"', '"Ａ"'],
  "customer.birth_date": ['date("2000-02-29")', 'date("2003-03-01")', 'date("2026-02-28")'],
  "orders.count()": ["-1", "0", "1", "2"],
} as const;

const OPERATORS = ["==", "!=", "<", "<=", ">", ">="] as const;

/** A part about one thing, in every form that can be seen through. */
function part(field: keyof typeof VALUES): fc.Arbitrary<string> {
  const literal = fc.constantFrom<string>(...VALUES[field]);
  const simple = fc.oneof(
    fc
      .tuple(fc.constantFrom(...OPERATORS), literal, fc.boolean())
      .map(([operator, value, isLeft]) =>
        isLeft ? `${value} ${operator} ${field}` : `${field} ${operator} ${value}`,
      ),
    fc.array(literal, { minLength: 1, maxLength: 3 }).map((all) => `${field} in [${all.join()}]`),
    fc.constantFrom(`${field} == null`, `${field} != null`),
  );
  const inner = fc.oneof(
    simple,
    simple.map((text) => `!(${text})`),
  );
  return fc.oneof(
    inner,
    fc
      .tuple(inner, fc.constantFrom("&&", "||"), inner)
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
  );
}

const criteria = fc
  .constantFrom(...(Object.keys(VALUES) as (keyof typeof VALUES)[]))
  .chain((field) =>
    fc.array(part(field), { minLength: 2, maxLength: 4 }).map((parts) => ({ field, parts })),
  );

const worlds = fc.sample(worldArbitrary(12), { numRuns: 8, seed: 4 });

/** The truth of a text for every customer of every world. */
function truthsOf(text: string): readonly (boolean | undefined)[] {
  const { root } = parseCriteria(text, catalogue);
  const asOf = new Date("2026-03-01T00:00:00Z");
  return worlds.flatMap((world) =>
    world.customers.map((one) => truthOf(root, customerMember(one), { world, catalogue, asOf })),
  );
}

function warningOf(text: string, beginning: string): string | undefined {
  return parseCriteria(text, catalogue).warnings.find((one) => one.startsWith(beginning));
}

test("conditions that are said never to hold together do so for no customer", () => {
  const property = fc.property(criteria, ({ parts }) => {
    const text = parts.join(" && ");
    fc.pre(warningOf(text, "the conditions on") !== undefined);

    expect(truthsOf(text), text).not.toContain(true);
  });
  fc.assert(property, { numRuns: 150 });
});

test("conditions of which one is said to hold always do so, for all or for all who have the value", () => {
  const property = fc.property(criteria, ({ field, parts }) => {
    const text = parts.join(" || ");
    const warning = warningOf(text, "one of the conditions on");
    fc.pre(warning !== undefined);
    const has = truthsOf(`${field} != null`);
    const isForAll = warning?.includes("has the value") === false;

    const claimed = truthsOf(text).filter((_, index) => isForAll || has[index] === true);

    expect(new Set(claimed), text).toEqual(new Set([true]));
  });
  fc.assert(property, { numRuns: 150 });
});

test.each([
  ["customer.balance > 5.5 && customer.balance < 5.25", "never hold together"],
  ['customer.city in ["a", "b"] && customer.city == "c"', "never hold together"],
  ['customer.city == "a" && customer.city != "a"', "never hold together"],
  ["(customer.visits < 1 || customer.visits > 9) && customer.visits == 5", "never hold together"],
  ["has(customer.city) && customer.city == null", "never hold together"],
  ["5 < customer.visits && customer.visits < 4", "never hold together"],
  ["customer.visits <= 5 || customer.visits > 5", "every customer who has the value"],
  ['customer.city != "a" || customer.city != "b"', "holds for every customer"],
  ["!(customer.visits > 1) || customer.visits > 0", "every customer who has the value"],
  ["orders.count() == 0 || orders.count() > 0", "holds for every customer"],
  ["0 > orders.count()", "holds for no customer"],
])("%s is warned of", (text, warning) => {
  expect(parseCriteria(text, catalogue).warnings.join()).toContain(warning);
});

test.each([
  'customer.city > "Ａ" && customer.city < "😀"',
  "customer.balance > 0.1 && customer.balance < 0.2",
  "customer.visits < 5 || customer.visits > 5",
  'customer.city == "a" || customer.city == "b"',
  "customer.visits != 5 && customer.visits >= 5",
  "orders.count() > 0 || orders.lastAt() == null",
])("%s is not warned of", (text) => {
  expect(parseCriteria(text, catalogue).warnings).toEqual([]);
});
