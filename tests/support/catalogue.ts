/** A small catalogue for tests: people with two identifiers, their companies, and their orders. */
import type {
  AccountDataset,
  Catalogue,
  CustomerDataset,
  EventDataset,
  Field,
  FieldType,
} from "../../src/modules/contracts/index.ts";

export function testField(name: string, type: FieldType, more: Partial<Field> = {}): Field {
  return {
    name,
    title: name,
    description: "",
    type,
    rules: { required: false },
    category: undefined,
    normaliser: undefined,
    survivorship: "most-recent",
    identifier: false,
    erasure: "delete",
    ...more,
  };
}

const text: FieldType = { kind: "text" };

export const companies: AccountDataset = {
  kind: "account",
  name: "companies",
  title: "Companies",
  description: "",
  fields: [testField("company_no", text, { identifier: true }), testField("industry", text)],
  key: ["company_no"],
  rowRules: [],
};

export const customers: CustomerDataset = {
  kind: "customer",
  name: "customers",
  title: "Customers",
  description: "",
  fields: [
    testField("customer_no", text, { identifier: true }),
    testField("email", text, { identifier: true }),
    testField("name", text, { survivorship: "longest", normaliser: "person-name" }),
    testField("city", text, { survivorship: "most-trusted" }),
    testField("plan", text, { survivorship: "majority" }),
    testField("phone", text, { survivorship: "most-complete" }),
    testField("tags", { kind: "text-list" }),
    testField("balance", { kind: "decimal", precision: 12, scale: 2 }),
    testField("company", text),
  ],
  key: ["customer_no"],
  rowRules: [],
  account: { field: "company", dataset: "companies", target: "company_no" },
};

export const orders: EventDataset = {
  kind: "event",
  name: "orders",
  title: "Orders",
  description: "",
  fields: [
    testField("customer", text),
    testField("ordered_on", { kind: "date" }),
    testField("amount", { kind: "decimal", precision: 12, scale: 2 }),
  ],
  key: [],
  rowRules: [],
  eventTime: "ordered_on",
  subject: { field: "customer", dataset: "customers", target: "customer_no" },
  createsCustomers: false,
};

/** Like orders, but each has a number of its own, and an unknown customer is created. */
export const tickets: EventDataset = {
  ...orders,
  name: "tickets",
  title: "Tickets",
  fields: [testField("ticket_no", text), ...orders.fields],
  key: ["ticket_no"],
  createsCustomers: true,
};

export const testCatalogue: Catalogue = {
  client: "acme",
  contractId: "acme",
  contractVersion: "1.0.0",
  contractSha256: "0".repeat(64),
  timeZone: "UTC",
  defaultCountry: "DE",
  currency: "EUR",
  minimumCount: 10,
  purposes: [],
  datasets: [companies, customers, orders, tickets],
};
