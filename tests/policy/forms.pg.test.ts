import fc from "fast-check";
import { expect, test } from "vitest";
import { GIVEN_FORMS } from "../../src/modules/policy/forms/form.ts";
import { compileAccess, formOfRank } from "../../src/modules/policy/index.ts";
import type { Access, Form, GivenForm } from "../../src/modules/policy/index.ts";
import { must } from "../../src/kernel/index.ts";
import { testDatabase, testScope } from "../support/database.ts";
import { Collected, createPolicyTables, loadRows, policyOf } from "./agreement.ts";
import { INSTANT, policyCatalogue, testRecipient } from "./world.ts";
import type { PolicyRow, RowValue } from "./world.ts";
import type { Transaction } from "../../src/platform/postgres/index.ts";

/** Whoever may have everything in one form, and has it in the next lower one where a field lacks it. */
function accessIn(form: GivenForm): Access {
  return compileAccess({
    catalogue: policyCatalogue,
    set: {
      sha256: "",
      policies: [policyOf(`permit (principal, action == Action::"${form}", resource);`)],
    },
    recipient: testRecipient("care"),
    purpose: "analytics",
    at: INSTANT,
    pseudonymKey: (context) => Buffer.from(context.padEnd(32).slice(0, 32)),
  });
}

const text = fc
  .oneof(
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constantFrom("a@b.de", "@", "a@@b", "Anna Maria  Weiß", " x", "SW1A 1AA", "10115", "1"),
  )
  .filter((value) => value.isWellFormed() && !value.includes("\0"));

/** Of any size, with as many digits behind the point as the contract says. */
const decimal = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 14n - 1n }), fc.nat(14), fc.nat(9999))
  .map(([isNegative, whole, cut, fraction]) => {
    const amount = `${whole / 10n ** BigInt(cut)}.${String(fraction).padStart(4, "0")}`;
    return isNegative && /[1-9]/u.test(amount) ? `-${amount}` : amount;
  });

const day = fc
  .date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
  .map((date) => date.toISOString());

const row: fc.Arbitrary<Readonly<Record<string, RowValue>>> = fc.record({
  email: text,
  phone: text,
  name: text,
  country: text,
  postal_code: text,
  city: text,
  note: text,
  plan: fc.constantFrom("basic", "plus"),
  visits: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  balance: decimal,
  latitude: decimal,
  vip: fc.boolean(),
  birth_date: day.map((date) => date.slice(0, 10)),
  since: day.map((date) => date.replace("Z", "123Z")),
});

interface GivenValue {
  readonly field: string;
  readonly form: Form;
  readonly value: string | null;
}

const customers = must(policyCatalogue.datasets[1], "the customers");
const NAMES = customers.fields
  .map(({ name }) => name)
  .filter((name) => !["account_no", "tags"].includes(name));

/** Every field of every customer in its form, as PostgreSQL gives it. */
async function formsInSql(tx: Transaction, access: Access): Promise<GivenValue[][]> {
  const parameters = new Collected();
  const target = { dataset: customers.name, row: "c", customer: "c", parameters };
  const columns = NAMES.map(
    (name) => `${access.rank(target, name)}::text, ${access.value(target, name)}`,
  );
  const found = await tx.rows<{ given: (string | null)[] }>(
    `select array[${columns.join(", ")}] as given from customers c order by c._id`,
    parameters.values,
  );
  return found.map(({ given }) =>
    NAMES.map((field, at) => ({
      field,
      form: formOfRank(Number(given[2 * at])),
      value: given[2 * at + 1] ?? null,
    })),
  );
}

/** The same in Node, in the forms that the database chose. */
function formsInNode(
  access: Access,
  fields: PolicyRow["fields"],
  given: readonly GivenValue[],
): GivenValue[] {
  return given.map(({ field, form }) => {
    const value = fields[field] ?? null;
    const asText = value === null ? null : String(value);
    return { field, form, value: access.inForm(customers.name, field, { form, text: asText }) };
  });
}

test("a field has the same form in SQL as in Node, whatever its value", async () => {
  await using database = await testDatabase();
  const scope = await testScope(database.db);
  await createPolicyTables(database.db, scope);
  const seen = new Set<Form>();

  const property = fc.asyncProperty(
    fc.array(row, { minLength: 20, maxLength: 20 }),
    async (all) => {
      const rows: PolicyRow[] = all.map((fields, index) => ({
        id: index + 1,
        fields: { customer_no: `c${index}`, ...fields },
        consents: [],
      }));
      await database.db.scoped(scope, async (tx) => {
        await loadRows(tx, rows);
        for (const form of GIVEN_FORMS) {
          const access = accessIn(form);
          for (const [index, found] of (await formsInSql(tx, access)).entries()) {
            expect(found).toEqual(formsInNode(access, rows[index]?.fields ?? {}, found));
            found.forEach((one) => seen.add(one.form));
          }
        }
      });
    },
  );
  await fc.assert(property, { numRuns: 15, endOnFailure: true });
  expect(seen).toEqual(new Set(["clear", "partial", "bucket", "pseudonym", "absent"]));
}, 60_000);
