import fc from "fast-check";
import { expect, test } from "vitest";
import { compileAccess } from "../../src/modules/policy/index.ts";
import type { Access } from "../../src/modules/policy/index.ts";
import { rankOf } from "../../src/modules/policy/forms/form.ts";
import { knownRow } from "../../src/modules/policy/compile/known-row.ts";
import { Deliberation } from "../../src/modules/policy/compile/permission.ts";
import { askingOf } from "../../src/modules/policy/compile/request.ts";
import { parsePolicy } from "../../src/modules/policy/cedar/engine.ts";
import { readExpression } from "../../src/modules/policy/cedar/expression.ts";
import type { Policy } from "../../src/modules/policy/cedar/policy.ts";
import { spell } from "../../src/modules/policy/cedar/spell.ts";
import { must } from "../../src/kernel/index.ts";
import { Collected, policyOf, textsOf } from "./agreement.ts";
import { conditionArbitrary, policyArbitrary, quoted } from "./policy-arbitrary.ts";
import { INSTANT, RECIPIENTS, policyCatalogue, rowsArbitrary } from "./world.ts";
import type { PolicyRow } from "./world.ts";

const asking = {
  recipient: must(RECIPIENTS[0], "there is one"),
  purpose: "analytics",
  at: INSTANT,
};

/** How telling each field of a customer is under some policies. */
function ranks(policies: readonly Policy[], { fields, consents }: PolicyRow): number[] {
  const row = knownRow(policyCatalogue, {
    customer: textsOf(fields),
    account: {},
    consents: (channel, purpose) =>
      consents.some((one) => one.channel === channel && one.purpose === purpose),
  });
  const known = askingOf(policyCatalogue, { ...asking, row });
  const deliberation = new Deliberation(policies, known);
  return policyCatalogue.datasets.flatMap((dataset) =>
    dataset.fields.map((field) => {
      const [rule] = deliberation.rules({ dataset, field });
      return rankOf(rule?.form ?? "absent");
    }),
  );
}

function access(policies: readonly Policy[]): Access {
  return compileAccess({
    ...asking,
    catalogue: policyCatalogue,
    set: { sha256: "", policies },
    pseudonymKey: () => Buffer.alloc(32, 7),
  });
}

test("another forbid never makes any field of anybody more telling", () => {
  fc.assert(
    fc.property(
      fc
        .tuple(
          fc.array(policyArbitrary("permit"), { minLength: 1, maxLength: 4 }),
          fc.array(policyArbitrary("forbid"), { maxLength: 2 }),
        )
        .map((all) => all.flat()),
      policyArbitrary("forbid"),
      rowsArbitrary(3),
      (texts, another, rows) => {
        const before = texts.map(policyOf);
        const after = [...before, policyOf(another)];
        for (const row of rows) {
          const now = ranks(before, row);
          for (const [index, rank] of ranks(after, row).entries()) {
            expect(rank).toBeLessThanOrEqual(now[index] ?? 0);
          }
        }
      },
    ),
    { numRuns: 25 },
  );
});

test("without a permit nobody has anything, whatever is forbidden", () => {
  fc.assert(
    fc.property(
      fc.array(policyArbitrary("forbid"), { maxLength: 4 }),
      rowsArbitrary(1),
      (texts, rows) => {
        for (const row of rows) {
          expect(new Set(ranks(texts.map(policyOf), row))).toEqual(new Set([0]));
        }
      },
    ),
    { numRuns: 30 },
  );
});

test("nothing that a policy says reaches SQL as text", () => {
  const marked = fc
    .string({
      unit: fc.constantFrom("'", '"', ";", "-", "$", "\\", "%", "x", ")", "*"),
      maxLength: 8,
    })
    .map((text) => `MARK${text}`);
  fc.assert(
    fc.property(marked, marked, (one, other) => {
      const policy = policyOf(
        `permit (principal, action, resource) when {
           context.customer.country == ${quoted(one)} || context.customer.city like ${quoted(other)} ||
           context.customer.tags.contains(${quoted(one)}) ||
           [${quoted(one)}, ${quoted(other)}].contains(context.account.industry) ||
           context.customer.tags.containsAny([${quoted(other)}]) };`,
      );
      const parameters = new Collected();
      const target = { dataset: "customers", row: "c", customer: "c", parameters };
      const made = access([policy]);
      const sql = [
        made.rowCondition(target),
        made.value(target, "email"),
        made.rank(target, "name"),
      ];

      expect(sql.join(" ")).not.toContain("MARK");
      expect(JSON.stringify(parameters.values)).toContain("MARK");
    }),
    { numRuns: 50 },
  );
});

test("whatever the policies are, their SQL is made of the catalogue's names and of nothing quoted", () => {
  fc.assert(
    fc.property(fc.array(policyArbitrary("permit"), { minLength: 1, maxLength: 3 }), (texts) => {
      const parameters = new Collected();
      const target = { dataset: "customers", row: "c", customer: "c", parameters };
      const sql = access(texts.map(policyOf)).rowCondition(target);
      const columns = policyCatalogue.datasets.flatMap(({ name, fields }) => [
        name,
        ...fields.map((field) => field.name),
      ]);
      const named = [...sql.matchAll(/"([^"]*)"/gu)].map(([, name]) => name);

      expect([...columns, "customers__records", "C"]).toEqual(expect.arrayContaining(named));
      // Texts in the SQL are those of its own words: a day, a channel, a point, a collation.
      const literals = [...sql.matchAll(/'([^']*)'/gu)].map(([, own]) => own);
      expect(["1970-01-01", "any", "."]).toEqual(expect.arrayContaining(literals));
    }),
    { numRuns: 60 },
  );
});

test("a condition that is spelled out and read again is the same condition", () => {
  fc.assert(
    fc.property(conditionArbitrary, (condition) => {
      const spelled = spell(bodyOf(condition));
      expect(spell(bodyOf(spelled))).toBe(spelled);
    }),
    { numRuns: 150 },
  );
});

function bodyOf(condition: string) {
  const parsed = parsePolicy(`permit (principal, action, resource) when { ${condition} };`);
  const json = must(parsed.ok ? parsed.value : undefined, condition);
  return readExpression(must(json.conditions[0], "it was written").body);
}
