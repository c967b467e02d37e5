/** Random catalogues that share names, so that two of them differ in every way that contracts can. */
import fc from "fast-check";
import type { Catalogue, Dataset, Field, FieldType } from "../../src/modules/contracts/index.ts";

/** Names that SQL reserves, that are as long as can be, and that look like those Waybill makes. */
const FIELD_NAMES = [
  "a",
  "b",
  "select",
  "records",
  "records__id",
  "pkey",
  "x".repeat(59),
  `${"x".repeat(58)}y`,
];
const EVENT_NAMES = ["orders", "table", "y".repeat(40), `${"y".repeat(39)}z`];
const VALUES = ["small", "it's", 'a "quoted" one', "back\\slash", "größer", "$1", "--"];

const type: fc.Arbitrary<FieldType> = fc.oneof(
  fc.constantFrom<FieldType>(
    { kind: "text" },
    { kind: "integer" },
    { kind: "boolean" },
    { kind: "date" },
    { kind: "timestamp" },
    { kind: "text-list" },
  ),
  fc.tuple(fc.integer({ min: 1, max: 38 }), fc.nat(38)).map(([precision, scale]): FieldType => {
    return { kind: "decimal", precision, scale: Math.min(precision, scale) };
  }),
  fc
    .uniqueArray(fc.constantFrom(...VALUES), { minLength: 1 })
    .map((values): FieldType => ({ kind: "enum", values })),
);

const field: fc.Arbitrary<Field> = fc.record({
  name: fc.constantFrom(...FIELD_NAMES),
  title: fc.constantFrom("Title", "Other"),
  description: fc.constant(""),
  type,
  rules: fc.record({ required: fc.boolean() }),
  category: fc.constantFrom(undefined, "user.name"),
  normaliser: fc.constantFrom(undefined, "trim" as const),
  survivorship: fc.constantFrom("most-recent" as const, "longest" as const),
  identifier: fc.boolean(),
  erasure: fc.constantFrom("delete" as const, "hash" as const),
});

const key: Field = {
  name: "id",
  title: "id",
  description: "",
  type: { kind: "text" },
  rules: { required: true },
  category: undefined,
  normaliser: undefined,
  survivorship: "most-recent",
  identifier: true,
  erasure: "delete",
};

const fields = fc
  .uniqueArray(field, { maxLength: 8, selector: ({ name }) => name })
  .map((others) => [key, ...others]);

function base(name: string) {
  return {
    name: fc.constant(name),
    title: fc.constantFrom("Title", "Other"),
    description: fc.constant(""),
    fields,
    key: fc.constant(["id"]),
    rowRules: fc.constantFrom([], [{ id: "r", expression: "row.a == 1", message: "m" }]),
  };
}

const customers: fc.Arbitrary<Dataset> = fc.record({
  kind: fc.constant("customer" as const),
  ...base("customers"),
  account: fc.constant(undefined),
});

const others = EVENT_NAMES.map((name): fc.Arbitrary<Dataset | undefined> => {
  const subject = { field: "id", dataset: "customers", target: "id" };
  const event: fc.Arbitrary<Dataset> = fc.record({
    kind: fc.constant("event" as const),
    ...base(name),
    eventTime: fc.constant("id"),
    subject: fc.constant(subject),
    createsCustomers: fc.boolean(),
  });
  const account: fc.Arbitrary<Dataset> = fc.record({
    kind: fc.constant("account" as const),
    ...base(name),
  });
  return fc.oneof(fc.constant(undefined), event, event, account);
});

/** A catalogue; its version and hash are the caller's to choose. */
export const arbitraryCatalogue: fc.Arbitrary<Catalogue> = fc
  .tuple(customers, ...others)
  .map((datasets) => ({
    client: "telecom",
    contractId: "c",
    contractVersion: "1.0.0",
    contractSha256: "00",
    timeZone: "UTC",
    defaultCountry: "DE",
    currency: "EUR",
    minimumCount: 10,
    purposes: ["sales"],
    datasets: datasets.filter((dataset) => dataset !== undefined),
  }));
