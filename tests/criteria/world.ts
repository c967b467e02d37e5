/**
 * A contract with every type of field, and random data for it: few different values, so that equality,
 * boundaries and missing values meet often.
 */
import { createHash } from "node:crypto";
import fc from "fast-check";
import type {
  AccountDataset,
  Catalogue,
  CustomerDataset,
  EventDataset,
  FieldType,
} from "../../src/modules/contracts/index.ts";
import type { ConsentChannel } from "../../src/modules/criteria/index.ts";
import { testCatalogue, testField } from "../support/catalogue.ts";

const text: FieldType = { kind: "text" };
const integer: FieldType = { kind: "integer" };
const decimal: FieldType = { kind: "decimal", precision: 20, scale: 4 };

const accounts: AccountDataset = {
  kind: "account",
  name: "accounts",
  title: "Accounts",
  description: "",
  fields: [
    testField("account_no", text, { identifier: true, sealed: true }),
    testField("industry", text),
    testField("employees", integer),
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
    testField("customer_no", text, { identifier: true }),
    testField("account_no", text, { sealed: true }),
    testField("city", text),
    testField("nickname", text),
    testField("plan", { kind: "enum", values: ["basic", "plus"] }),
    testField("visits", integer),
    testField("points", integer),
    testField("balance", decimal),
    testField("lat", decimal),
    testField("lon", decimal),
    testField("vip", { kind: "boolean" }),
    testField("birth_date", { kind: "date" }),
    testField("since", { kind: "timestamp" }),
    testField("tags", { kind: "text-list" }),
  ],
  key: ["customer_no"],
  rowRules: [],
  account: { field: "account_no", dataset: "accounts", target: "account_no" },
};

function eventDataset(name: string): EventDataset {
  return {
    kind: "event",
    name,
    title: `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    description: "",
    fields: [
      testField("amount", decimal),
      testField("quantity", integer),
      testField("channel", text),
      testField("due", { kind: "date" }),
      testField("seen_at", { kind: "timestamp" }),
      testField("paid", { kind: "boolean" }),
      testField("code", text, { sealed: true }),
    ],
    key: [],
    rowRules: [],
    eventTime: "seen_at",
    subject: { field: "channel", dataset: "customers", target: "customer_no" },
    createsCustomers: false,
  };
}

/** The contract of the property tests, in any time zone. */
export function worldCatalogue(timeZone: string): Catalogue {
  return {
    ...testCatalogue,
    timeZone,
    purposes: ["marketing.communications.email", "analytics.reporting"],
    datasets: [accounts, customers, eventDataset("orders"), eventDataset("tickets")],
  };
}

/** A field's value as data: numbers and instants in their text form, exact. */
export type Datum = string | boolean | readonly string[] | null;
export type Data = Readonly<Record<string, Datum>>;

export interface EventData {
  readonly id: number;
  /** RFC 3339 in UTC with microseconds. */
  readonly at: string;
  readonly fields: Data;
}

export interface CustomerData {
  readonly id: number;
  readonly fields: Data;
  readonly orders: readonly EventData[];
  readonly tickets: readonly EventData[];
  /** Buckets of scores, by name. */
  readonly scores?: Readonly<Record<string, number>> | undefined;
  /** In the order in which they were written down. */
  readonly statements?: readonly Statement[] | undefined;
}

export interface Statement {
  readonly purpose: string;
  readonly channel: ConsentChannel;
  readonly granted: boolean;
  /** RFC 3339 in UTC. */
  readonly statedAt: string;
  readonly startsAt: string;
  /** Null: it holds until something else is stated. */
  readonly expiresAt: string | null;
  /** Which of the customer's records it belongs to. */
  readonly record: 0 | 1;
}

export interface Pin {
  readonly segment: string;
  readonly member: number;
  readonly direction: "in" | "out";
  /** RFC 3339 in UTC; null: it holds for ever. */
  readonly expiresAt: string | null;
}

export interface World {
  readonly timeZone: string;
  /** Instants to ask at: near those of the data, on its boundaries and beside them. */
  readonly clocks: readonly Date[];
  /** The first has the id 1. */
  readonly accounts: readonly Data[];
  readonly customers: readonly CustomerData[];
  /** Tickets that wait for their customer. */
  readonly waiting?: readonly EventData[] | undefined;
  /** Each in a segment that is called as its members' dataset. */
  readonly pins?: readonly Pin[] | undefined;
}

export const TEXTS = [
  "",
  "a",
  "A",
  "Berlin",
  "BERLIN",
  "straße",
  "ÀÉ",
  "ΣΑΣ",
  "😀",
  "a\nb",
  "%",
  "_",
  "x'y",
  '"; drop',
  "\\",
  "Ａ",
] as const;
export const DECIMALS = [
  "0",
  "1",
  "-1",
  "2.5",
  "0.1",
  "0.2",
  "0.3",
  "3",
  "10",
  "100.0001",
  "-7.25",
  "9999999999999999.9999",
  "-9999999999999999.9999",
] as const;
export const INTEGERS = [
  "0",
  "1",
  "-1",
  "2",
  "3",
  "5",
  "18",
  "30",
  "9223372036854775807",
  "-9223372036854775807",
] as const;
export const DATES = [
  "2004-02-29",
  "2000-02-29",
  "2003-03-01",
  "2003-02-28",
  "1990-12-31",
  "2025-03-30",
  "2025-10-26",
  "2025-11-30",
  "2026-02-28",
  "2026-03-01",
  "2026-03-02",
  "2024-02-29",
  "2030-01-01",
  "1815-12-10",
] as const;
/** Around clock changes, the ends of months, and each other. */
export const INSTANTS = [
  "2025-03-30T00:59:59.999Z",
  "2025-03-30T01:00:00.000Z",
  "2025-10-26T00:30:00.000Z",
  "2025-10-26T01:30:00.000Z",
  "2025-11-30T12:00:00.000Z",
  "2025-12-01T00:00:00.000Z",
  "2026-01-29T12:00:00.000Z",
  "2026-02-27T23:00:00.000Z",
  "2026-02-28T12:00:00.000Z",
  "2026-02-28T22:59:59.999Z",
  "2026-02-28T23:00:00.000Z",
  "2026-03-01T12:00:00.000Z",
  "2026-03-15T12:00:00.000Z",
  "2027-01-01T00:00:00.000Z",
] as const;
export const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Asia/Kolkata",
  "Pacific/Apia",
  "Africa/Cairo",
  // Midnight twice in October; no midnight but its last hour missing in March.
  "Atlantic/Azores",
  "America/Nuuk",
] as const;
export const SPANS_MS = [
  1,
  1_000,
  3_600_000,
  86_400_000,
  2 * 86_400_000,
  30 * 86_400_000,
  90 * 86_400_000,
] as const;

/** Patterns with what they mean, written for JavaScript by hand. */
export const PATTERNS: ReadonlyMap<string, RegExp> = new Map([
  ["^a", /^a/u],
  ["a$", /a$/u],
  ["[A-Z]+", /[A-Z]/u],
  ["^.$", /^[^\n]$/u],
  ["^[^a]", /^[^a]/u],
  ["\\d|\\w", /[0-9A-Za-z_]/u],
  ["(?:Ber|ber)lin", /Berlin|berlin/u],
  ["^\\s*$", /^[\t\n\f\r ]*$/u],
  ["%|_", /[%_]/u],
  ["a.b", /a[^\n]b/u],
  ["^(B|s){1,2}", /^[Bs]/u],
  ["[\\-é-ü\\]]", /[-é-ü\]]/u],
  ["\\\\", /\\/u],
  ["\\W", /[^0-9A-Za-z_]/u],
]);

/** One of the instants, or one that lies a span, a millisecond or a microsecond beside it. */
function instantData(instants: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.constantFrom(...instants),
      fc.constantFrom(0, 0, 0, 0, 0, 0, ...SPANS_MS, ...SPANS_MS.map((span) => -span)),
      fc.constantFrom("000", "000", "000", "001", "999"),
    )
    .map(([instant, shift, micros]) => {
      const iso = new Date(Date.parse(instant) + shift).toISOString();
      return iso.replace("Z", `${micros}Z`);
    });
}

function missingOr<T extends Datum>(datum: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.option(datum, { freq: 5, nil: null });
}

const textData = missingOr(fc.constantFrom(...TEXTS));
const integerData = missingOr(fc.constantFrom(...INTEGERS));
const decimalData = missingOr(fc.constantFrom(...DECIMALS));
const dateData = missingOr(fc.constantFrom(...DATES));
const booleanData = missingOr(fc.boolean());

const accountNumbers = ["A1", "A2", "A3"] as const;

/** Values of sealed fields. */
export const SEALED_TEXTS = [...accountNumbers, "A9", ""] as const;

/** Stands for the blind index of a value: a client's own is keyed, and as hard to read. */
export function indexOf(text: string): Buffer {
  return createHash("sha256").update(text).digest().subarray(0, 16);
}

const customerFields = (instant: fc.Arbitrary<string>): fc.Arbitrary<Data> =>
  fc.record({
    customer_no: fc.constantFrom("C1", "C2"),
    account_no: missingOr(fc.constantFrom(...accountNumbers, "A9")),
    city: textData,
    nickname: textData,
    plan: missingOr(fc.constantFrom("basic", "plus")),
    visits: integerData,
    points: integerData,
    balance: decimalData,
    lat: missingOr(fc.constantFrom("52.5", "-33.9", "0", "90", "91", "9999999999999999")),
    lon: missingOr(fc.constantFrom("13.4", "151.2", "0", "-180", "181")),
    vip: booleanData,
    birth_date: dateData,
    since: missingOr(instant),
    tags: missingOr(fc.array(fc.constantFrom(...TEXTS), { maxLength: 3 })),
  });

const accountFields: fc.Arbitrary<Data> = fc.record({
  account_no: fc.constantFrom(...accountNumbers),
  industry: textData,
  employees: integerData,
});

const eventFields = (instant: fc.Arbitrary<string>): fc.Arbitrary<Data> =>
  fc.record({
    amount: decimalData,
    quantity: integerData,
    channel: textData,
    due: dateData,
    seen_at: missingOr(instant),
    paid: booleanData,
    code: missingOr(fc.constantFrom(...SEALED_TEXTS)),
  });

/** Names of the sealed fields of all datasets. */
const SEALED_FIELDS = ["account_no", "code"] as const;

/**
 * A row as its table holds it: in sealed fields the blind index, and after it bytes that are others in
 * every row, as those of another key are.
 */
export function stored(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const rest = createHash("sha256").update(JSON.stringify(row)).digest("hex");
  const sealed = SEALED_FIELDS.flatMap((name) => {
    const text = row[name];
    return typeof text === "string"
      ? [[name, `\\x${indexOf(text).toString("hex")}${rest}`] as const]
      : [];
  });
  return { ...row, ...Object.fromEntries(sealed) };
}

/**
 * Random data for the contract, around two or three instants: so few that events, clocks and ends of
 * windows often fall together. Ids ascend, so that the order of ids is the order of the arrays.
 */
export function worldArbitrary(customerCount: number): fc.Arbitrary<World> {
  return fc.shuffledSubarray([...INSTANTS], { minLength: 2, maxLength: 3 }).chain((instants) => {
    const instant = instantData(instants);
    const event = fc.record({ at: instant, fields: eventFields(instant) });
    const events = fc.array(event, { maxLength: 6 });
    const customer = fc.record({
      fields: customerFields(instant),
      orders: events,
      tickets: events,
      scores: fc.record({ spend: fc.integer({ min: 1, max: 5 }) }, { requiredKeys: [] }),
      statements: fc.uniqueArray(statementArbitrary(instant), {
        maxLength: 5,
        selector: (said) => JSON.stringify(said),
      }),
    });
    const clock = instant.map((text) => new Date(`${text.slice(0, 23)}Z`));
    return fc
      .record({
        timeZone: fc.constantFrom(...ZONES),
        clocks: fc.array(clock, { minLength: 2, maxLength: 2 }),
        accounts: fc.array(accountFields, { maxLength: 4 }),
        customers: fc.array(customer, { minLength: customerCount, maxLength: customerCount }),
        waiting: fc.array(event, { maxLength: 3 }),
      })
      .map(numbered)
      .chain((world) => pinsArbitrary(world, instant).map((pins) => ({ ...world, pins })));
  });
}

/** Purposes that cover one another, and one apart. */
export const PURPOSES = [
  "marketing",
  "marketing.communications",
  "marketing.communications.email",
  "analytics.reporting",
] as const;

/** Statements on few purposes, so that they meet; stated, begun and expired around the same instants. */
function statementArbitrary(instant: fc.Arbitrary<string>): fc.Arbitrary<Statement> {
  return fc
    .record({
      purpose: fc.constantFrom(...PURPOSES),
      channel: fc.constantFrom("any" as const, "any" as const, "email" as const, "phone" as const),
      granted: fc.boolean(),
      instants: fc.tuple(instant, instant, instant),
      isDelayed: fc.boolean(),
      expires: fc.boolean(),
      record: fc.constantFrom(0 as const, 1 as const),
    })
    .map(({ instants, isDelayed, expires, ...said }) => {
      const [statedAt, later, last] = instants.toSorted();
      const startsAt = (isDelayed ? later : statedAt) ?? "";
      const expiresAt = said.granted && expires && last !== startsAt ? (last ?? null) : null;
      return { ...said, statedAt: statedAt ?? "", startsAt, expiresAt };
    });
}

/** One member in four is pinned. */
function pinsArbitrary(world: World, instant: fc.Arbitrary<string>): fc.Arbitrary<readonly Pin[]> {
  const members = [
    ...world.accounts.map((_, index) => ({ segment: "accounts", member: index + 1 })),
    ...world.customers.map(({ id }) => ({ segment: "customers", member: id })),
    ...[...world.customers.flatMap(({ tickets }) => tickets), ...(world.waiting ?? [])].map(
      ({ id }) => ({ segment: "tickets", member: id }),
    ),
  ];
  const pin = fc.record({
    direction: fc.constantFrom("in" as const, "out" as const),
    expiresAt: fc.option(instant, { nil: null }),
  });
  const pinned = members.map((one) =>
    fc.option(pin, { freq: 3 }).map((about) => (about === null ? [] : [{ ...one, ...about }])),
  );
  return fc.tuple(...pinned).map((pins) => pins.flat());
}

type Unnumbered = Omit<World, "customers" | "waiting"> & {
  readonly waiting: readonly Omit<EventData, "id">[];
  readonly customers: readonly (Omit<CustomerData, "id" | "orders" | "tickets"> & {
    readonly orders: readonly Omit<EventData, "id">[];
    readonly tickets: readonly Omit<EventData, "id">[];
  })[];
};

function numbered(world: Unnumbered): World {
  let id = 0;
  const withIds = (events: readonly Omit<EventData, "id">[]): readonly EventData[] =>
    events.map((event) => ({ id: ++id, ...event }));
  return {
    ...world,
    customers: world.customers.map((one) => ({
      id: ++id,
      fields: one.fields,
      orders: withIds(one.orders),
      tickets: withIds(one.tickets),
      scores: one.scores,
      statements: one.statements,
    })),
    waiting: withIds(world.waiting),
  };
}
