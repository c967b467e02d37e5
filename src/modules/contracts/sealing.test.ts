import { expect, test } from "vitest";
import { InvalidInputError } from "../../kernel/index.ts";
import type { Issue } from "../../kernel/index.ts";
import {
  contractBytes,
  fieldOf,
  sampleContract,
  waybill,
} from "../../../tests/contracts/sample-contract.ts";
import type { ContractDocument } from "../../../tests/contracts/sample-contract.ts";
import { createStatements } from "./ddl.ts";
import { customerDataset, indexedAs, parseContract, tablesOf } from "./index.ts";
import type { Catalogue } from "./index.ts";
import { catalogueFromStored, storedFromCatalogue } from "./stored-catalogue.ts";

function catalogueAfter(change: (document: ContractDocument) => void): Catalogue {
  const document = sampleContract();
  change(document);
  return parseContract(contractBytes(document), "contract.yaml");
}

function issuesAfter(change: (document: ContractDocument) => void): readonly Issue[] {
  try {
    catalogueAfter(change);
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) {
      return error.issues;
    }
    throw error;
  }
}

/** The names of the sealed fields, as `dataset.field`. */
function sealedOf(catalogue: Catalogue): string[] {
  return catalogue.datasets.flatMap(({ name, fields }) =>
    fields.filter(({ sealed }) => sealed === true).map((field) => `${name}.${field.name}`),
  );
}

function say(
  document: ContractDocument,
  at: string,
  values: Readonly<Record<string, unknown>>,
): void {
  const found = fieldOf(document, at);
  found.customProperties = [...(found.customProperties ?? []), ...waybill(values)];
}

test("a field of a sensitive category, or of one below it, is sealed without a word", () => {
  const catalogue = catalogueAfter((document) => {
    say(document, "customers.notes", { category: "user.health_and_medical.genetic" });
    say(document, "customers.plan", { category: "user.financial" });
    say(document, "customers.tags", { category: "user.financial.credit_card" });
  });

  expect(sealedOf(catalogue)).toEqual(["customers.tags", "customers.notes"]);
});

test("a field says for itself whether it is sealed, and the contract which categories are", () => {
  const catalogue = catalogueAfter((document) => {
    document.customProperties.push(...waybill({ sealedCategories: ["user.contact"] }));
    say(document, "customers.email", { sealed: false });
    say(document, "customers.notes", { category: "user.contact.phone_number" });
    say(document, "customers.born", { sealed: true });
    say(document, "customers.plan", { category: "user.government_id" });
  });

  expect(sealedOf(catalogue)).toEqual(["customers.born", "customers.notes"]);
});

test("a stored catalogue knows which fields are sealed", () => {
  const catalogue = catalogueAfter((document) => {
    say(document, "customers.email", { sealed: true });
  });

  const read = catalogueFromStored(JSON.parse(storedFromCatalogue(catalogue)));

  expect(read).toEqual(catalogue);
  expect(sealedOf(read)).toEqual(["customers.email"]);
});

test("a sealed field is a column of bytes without a check, and an identifier's index is blind", () => {
  const catalogue = catalogueAfter((document) => {
    say(document, "customers.email", { sealed: true });
    say(document, "customers.plan", { sealed: true });
  });

  const statements = tablesOf(catalogue).flatMap((table) => createStatements(table));

  const records = statements.find((text) => text.startsWith('create table "customers__records"'));
  expect(records).toContain('"email" bytea');
  expect(records).toContain('"plan" bytea');
  expect(records).not.toContain("check (");
  expect(statements).toContainEqual(
    'create index "customers__records__email_idx" on "customers__records"' +
      ' ((substring("email" for 16))) where "email" is not null',
  );
});

test("an event refers to its customer in the way the customer's field is stored", () => {
  const both = catalogueAfter((document) => {
    say(document, "customers.customer_id", { sealed: true });
    say(document, "orders.customer_id", { sealed: true });
  });
  const [issue] = issuesAfter((document) =>
    say(document, "customers.customer_id", { sealed: true }),
  );

  const dataset = both.datasets.find(({ name }) => name === "orders");
  expect(dataset && indexedAs(dataset, "customer_id")).toEqual({
    dataset: "customers",
    field: "customer_id",
  });
  expect(issue).toMatchObject({
    message: expect.stringContaining("the clear one would show what the sealed one hides"),
    hint: "give both the same waybill.sealed, true or false",
  });
});

test("what a sealed field cannot do is refused where it is asked for", () => {
  const issues = issuesAfter((document) => {
    say(document, "customers.notes", { sealed: true, survivorship: "longest" });
    say(document, "orders.ordered_on", { sealed: true });
    document.customProperties.push(...waybill({ sealedCategories: ["secrets.state"] }));
  });

  expect(issues.map(({ message }) => message)).toEqual([
    "the category is no fideslang data category",
    "the field is sealed, so nobody can tell which of its values is the longest",
    "the field is sealed, and events are placed in time by it",
  ]);
  expect(issues.every(({ line }) => line !== undefined)).toBe(true);
});

test("a field whose values look equal for one person only can be no key, identifier, reference or majority", () => {
  const catalogue = catalogueAfter((document) =>
    say(document, "customers.plan", { sealed: "subject" }),
  );
  const messages = issuesAfter((document) => {
    say(document, "customers.notes", { sealed: "subject", survivorship: "majority" });
    say(document, "orders.order_id", { sealed: "subject" });
    say(document, "orders.customer_id", { sealed: "subject" });
    say(document, "accounts.company", { sealed: "subject", identifier: true });
  }).map(({ message }) => message);

  const customers = customerDataset(catalogue);
  expect(customers && indexedAs(customers, "plan")).toEqual({
    dataset: "customers",
    field: "plan",
    equality: "subject",
  });
  expect(catalogueFromStored(JSON.parse(storedFromCatalogue(catalogue)))).toEqual(catalogue);
  expect(messages.toSorted()).toEqual([
    "rows are told apart by this field, and its values look equal for one person only",
    "rows are told apart by this field, and its values look equal for one person only",
    "the field refers to another, and its values look equal for one person only",
    "the values of several records look different, so that no majority can be told",
  ]);
});
