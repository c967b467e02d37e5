import { expect, test } from "vitest";
import { testCatalogue, customers, testField } from "../../../../tests/support/catalogue.ts";
import type { Field } from "../../contracts/index.ts";
import { modelFields } from "./model-fields.ts";

const text = { kind: "text" } as const;

function fieldsOf(...fields: readonly Field[]): readonly (readonly [string, readonly string[]])[] {
  const dataset = { ...customers, key: ["customer_no"], fields };
  return modelFields(dataset, testCatalogue).map(({ kind, columns }) => [kind, columns]);
}

test("a field's category says what it is, and the longer key before the shorter", () => {
  expect(
    fieldsOf(
      testField("a", text, { category: "user.name.first" }),
      testField("b", text, { category: "user.name" }),
      testField("c", { kind: "date" }, { category: "user.demographic.date_of_birth" }),
      testField("d", text, { category: "user.government_id.passport_number" }),
      testField("e", text, { category: "user.contact.address.postal_code" }),
    ),
  ).toEqual([
    ["given-name", ["a"]],
    ["full-name", ["b"]],
    ["date", ["c"]],
    ["identifier", ["d"]],
    ["postal-code", ["e"]],
  ]);
});

test("without a category the normaliser and the name say it", () => {
  expect(
    fieldsOf(
      testField("first_name", text, { normaliser: "person-name" }),
      testField("surname", text, { normaliser: "person-name" }),
      testField("name", text, { normaliser: "person-name" }),
      testField("firm", text, { normaliser: "company-name" }),
      testField("birth_date", { kind: "date" }),
    ),
  ).toEqual([
    ["given-name", ["first_name"]],
    ["family-name", ["surname"]],
    ["full-name", ["name"]],
    ["company-name", ["firm"]],
    ["date", ["birth_date"]],
  ]);
});

test("several telephones are one field with several values", () => {
  expect(
    fieldsOf(
      testField("mobile", text, { category: "user.contact.phone_number" }),
      testField("city", text, { category: "user.contact.address.city" }),
      testField("landline", text, { normaliser: "phone" }),
    ),
  ).toEqual([
    ["phone", ["mobile", "landline"]],
    ["place", ["city"]],
  ]);
});

test("latitude and longitude are one place", () => {
  const decimal = { kind: "decimal", precision: 9, scale: 6 } as const;

  expect(
    fieldsOf(
      testField("latitude", decimal, { category: "user.location.precise" }),
      testField("longitude", decimal, { category: "user.location.precise" }),
    ),
  ).toEqual([["coordinates", ["latitude", "longitude"]]]);
});

test("keys of a source, amounts, dates that are no birthday and texts of any content are no evidence", () => {
  expect(
    fieldsOf(
      testField("customer_no", text, { identifier: true, category: "user.government_id" }),
      testField("crm_id", text, { identifier: true, category: "user.unique_id" }),
      testField("balance", { kind: "decimal", precision: 9, scale: 2 }),
      testField("joined_on", { kind: "date" }),
      testField("notes", text),
      testField("born", text, { category: "user.demographic.date_of_birth" }),
    ),
  ).toEqual([]);
});

test("a field called name is called otherwise, for the person's whole name is prepared under that", () => {
  const [field] = modelFields(
    { ...customers, fields: [testField("name", text, { normaliser: "person-name" })] },
    testCatalogue,
  );

  expect(field).toMatchObject({ name: "full_name", columns: ["name"] });
});

test("the account that a contact refers to is a group, whatever its category says", () => {
  expect(
    fieldsOf(
      testField("company", text, { category: "user.contact.organization" }),
      testField("employer", text, { category: "user.contact.organization" }),
    ),
  ).toEqual([
    ["category", ["company"]],
    ["company-name", ["employer"]],
  ]);
});

test("a sealed field is compared by whether two values are the same, whatever its category is", () => {
  expect(
    fieldsOf(
      testField("passport", text, { category: "user.government_id", sealed: true }),
      testField("phone", text, { normaliser: "phone", sealed: true }),
      testField("birth_date", { kind: "date" }, { sealed: true }),
      testField("diagnosis", text, { category: "user.health_and_medical", sealed: true }),
      testField("firm", text, { normaliser: "company-name" }),
    ),
  ).toEqual([
    ["sealed", ["passport"]],
    ["sealed", ["phone"]],
    ["sealed", ["birth_date"]],
    ["company-name", ["firm"]],
  ]);
});
