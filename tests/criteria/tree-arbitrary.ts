/** Random trees of the whole language over the contract of the world. */
import fc from "fast-check";
import type {
  AggregateFunction,
  AggregateValue,
  ComparisonOperator,
  Condition,
  EventSelection,
  EventWindow,
  FieldValue,
  Literal,
  NumberLiteral,
  Value,
  ValueType,
} from "../../src/modules/criteria/index.ts";
import type { SubjectName } from "./oracle.ts";
import {
  indexOf,
  DATES,
  DECIMALS,
  INSTANTS,
  INTEGERS,
  PATTERNS,
  PURPOSES,
  SEALED_TEXTS,
  SPANS_MS,
  TEXTS,
} from "./world.ts";

type FieldNames = Readonly<Partial<Record<ValueType, readonly string[]>>>;

const CUSTOMER_FIELDS: FieldNames = {
  text: ["city", "nickname"],
  integer: ["visits", "points"],
  decimal: ["balance", "lat"],
  boolean: ["vip"],
  date: ["birth_date"],
  timestamp: ["since"],
  "text-list": ["tags"],
  sealed: ["account_no"],
};
const ACCOUNT_FIELDS: FieldNames = {
  text: ["industry"],
  integer: ["employees"],
  sealed: ["account_no"],
};
const EVENT_FIELDS: FieldNames = {
  text: ["channel"],
  integer: ["quantity"],
  decimal: ["amount"],
  boolean: ["paid"],
  date: ["due"],
  timestamp: ["seen_at"],
  sealed: ["code"],
};

const textLiteral = fc
  .constantFrom(...TEXTS)
  .map((text): Value & Literal => ({ kind: "text-literal", text }));
const integerLiteral = fc
  .constantFrom(...INTEGERS)
  .map((text): NumberLiteral => ({ kind: "number-literal", text, integer: true }));
const decimalLiteral = fc
  .constantFrom(...DECIMALS)
  .map((text): NumberLiteral => ({ kind: "number-literal", text, integer: false }));
const dateLiteral = fc
  .constantFrom(...DATES)
  .map((date): Value & Literal => ({ kind: "date-literal", date }));
const instantLiteral = fc
  .constantFrom(...INSTANTS)
  .map((instant): Value & Literal => ({ kind: "instant-literal", instant }));
const sealedLiteral = fc.constantFrom(...SEALED_TEXTS).map((text): Value & Literal => ({
  kind: "sealed-literal",
  index: indexOf(text).toString("hex"),
}));
const fixedSpan = fc.constantFrom(...SPANS_MS).map((ms) => ({ kind: "fixed" as const, ms }));
const span = fc.oneof(
  { arbitrary: fixedSpan, weight: 3 },
  {
    arbitrary: fc.constantFrom(1, 3, 12).map((months) => ({ kind: "calendar" as const, months })),
    weight: 1,
  },
);
const now: fc.Arbitrary<Value> = fc.constant({ kind: "now" });
const clock = fc.oneof(
  now,
  fc.record({
    kind: fc.constant("shift" as const),
    instant: now,
    operator: fc.constantFrom("+" as const, "-" as const),
    span: fixedSpan,
  }),
);

const TODAY: Value = { kind: "date-of", instant: { kind: "now" } };
const FEW_DAYS = ["-1", "0", "1", "2", "30"].map((text): NumberLiteral => ({
  kind: "number-literal",
  text,
  integer: true,
}));

interface Ties {
  readonly text: Value;
  readonly integer: Value;
  readonly decimal: Value;
  readonly date: Value;
  readonly timestamp: Value;
  readonly condition: Condition;
}

/**
 * Trees over a member of the subject, with everything that belongs to it.
 * @param segments names for `in_segment`
 */
export function conditionArbitrary(
  subject: SubjectName = "customers",
  segments: readonly string[] = [],
): fc.Arbitrary<Condition> {
  const event = ["orders", "tickets"].map((dataset) => ({
    dataset,
    where: grammar({ fields: eventFields(dataset) }),
  }));
  const selections = fc.oneof(...event.map(({ dataset, where }) => selection(dataset, where)));
  const isAccount = subject === "accounts";
  return grammar({
    fields: MEMBER_FIELDS[subject],
    selections,
    people: isAccount ? people() : undefined,
    hasCustomer: !isAccount,
    segments,
  });
}

type FieldArbitrary = (type: ValueType) => readonly fc.Arbitrary<Value>[];

const customerField: FieldArbitrary = (type) => [
  ...names("customer", "customers", { type, fields: CUSTOMER_FIELDS }),
  ...names("account", "accounts", { type, fields: ACCOUNT_FIELDS }),
];

const MEMBER_FIELDS: Readonly<Record<SubjectName, FieldArbitrary>> = {
  customers: customerField,
  accounts: (type) => names("account", "accounts", { type, fields: ACCOUNT_FIELDS }),
  tickets: (type) => [
    ...names("member", "tickets", { type, fields: EVENT_FIELDS }),
    ...customerField(type),
  ],
};

function eventFields(dataset: string): FieldArbitrary {
  return (type) => names("event", dataset, { type, fields: EVENT_FIELDS });
}

/** The people of an account, all or some. */
function people(): fc.Arbitrary<EventSelection> {
  const where = grammar({
    fields: (type) => names("person", "customers", { type, fields: CUSTOMER_FIELDS }),
  });
  return fc.record({
    dataset: fc.constant("customers"),
    window: fc.constant<EventWindow>({ kind: "timeless" }),
    where: fc.option(where, { nil: undefined }),
  });
}

function names(
  of: FieldValue["of"],
  dataset: string,
  from: { readonly type: ValueType; readonly fields: FieldNames },
): readonly fc.Arbitrary<Value>[] {
  const known = from.fields[from.type] ?? [];
  return known.length === 0
    ? []
    : [
        fc
          .constantFrom(...known)
          .map((field): Value => ({ kind: "field", of, dataset, field, type: from.type })),
      ];
}

function selection(dataset: string, where: fc.Arbitrary<Condition>): fc.Arbitrary<EventSelection> {
  const bound: fc.Arbitrary<Value> = fc.oneof(
    instantLiteral,
    clock,
    fc
      .oneof(dateLiteral, fc.constant<Value>({ kind: "date-of", instant: { kind: "now" } }))
      .map((date): Value => ({ kind: "start-of-day", date })),
  );
  const window: fc.Arbitrary<EventWindow> = fc.oneof(
    fc.constant<EventWindow>({ kind: "all-time" }),
    { arbitrary: span.map((length): EventWindow => ({ kind: "within", span: length })), weight: 3 },
    fc.record({ kind: fc.constant("between" as const), from: bound, until: bound }),
    fc.record({ kind: fc.constant("before" as const), until: bound }),
    fc.record({ kind: fc.constant("after" as const), from: bound }),
  );
  return fc.record({
    dataset: fc.constant(dataset),
    window,
    where: fc.option(where, { nil: undefined }),
  });
}

function aggregates(
  selections: fc.Arbitrary<EventSelection> | undefined,
  type: ValueType,
  results: Results,
): readonly fc.Arbitrary<AggregateValue>[] {
  return selections === undefined || results.length === 0
    ? []
    : [
        fc
          .record({
            kind: fc.constant("aggregate" as const),
            result: fc.constantFrom(...results),
            events: selections,
          })
          .map(({ kind, result, events }) => ({
            kind,
            function: result[0],
            events,
            field: result[1],
            type,
          })),
      ];
}

type Results = readonly (readonly [AggregateFunction, string | undefined])[];

/** What is made of people. */
const OF_PEOPLE: Readonly<Partial<Record<ValueType, Results>>> = {
  integer: [
    ["count", undefined],
    ["sum", "visits"],
    ["max", "points"],
    ["distinct", "city"],
  ],
  decimal: [
    ["sum", "balance"],
    ["avg", "visits"],
    ["min", "lat"],
  ],
  date: [["min", "birth_date"]],
  timestamp: [["max", "since"]],
};

/** What a condition can be made of; inside a `where` of fields only. */
interface Scope {
  readonly fields: FieldArbitrary;
  readonly selections?: fc.Arbitrary<EventSelection> | undefined;
  readonly people?: fc.Arbitrary<EventSelection> | undefined;
  /** There is one customer, who has a place and scores. */
  readonly hasCustomer?: boolean | undefined;
  readonly segments?: readonly string[] | undefined;
}

function grammar(scope: Scope): fc.Arbitrary<Condition> {
  const { fields, selections, people: persons, hasCustomer = false } = scope;
  const made = (type: ValueType, results: Results) => [
    ...aggregates(selections, type, results),
    ...aggregates(persons, type, OF_PEOPLE[type] ?? []),
  ];
  const depth = { maxDepth: 3, withCrossShrink: true } as const;
  const { condition } = fc.letrec<Ties>((tie: fc.LetrecTypedTie<Ties>) => {
    const number: fc.Arbitrary<Value> = fc.oneof(tie("integer"), tie("decimal"));
    const list = fields("text-list");
    return {
      text: fc.oneof(
        depth,
        textLiteral,
        ...fields("text"),
        ...fields("text"),
        ...made("text", [
          ["first", "channel"],
          ["last", "channel"],
        ]),
        fc.record({
          kind: fc.constant("letter-case" as const),
          to: fc.constantFrom("lower" as const, "upper" as const),
          text: tie("text"),
        }),
      ),
      integer: fc.oneof(
        depth,
        integerLiteral,
        ...fields("integer"),
        ...fields("integer"),
        ...made("integer", [
          ["count", undefined],
          ["count", undefined],
          ["sum", "quantity"],
          ["min", "quantity"],
          ["last", "quantity"],
          ["distinct", "channel"],
          ["distinct", "amount"],
        ]),
        ...(hasCustomer ? [fc.constant<Value>({ kind: "score", score: "spend" })] : []),
        fc.record({ kind: fc.constant("size" as const), of: fc.oneof(tie("text"), ...list) }),
        fc.record({ kind: fc.constant("age" as const), date: tie("date") }),
        fc.record({
          kind: fc.constant("days-since" as const),
          of: fc.oneof(tie("date"), tie("timestamp")),
        }),
        arithmetic(tie("integer"), tie("integer"), ["+", "-", "*"]),
      ),
      decimal: fc.oneof(
        depth,
        decimalLiteral,
        ...fields("decimal"),
        ...fields("decimal"),
        ...made("decimal", [
          ["sum", "amount"],
          ["avg", "amount"],
          ["avg", "quantity"],
          ["max", "amount"],
          ["first", "amount"],
        ]),
        ...(hasCustomer ? [distanceArbitrary()] : []),
        arithmetic(tie("decimal"), number, ["+", "-", "*", "/"]),
        tie("decimal").map((operand): Value =>
          operand.kind === "number-literal" ? operand : { kind: "negation", operand },
        ),
      ),
      date: fc.oneof(
        depth,
        dateLiteral,
        ...fields("date"),
        ...fields("date"),
        ...made("date", [
          ["max", "due"],
          ["first", "due"],
        ]),
        fc.record({ kind: fc.constant("date-of" as const), instant: tie("timestamp") }),
      ),
      timestamp: fc.oneof(
        depth,
        instantLiteral,
        clock,
        clock,
        ...fields("timestamp"),
        ...fields("timestamp"),
        ...made("timestamp", [
          ["firstAt", undefined],
          ["lastAt", undefined],
          ["min", "seen_at"],
        ]),
        fc.record({ kind: fc.constant("start-of-day" as const), date: tie("date") }),
        fc.record({
          kind: fc.constant("shift" as const),
          instant: tie("timestamp"),
          operator: fc.constantFrom("+" as const, "-" as const),
          span: fixedSpan,
        }),
      ),
      condition: conditions(tie, { ...scope, depth }),
    };
  });
  return condition;
}

function arithmetic(
  left: fc.Arbitrary<Value>,
  right: fc.Arbitrary<Value>,
  operators: readonly ("+" | "-" | "*" | "/")[],
): fc.Arbitrary<Value> {
  return fc.record({
    kind: fc.constant("arithmetic" as const),
    operator: fc.constantFrom(...operators),
    left,
    right,
  });
}

function distanceArbitrary(): fc.Arbitrary<Value> {
  const field = (name: string): Value => ({
    kind: "field",
    of: "customer",
    dataset: "customers",
    field: name,
    type: "decimal",
  });
  const degrees = (text: string): Value => ({ kind: "number-literal", text, integer: false });
  return fc.constant({
    kind: "distance",
    latitude: field("lat"),
    longitude: field("lon"),
    toLatitude: degrees("48.1"),
    toLongitude: degrees("11.6"),
  });
}

const consentArbitrary: fc.Arbitrary<Condition> = fc.record({
  kind: fc.constant("consent" as const),
  purpose: fc.constantFrom(...PURPOSES),
  channel: fc.constantFrom("any" as const, "email" as const, "phone" as const),
});

const OPERATORS = ["==", "!=", "<", "<=", ">", ">="] as const;

function conditions(
  tie: fc.LetrecTypedTie<Ties>,
  scope: Scope & { readonly depth: { readonly maxDepth: number } },
): fc.Arbitrary<Condition> {
  const { fields, selections, people: persons, hasCustomer, segments = [], depth } = scope;
  const number = fc.oneof(tie("integer"), tie("decimal"));
  const comparison = (
    side: fc.Arbitrary<Value>,
    other = side,
    operators: readonly ComparisonOperator[] = OPERATORS,
  ): fc.Arbitrary<Condition> =>
    fc.record({
      kind: fc.constant("comparison" as const),
      operator: fc.constantFrom(...operators),
      left: side,
      right: other,
    });
  const membership = (
    value: fc.Arbitrary<Value>,
    option: fc.Arbitrary<Literal>,
  ): fc.Arbitrary<Condition> =>
    fc.record({
      kind: fc.constant("membership" as const),
      value,
      options: fc.array(option, { maxLength: 3 }),
    });
  const operands = fc.array(tie("condition"), { minLength: 2, maxLength: 3 });
  const list = fields("text-list");
  const compound = (kind: "and" | "or"): fc.Arbitrary<Condition> =>
    operands.map((parts): Condition => ({
      kind,
      operands: parts.flatMap((part) => (part.kind === kind ? part.operands : [part])),
    }));
  return fc.oneof(
    depth,
    comparison(number),
    comparison(tie("text")),
    comparison(tie("date")),
    comparison(tie("timestamp")),
    comparison(tie("timestamp"), clock),
    comparison(fc.record({ kind: fc.constant("age" as const), date: tie("date") }), integerLiteral),
    comparison(
      fc.record({
        kind: fc.constant("days-since" as const),
        of: fc.oneof(tie("date"), tie("timestamp")),
      }),
      fc.constantFrom(...FEW_DAYS),
    ),
    comparison(tie("date"), fc.constant(TODAY)),
    membership(tie("text"), textLiteral),
    membership(tie("integer"), integerLiteral),
    membership(tie("decimal"), decimalLiteral),
    ...list.map((tags) =>
      fc.record({ kind: fc.constant("list-contains" as const), list: tags, item: tie("text") }),
    ),
    fc.record({
      kind: fc.constant("presence" as const),
      value: fc.oneof(tie("text"), number, tie("date"), tie("timestamp")),
      present: fc.boolean(),
    }),
    ...fields("sealed").flatMap((field) => [
      comparison(field, sealedLiteral, ["==", "!="]),
      membership(field, sealedLiteral),
      fc.record({
        kind: fc.constant("presence" as const),
        value: field,
        present: fc.boolean(),
      }),
    ]),
    ...fields("boolean").map((flag) =>
      fc.record({ kind: fc.constant("truth" as const), value: flag }),
    ),
    fc.record({
      kind: fc.constant("text-test" as const),
      test: fc.constantFrom("contains", "startsWith", "endsWith") as fc.Arbitrary<"contains">,
      value: tie("text"),
      argument: tie("text"),
    }),
    fc.record({
      kind: fc.constant("pattern" as const),
      value: tie("text"),
      pattern: fc.constantFrom(...PATTERNS.keys()),
    }),
    ...(selections === undefined
      ? []
      : [
          fc.record({
            kind: fc.constant("occurrence" as const),
            events: selections,
            any: fc.boolean(),
          }),
          fc.record({
            kind: fc.constant("sequence" as const),
            steps: fc.array(selections, { minLength: 2, maxLength: 3 }),
            within: fixedSpan,
          }),
        ]),
    ...(persons === undefined
      ? []
      : [
          fc.record({
            kind: fc.constant("occurrence" as const),
            events: persons,
            any: fc.boolean(),
          }),
        ]),
    ...segments.map((name) => fc.constant<Condition>({ kind: "segment", name })),
    ...(hasCustomer ? [consentArbitrary] : []),
    compound("and"),
    compound("or"),
    fc.record({ kind: fc.constant("not" as const), operand: tie("condition") }),
  );
}
