import fc from "fast-check";
import { expect, test } from "vitest";
import type { Criteria } from "../../src/modules/criteria/index.ts";
import { evaluationQuery, parseCriteria } from "../../src/modules/criteria/index.ts";
import { criteriaOf, resolverOf, segmentsOf, SUBJECTS } from "./agreement.ts";
import { conditionArbitrary } from "./tree-arbitrary.ts";
import { worldCatalogue } from "./world.ts";

const catalogue = worldCatalogue("Europe/Berlin");

function statement(
  criteria: readonly Criteria[],
  asked: { readonly asOf: Date; readonly members?: readonly bigint[] | undefined },
  segments = resolverOf(new Map()),
) {
  const slots = criteria.map((one, slot) => ({ slot, criteria: one }));
  return evaluationQuery(slots, { catalogue, segments, ...asked, width: 16, flips: "each" });
}

/** Every parameter that a text mentions, once each, ascending. */
function numbersIn(sql: string): readonly number[] {
  const numbers = [...sql.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number));
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}

test.each(SUBJECTS)(
  "an evaluation has the same text and other values at every instant and for all members: %s",
  (subject, names) => {
    const segments = resolverOf(segmentsOf(catalogue, subject));
    const instant = fc.date({
      min: new Date("1950-01-01T00:00:00Z"),
      max: new Date("2080-01-01T00:00:00Z"),
      noInvalidDate: true,
    });
    const asked = fc.record({ asOf: instant, members: fc.array(fc.bigInt({ min: 1n, max: 99n })) });
    const trees = fc.array(conditionArbitrary(subject, names), { minLength: 1, maxLength: 8 });
    const property = fc.property(trees, asked, asked, (roots, first, second) => {
      const criteria = criteriaOf(roots, catalogue, subject);
      const one = statement(criteria, first, segments);
      const other = statement(criteria, second, segments);

      expect(other.sql).toBe(one.sql);
      expect(one.valuesFor(second)).toEqual(other.values);
      expect(numbersIn(one.sql)).toEqual(one.values.map((_, index) => index + 1));
    });
    fc.assert(property, { numRuns: 300 });
  },
);

test("a literal that equals the instant, a window's start or the members is a parameter of its own", () => {
  const texts = [
    'customer.since < timestamp("2026-03-01T12:00:00Z")',
    'customer.since < timestamp("2026-02-22T12:00:00Z")',
    'orders.within("7d").any()',
    "customer.visits in [1, 2]",
  ];
  const criteria = texts.map((text) => parseCriteria(text, catalogue));
  const equal = { asOf: new Date("2026-03-01T12:00:00Z"), members: [1n, 2n] };
  const apart = { asOf: new Date("2026-07-01T12:00:00Z"), members: [7n] };

  expect(statement(criteria, equal).sql).toBe(statement(criteria, apart).sql);
});
