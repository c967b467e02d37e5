import { describe, expect, test } from "vitest";
import { worldCatalogue } from "../../../../tests/criteria/world.ts";
import { checkCriteria, LONGEST_CRITERIA, parseCriteria } from "./parse.ts";

const catalogue = worldCatalogue("Europe/Berlin");

interface Case {
  readonly text: string;
  /** 1-based. */
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
}

const cases: readonly Case[] = [
  { text: "", column: 1, message: "criteria must not be empty" },
  { text: "   ", column: 1, message: "criteria must not be empty" },
  { text: 'custmer.city == "a"', column: 1, message: 'there is no "custmer"', hint: "customer" },
  { text: 'customer.ctiy == "a"', column: 10, message: 'no field "ctiy"', hint: "city" },
  { text: "ordres.any()", column: 1, message: 'no events "ordres"', hint: "orders" },
  { text: "orders.cuont() > 1", column: 8, message: "no method cuont()", hint: "count" },
  { text: 'orders.sum("amuont") > 1.0', column: 12, message: 'no field "amuont"', hint: "amount" },
  { text: "agee(customer.birth_date) > 1", column: 1, message: "no function agee()", hint: "age" },
  { text: 'customer.plan == "pluss"', column: 18, message: '"pluss" is not one of', hint: "plus" },
  {
    text: 'customer.plan in ["pluss"]',
    column: 19,
    message: '"pluss" is not one of',
    hint: "plus",
  },
  { text: 'customer.city = "a"', column: 15, message: '"=" was not expected', hint: "==" },
  { text: 'customer.city == "a', column: 18, message: "unterminated string" },
  { text: "customer.vip and true", column: 14, message: '"and" was not expected', hint: "&&" },
  { text: "not customer.vip", column: 5, message: "not expected", hint: "not is written !" },
  { text: "customer.visits <> 3", column: 18, message: "not expected", hint: "!=" },
  { text: "(customer.vip", column: 14, message: "ends too early", hint: "bracket" },
  { text: "customer.visits", column: 1, message: "an integer by itself is no condition" },
  { text: '"a"', column: 1, message: "a value by itself is no condition" },
  { text: "orders", column: 1, message: "orders are many", hint: "orders.count()" },
  { text: 'orders.within("9d")', column: 1, message: "says nothing of them yet", hint: "count()" },
  { text: "orders.amount > 1.0", column: 1, message: "orders are many, so", hint: "sum" },
  { text: 'customer.visits == "1"', column: 1, message: "compared with a text", hint: "quotes" },
  { text: 'customer.birth_date < "x"', column: 1, message: "compared with a text", hint: "date(" },
  { text: "customer.birth_date < now()", column: 1, message: "with a timestamp", hint: "date(x)" },
  { text: "customer.visits / 2 > 1", column: 1, message: "two whole numbers", hint: "/ 2.0" },
  { text: "customer.visits % 2 == 1", column: 1, message: "% is not known" },
  { text: "customer.vip ? true : false", column: 1, message: "a ? b : c is not known" },
  { text: "customer.city > null", column: 1, message: "null can only be compared" },
  { text: "customer.city in [null]", column: 19, message: "a missing value is in no list" },
  { text: "customer.city in [customer.city]", column: 19, message: "only fixed values" },
  { text: 'customer.tags == "a"', column: 1, message: "lists cannot be compared" },
  { text: "customer.tags.exists(t, t == t)", column: 1, message: "exists() is not known" },
  { text: "has(1)", column: 1, message: "has() takes a field" },
  { text: 'orders.within("9x").any()', column: 15, message: "no span of time", hint: "90d" },
  { text: 'orders.within("1d").within("2d").any()', column: 1, message: "only one window" },
  {
    text: "orders.after(customer.since).any()",
    column: 14,
    message: "the same for every member",
  },
  {
    text: 'orders.where(e, customer.city == "a").any()',
    column: 17,
    message: "sees the fields of e only",
  },
  { text: "sequence(orders).within('1d')", column: 1, message: "2 to 5 steps" },
  { text: "sequence(orders, tickets)", column: 1, message: "needs its span" },
  { text: 'customer.since > now() - duration("1mo")', column: 35, message: "a duration is fixed" },
  { text: 'customer.birth_date == date("2026-02-30")', column: 29, message: "this is no date" },
  { text: 'customer.city.matches("(a+)+")', column: 23, message: "at character 5: a repetition" },
  { text: 'customer.city.matches("a(?=b)")', column: 23, message: "no look-around" },
  { text: 'customer.city == "\\u0000"', column: 18, message: "U+0000" },
  { text: 'in_segment("loyl")', column: 12, message: 'no segment "loyl"', hint: "loyal" },
  {
    text: "distance(customer.lat, customer.lon, 113.4, 52.5) < 1.0",
    column: 38,
    message: "beyond 90 degrees",
  },
  { text: `customer.visits > ${"9".repeat(39)}`, column: 19, message: "at most 38 digits" },
];

const subjectCases: readonly (Case & { readonly subject: string })[] = [
  {
    subject: "accounts",
    text: "customer.vip",
    column: 1,
    message: "an account has many customers",
    hint: "customers.where(c",
  },
  {
    subject: "accounts",
    text: 'acount.industry == "x"',
    column: 1,
    message: 'no "acount"',
    hint: "account",
  },
  { subject: "accounts", text: "event.amount > 1.0", column: 1, message: 'there is no "event"' },
  {
    subject: "accounts",
    text: 'customers.within("9d").count() > 1',
    column: 11,
    message: "customers have no time, so there is no within()",
  },
  {
    subject: "accounts",
    text: 'customers.last("city") == "x"',
    column: 11,
    message: "no last()",
    hint: "customers.where(c",
  },
  {
    subject: "accounts",
    text: 'customers.sum("visit") > 1',
    column: 15,
    message: 'no field "visit"',
    hint: "visits",
  },
  { subject: "accounts", text: "customers.count()", column: 1, message: "by itself" },
  {
    subject: "accounts",
    text: "customers.where(c, account.employees > 5).any()",
    column: 20,
    message: "sees the fields of c only",
  },
  {
    subject: "accounts",
    text: "sequence(customers, orders).within('1d')",
    column: 10,
    message: "customers have no time",
  },
  {
    subject: "accounts",
    text: 'score("spend") > 1',
    column: 1,
    message: "accounts have no scores; customers do",
  },
  {
    subject: "accounts",
    text: 'in_segment("loyal")',
    column: 12,
    message: "the members of that segment are customers, and these criteria are about accounts",
  },
  { subject: "customers", text: "customers.count() > 1", column: 1, message: "only accounts" },
  {
    subject: "customers",
    text: "customers.where(c, c.vip).any()",
    column: 1,
    message: "only accounts",
  },
  {
    subject: "accounts",
    text: "customers.where(c, orders.any()).count() > 1",
    column: 20,
    message: 'sees the fields of c only, not "orders"',
  },
  { subject: "accounts", text: "customers.vip", column: 1, message: "customers are many, so" },
  { subject: "accounts", text: "customers", column: 1, message: "customers are many: choose" },
  {
    subject: "accounts",
    text: "customers.cuont() > 1",
    column: 11,
    message: "customers have no method cuont()",
    hint: "count",
  },
  { subject: "customers", text: 'event.channel == "x"', column: 1, message: 'no "event"' },
  {
    subject: "customers",
    text: 'in_segment("late")',
    column: 12,
    message: "members of that segment are tickets",
  },
  {
    subject: "tickets",
    text: "event.amuont > 1.0",
    column: 7,
    message: 'tickets has no field "amuont"',
    hint: "amount",
  },
  {
    subject: "tickets",
    text: 'in_segment("big")',
    column: 12,
    message: "members of that segment are accounts",
  },
  { subject: "tickets", text: 'score("spent") > 1', column: 7, message: "no score", hint: "spend" },
  {
    subject: "tickets",
    text: "orders.after(event.seen_at).any()",
    column: 14,
    message: "must be the same for every member",
  },
  {
    subject: "accounts",
    text: 'has_consent("analytics.reporting")',
    column: 1,
    message: "accounts have no consents; customers do",
  },
  {
    subject: "customers",
    text: 'has_consent("analytics.reportin")',
    column: 13,
    message: "no purpose of the taxonomy",
    hint: "analytics.reporting",
  },
  {
    subject: "customers",
    text: 'has_consent("sales")',
    column: 13,
    message: "the contract has no purpose sales",
    hint: "analytics.reporting",
  },
  {
    subject: "customers",
    text: 'has_consent("analytics.reporting", "e-mail")',
    column: 36,
    message: '"e-mail" is no channel',
    hint: "email",
  },
  {
    subject: "customers",
    text: 'orders.where(e, has_consent("analytics.reporting")).any()',
    column: 17,
    message: "a where cannot ask for consents",
  },
  {
    subject: "tickest",
    text: "true",
    column: 1,
    message: 'the contract has no dataset "tickest"',
    hint: "tickets",
  },
];

const SEGMENTS = new Map([
  ["loyal", undefined],
  ["big", "accounts"],
  ["late", "tickets"],
]);

test.each(subjectCases)("about $subject, $text is refused at its place", (one) => {
  const options = { subject: one.subject, segments: SEGMENTS, scores: ["spend"] };

  const [issue, ...others] = checkCriteria(one.text, catalogue, options);

  expect(others).toEqual([]);
  expect(issue).toMatchObject({ line: 1, column: one.column });
  expect(issue?.message).toContain(one.message);
  expect(issue?.hint ?? "").toContain(one.hint ?? "");
});

test.each([
  ["tickets", 'in_segment("loyal") && in_segment("late") && !has(event.amount)'],
  [
    "tickets",
    'account.industry == "x" && customer.vip && score("spend") == 5 && tickets.count() > 1',
  ],
  ["accounts", 'in_segment("big") && orders.within("90d").sum("amount") > 5.0'],
  ["accounts", 'customers.where(c, c.vip == true).count() >= 5 && customers.avg("balance") > 1.0'],
])("about %s, %s is understood", (subject, text) => {
  const options = { subject, segments: SEGMENTS, scores: ["spend"] };

  expect(parseCriteria(text, catalogue, options).warnings).toEqual([]);
});

test.each(cases)("$text is refused at its place", ({ text, column, message, hint }) => {
  const [issue, ...others] = checkCriteria(text, catalogue, { segments: ["loyal"] });

  expect(others).toEqual([]);
  expect(issue).toMatchObject({ line: 1, column });
  expect(issue?.message).toContain(message);
  expect(issue?.hint ?? "").toContain(hint ?? "");
});

describe("the place of an issue", () => {
  test("is found in a later line and shown with a caret", () => {
    const [issue] = checkCriteria('customer.vip\n  && customer.ciyt == "Berlin"', catalogue);

    expect(issue).toMatchObject({ line: 2, column: 15, offset: 27 });
    expect(issue?.excerpt).toBe('  && customer.ciyt == "Berlin"\n              ^^^^');
  });

  test("shows at most 40 characters of a long line", () => {
    const long = `customer.city == "${"x".repeat(200)}" && customer.ciyt == "${"y".repeat(200)}"`;

    const [issue] = checkCriteria(long, catalogue);

    expect(issue?.excerpt.split("\n")[0]).toHaveLength(40);
  });
});

test("all mistakes are reported, not only the first", () => {
  const issues = checkCriteria('customer.a == "1" && (customer.b > 2 || !customer.c)', catalogue);

  expect(issues.map(({ column }) => column)).toEqual([10, 32, 51]);
});

test("an error names the first mistake and carries the others", () => {
  expect(() => parseCriteria("customer.a && customer.b", catalogue)).toThrow(
    'criteria, line 1, column 10: customers has no field "a"',
  );
});

test("texts beyond the limits are refused, not swallowed and not fatal", () => {
  const long = `customer.city == "${"x".repeat(LONGEST_CRITERIA)}"`;
  const deep = `${"(".repeat(500)}true${")".repeat(500)}`;
  const wide = Array.from({ length: 1_200 }, () => "customer.vip").join("&&");
  const many = `customer.city in [${Array.from({ length: 1_001 }, () => '""').join(",")}]`;

  for (const text of [long, deep, wide, many]) {
    expect(checkCriteria(text, catalogue)).toHaveLength(1);
  }
});

describe("warnings", () => {
  test.each([
    ["customer.balance > 5.0 && customer.balance < 3.0", "never hold together"],
    ["customer.visits == 1 && customer.visits == 2", "never hold together"],
    ["orders.any() && orders.none()", "never hold together"],
    ["customer.vip && !customer.vip", "never hold together"],
    ["customer.vip || !customer.vip", "every customer who has the value"],
    ["orders.count() >= 0", "holds for every customer"],
    ["orders.count() < 0", "holds for no customer"],
    ["customer.city in []", "the list is empty"],
    ["1 == 2", "the same for every customer"],
    ["customer.city == customer.city", "with itself"],
    ["true", "every customer"],
  ])("%s can be read, with a warning", (text, warning) => {
    expect(parseCriteria(text, catalogue).warnings.join("\n")).toContain(warning);
  });

  test("name the members", () => {
    const warnings = (subject: string) => parseCriteria("true", catalogue, { subject }).warnings;

    expect(warnings("accounts")).toEqual(["true holds for every account"]);
    expect(warnings("tickets")).toEqual(["true holds for every event"]);
  });

  test("are not given for ranges that can be met", () => {
    const text = "customer.balance >= 3.0 && customer.balance <= 3.0 && customer.visits > 1";

    expect(parseCriteria(text, catalogue).warnings).toEqual([]);
  });
});
