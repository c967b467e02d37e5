/**
 * Random policies as text: guarded and unguarded attributes, every operator that the compiler knows,
 * deep enough that the order of `&&` and `||` matters where something is missing.
 */
import fc from "fast-check";
import { CONSENT_CHANNELS } from "../../src/modules/criteria/index.ts";
import { AMOUNTS, PURPOSES, TEXTS } from "./world.ts";

/** A text as Cedar spells it. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/gu, "\\$&")}"`;
}

const someText = fc.constantFrom(...TEXTS).map(quoted);
const bigNumber = 9007199254740991;

interface Attribute {
  readonly path: string;
  readonly of: string;
  readonly name: string;
}

function attribute(of: "customer" | "account", name: string): Attribute {
  return { path: `context.${of}.${name}`, of: `context.${of}`, name };
}

const TEXT_ATTRIBUTES = [
  attribute("customer", "country"),
  attribute("customer", "city"),
  attribute("customer", "plan"),
  attribute("account", "industry"),
];
const NUMBER_ATTRIBUTES = [attribute("customer", "visits"), attribute("account", "employees")];
const TIME_ATTRIBUTES = [attribute("customer", "birth_date"), attribute("customer", "since")];
const OTHER_ATTRIBUTES = [
  attribute("customer", "vip"),
  attribute("customer", "tags"),
  attribute("customer", "balance"),
];
const ALL = [...TEXT_ATTRIBUTES, ...NUMBER_ATTRIBUTES, ...TIME_ATTRIBUTES, ...OTHER_ATTRIBUTES];

const comparison = fc.constantFrom("<", "<=", ">", ">=", "==", "!=");
const some = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const path = (attributes: readonly Attribute[]): fc.Arbitrary<string> =>
  some(attributes).map((one) => one.path);

const number: fc.Arbitrary<string> = fc.letrec<{ number: string }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    path(NUMBER_ATTRIBUTES),
    some(["0", "1", "-1", "7", String(bigNumber), `-${bigNumber}`]),
    fc
      .tuple(tie("number"), some(["+", "-", "*"]), tie("number"))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    tie("number").map((of) => `(-${of})`),
  ),
})).number;

const duration = some([
  "0ms",
  "1d",
  "-1d",
  "36h",
  "90d",
  "9223372036854775807ms",
  "1d2h3m4s5ms",
]).map((text) => `duration("${text}")`);
const time: fc.Arbitrary<string> = fc.letrec<{ time: string }>((tie) => ({
  time: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    path(TIME_ATTRIBUTES),
    some(["context.now", "context.today", "principal.agreement.until"]),
    some(["1970-01-01", "2026-07-01", "2026-07-01T12:00:00Z", "2026-07-01T12:00:00.001Z"]).map(
      (day) => `datetime("${day}")`,
    ),
    fc.tuple(tie("time"), duration).map(([of, by]) => `${of}.offset(${by})`),
    tie("time").map((of) => `${of}.toDate()`),
  ),
})).time;

const length: fc.Arbitrary<string> = fc.oneof(
  duration,
  fc.tuple(time, time).map(([of, from]) => `${of}.durationSince(${from})`),
  time.map((of) => `${of}.toTime()`),
);

const set = fc
  .uniqueArray(someText, { minLength: 1, maxLength: 3 })
  .map((all) => `[${all.join(", ")}]`);
const purpose = fc.oneof(
  fc.constant("context.purpose"),
  some(["marketing", ...PURPOSES]).map((key) => `Purpose::"${key}"`),
);
const pattern = fc
  .array(some(["*", "a", "D", "%", "_", "\\\\", "\\*", "E", ".", "ß"]), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => `"${parts.join("")}"`);

const atom: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: some(ALL).map(({ of, name }) => `${of} has ${name}`), weight: 4 },
  fc.tuple(path(TEXT_ATTRIBUTES), some(["==", "!="]), someText).map((all) => all.join(" ")),
  fc.tuple(path(TEXT_ATTRIBUTES), path(TEXT_ATTRIBUTES)).map((all) => all.join(" == ")),
  fc.tuple(path(TEXT_ATTRIBUTES), pattern).map((all) => all.join(" like ")),
  fc.constant("context.customer.country == principal.jurisdiction"),
  fc.tuple(number, comparison, number).map((all) => all.join(" ")),
  fc.tuple(time, comparison, time).map((all) => all.join(" ")),
  fc.tuple(length, comparison, length).map((all) => all.join(" ")),
  fc
    .tuple(
      length,
      some(["toDays", "toHours", "toMinutes", "toSeconds", "toMilliseconds"]),
      comparison,
      number,
    )
    .map(([of, part, operator, than]) => `${of}.${part}() ${operator} ${than}`),
  fc
    .tuple(
      some(["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"]),
      some(AMOUNTS),
    )
    .map(([method, amount]) => `context.customer.balance.${method}(decimal("${amount}"))`),
  some(AMOUNTS).map((amount) => `context.customer.balance == decimal("${amount}")`),
  fc.constant("context.customer.vip"),
  fc
    .tuple(some(["contains"]), someText)
    .map(([method, one]) => `context.customer.tags.${method}(${one})`),
  fc.constant("context.customer.tags.contains(context.customer.city)"),
  fc
    .tuple(some(["containsAll", "containsAny"]), set)
    .map(([method, all]) => `context.customer.tags.${method}(${all})`),
  fc.constant("context.customer.tags.isEmpty()"),
  fc.tuple(set, path(TEXT_ATTRIBUTES)).map(([all, one]) => `${all}.contains(${one})`),
  fc
    .tuple(number, number, number)
    .map(([a, b, of]) => `[0, 7].contains(if ${a} < ${b} then ${of} else 7)`),
  fc
    .tuple(some(CONSENT_CHANNELS), purpose)
    .map(([channel, of]) => `context.consents.${channel}.contains(${of})`),
  fc
    .tuple(some(CONSENT_CHANNELS), some(["containsAll", "containsAny"]))
    .map(
      ([channel, method]) =>
        `context.consents.${channel}.${method}([Purpose::"marketing", context.purpose])`,
    ),
  some(["marketing", "essential", "analytics"]).map(
    (key) => `context.purpose in Purpose::"${key}"`,
  ),
  some([
    'resource in Category::"user.contact"',
    'resource in [Category::"user.name", Dataset::"tickets"]',
    'resource == Field::"customers.email"',
    "resource.identifier",
    'resource.type == "text"',
    'principal.kind == "team"',
    'principal == Recipient::"partner"',
    "context.customer is Customer",
    'action in [Action::"clear", Action::"bucket"]',
    "true",
    "false",
  ]),
);

/** A condition: a boolean, or what fails. */
export const conditionArbitrary: fc.Arbitrary<string> = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, depthSize: "small", withCrossShrink: true },
    atom,
    fc
      .tuple(tie("condition"), some(["&&", "||"]), tie("condition"))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    tie("condition").map((of) => `!(${of})`),
    fc
      .tuple(tie("condition"), tie("condition"), tie("condition"))
      .map(([test, then, otherwise]) => `(if ${test} then ${then} else ${otherwise})`),
    // As policies are written: the attribute is asked for before it is used.
    fc
      .tuple(some(TEXT_ATTRIBUTES), someText)
      .map(([{ of, name, path: at }, one]) => `(${of} has ${name} && ${at} == ${one})`),
    fc
      .tuple(some(NUMBER_ATTRIBUTES), number)
      .map(([{ of, name, path: at }, than]) => `(!(${of} has ${name}) || ${at} < ${than})`),
  ),
})).condition;

const principal = some([
  "principal",
  "principal",
  'principal == Recipient::"care"',
  'principal == Recipient::"partner"',
  "principal is Recipient",
]);
const action = some([
  "action",
  "action",
  'action == Action::"clear"',
  'action in [Action::"partial", Action::"bucket"]',
  'action == Action::"pseudonym"',
]);
const resource = some([
  "resource",
  "resource",
  'resource in Category::"user.contact"',
  'resource in Category::"user"',
  'resource == Field::"customers.visits"',
  'resource in Dataset::"customers"',
]);

/** What a policy says after its effect. */
const rest = fc
  .tuple(
    fc.tuple(principal, action, resource).map((all) => all.join(", ")),
    fc.array(fc.tuple(some(["when", "when", "unless"]), conditionArbitrary), { maxLength: 2 }),
  )
  .map(
    ([scope, conditions]) =>
      `(${scope})${conditions.map(([kind, body]) => ` ${kind} { ${body} }`).join("")};`,
  );

/** The text of a policy of an effect. */
export function policyArbitrary(effect: "permit" | "forbid"): fc.Arbitrary<string> {
  return rest.map((text) => `${effect} ${text}`);
}
