/** A contract with every type of field, recipients, and rows with few different values and many gaps. */
import fc from "fast-check";
import type {
  AccountDataset,
  Catalogue,
  CustomerDataset,
  EventDataset,
  FieldType,
} from "../../src/modules/contracts/index.ts";
import { CONSENT_CHANNELS } from "../../src/modules/criteria/index.ts";
import type { Recipient } from "../../src/modules/policy/index.ts";
import { testCatalogue, testField } from "../support/catalogue.ts";

const text: FieldType = { kind: "text" };
const integer: FieldType = { kind: "integer" };
const decimal: FieldType = { kind: "decimal", precision: 18, scale: 4 };

const accounts: AccountDataset = {
  kind: "account",
  name: "accounts",
  title: "Accounts",
  description: "",
  fields: [
    testField("account_no", text, { identifier: true, category: "user.unique_id" }),
    testField("industry", text, { category: "user.workplace" }),
    testField("employees", integer, { category: "user.workplace" }),
  ],
  key: ["account_no"],
  rowRules: [],
};

const customers: CustomerDataset = {
  kind: "customer",
  name: "customers",
  title: "Customers",
  description: "",
  fields: [
    testField("customer_no", text, { identifier: true, category: "user.unique_id" }),
    testField("account_no", text, { category: "user.workplace" }),
    testField("email", text, { category: "user.contact.email", normaliser: "email" }),
    testField("phone", text, { category: "user.contact.phone_number" }),
    testField("name", text, { category: "user.name", normaliser: "person-name" }),
    testField("country", text, { category: "user.contact.address.country" }),
    testField("postal_code", text, { category: "user.contact.address.postal_code" }),
    testField("city", text, { category: "user.contact.address.city" }),
    testField("plan", { kind: "enum", values: ["basic", "plus"] }, { category: "user.account" }),
    testField("visits", integer, { category: "user.behavior" }),
    testField("balance", decimal, { category: "user.financial" }),
    testField("latitude", decimal, { category: "user.location.precise" }),
    testField("vip", { kind: "boolean" }, { category: "user.account" }),
    testField("birth_date", { kind: "date" }, { category: "user.demographic.date_of_birth" }),
    testField("since", { kind: "timestamp" }, { category: "user.account" }),
    testField("tags", { kind: "text-list" }, { category: "user.behavior" }),
    testField("note", text),
  ],
  key: ["customer_no"],
  rowRules: [],
  account: { field: "account_no", dataset: "accounts", target: "account_no" },
};

const tickets: EventDataset = {
  kind: "event",
  name: "tickets",
  title: "Tickets",
  description: "",
  fields: [
    testField("customer_no", text, { category: "user.unique_id" }),
    testField("opened_at", { kind: "timestamp" }, { category: "user.behavior" }),
    testField("body", text, { category: "user.content.private" }),
  ],
  key: [],
  rowRules: [],
  eventTime: "opened_at",
  subject: { field: "customer_no", dataset: "customers", target: "customer_no" },
  createsCustomers: false,
};

export const PURPOSES = ["marketing.communications.email", "essential.service", "analytics"];

export const policyCatalogue: Catalogue = {
  ...testCatalogue,
  timeZone: "Europe/Berlin",
  purposes: PURPOSES,
  datasets: [accounts, customers, tickets],
};

/** A recipient that may have everything for every purpose, as far as its agreement goes. */
export function testRecipient(name: string, more: Partial<Recipient> = {}): Recipient {
  return {
    recipient: name,
    name,
    kind: "team",
    jurisdiction: "DE",
    transferMechanism: "none-needed",
    agreement: {
      id: "A-1",
      version: "1",
      from: "2026-01-01",
      until: "2026-12-31",
      purposes: PURPOSES,
      categories: ["user"],
      jurisdictions: ["DE", "US"],
      retention: "P30D",
      contacts: [],
    },
    members: ["cli:*"],
    ...more,
  };
}

export const RECIPIENTS: readonly Recipient[] = [
  testRecipient("care"),
  testRecipient("partner", { kind: "partner", jurisdiction: "US", transferMechanism: "scc" }),
];

/** Texts that would do harm if any of them were taken for SQL, for a pattern, or for Cedar. */
export const TEXTS = [
  "DE",
  "US",
  "a",
  "a.b@example.com",
  "",
  "it's",
  '"; drop table customers; --',
  "100%",
  "a_b",
  "back\\slash",
  "Größe",
  "𝒳y",
  "$1",
  "*",
];

export type RowValue = string | number | boolean | readonly string[] | null;

/** A customer, its account, and what it consents to by channel, exactly. */
export interface PolicyRow {
  readonly id: number;
  readonly fields: Readonly<Record<string, RowValue>>;
  readonly consents: readonly { readonly channel: string; readonly purpose: string }[];
}

function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.option(arbitrary, { freq: 4 });
}

/** Decimal texts with two digits, as the contract has them. */
export const AMOUNTS = ["0.00", "1.50", "-1.50", "99.99", "100.00", "123456789012.34"];
export const DAYS = ["1970-01-01", "1969-12-31", "2000-02-29", "2026-06-30", "2026-07-01"];
export const INSTANTS = [
  "1969-12-31T23:59:59.999999Z",
  "1970-01-01T00:00:00.000000Z",
  "2026-06-30T22:00:00.000000Z",
  "2026-07-01T12:00:00.000500Z",
  "2026-07-01T12:00:00.001000Z",
];
export const LONGS = [0, 1, -1, 7, 100, 9007199254740991, -9007199254740991];

const someText = fc.constantFrom(...TEXTS);

const customerFields = fc.record({
  account_no: maybe(fc.constantFrom("acc1", "acc2", "acc9")),
  email: maybe(someText),
  phone: maybe(someText),
  name: maybe(someText),
  country: maybe(fc.constantFrom("DE", "US", "FR")),
  postal_code: maybe(someText),
  city: maybe(someText),
  plan: maybe(fc.constantFrom("basic", "plus")),
  visits: maybe(fc.constantFrom(...LONGS)),
  balance: maybe(fc.constantFrom(...AMOUNTS)),
  latitude: maybe(fc.constantFrom("52.52", "-0.05", "7.00")),
  vip: maybe(fc.boolean()),
  birth_date: maybe(fc.constantFrom(...DAYS)),
  since: maybe(fc.constantFrom(...INSTANTS)),
  tags: maybe(fc.uniqueArray(someText, { maxLength: 3 })),
  note: maybe(someText),
});

const consents = fc.uniqueArray(
  fc.record({
    channel: fc.constantFrom(...CONSENT_CHANNELS),
    purpose: fc.constantFrom("marketing", "marketing.communications.email", "analytics"),
  }),
  { maxLength: 2, selector: ({ channel, purpose }) => `${channel} ${purpose}` },
);

/** Customers numbered from 1. */
export function rowsArbitrary(count: number): fc.Arbitrary<readonly PolicyRow[]> {
  const one = fc.record({ fields: customerFields, consents });
  return fc.array(one, { minLength: count, maxLength: count }).map((rows) =>
    rows.map((row, index) => ({
      id: index + 1,
      fields: { customer_no: `c${index + 1}`, ...row.fields },
      consents: row.consents,
    })),
  );
}

export const ACCOUNTS: readonly Readonly<Record<string, RowValue>>[] = [
  { account_no: "acc1", industry: "it's", employees: 7 },
  { account_no: "acc2", industry: null, employees: 9007199254740991 },
];

export const INSTANT = new Date("2026-07-01T12:00:00.000Z");
