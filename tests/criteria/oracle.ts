/**
 * A plain interpreter of criteria over JavaScript objects: one member, one condition at a time,
 * written for obviousness and from docs/criteria.md, sharing nothing with the SQL but the tree.
 * Instants are microseconds in a bigint, decimals a bigint and a scale; undefined is missing.
 */
import type {
  AggregateValue,
  Condition,
  Criteria,
  EventSelection,
  EventWindow,
  ConsentCondition,
  PinnedCondition,
  Value,
} from "../../src/modules/criteria/index.ts";
import type { Catalogue } from "../../src/modules/contracts/index.ts";
import type { CustomerData, Data, EventData, Pin, Statement, World } from "./world.ts";
import { ageOn, localDate, micros, monthsBefore, startOfDay } from "./oracle-calendar.ts";
import type { Actual, Decimal } from "./oracle-values.ts";
import { calculated, decimal, distance, order, whole } from "./oracle-values.ts";
import { indexOf, PATTERNS, SEALED_TEXTS } from "./world.ts";

type Kleene = boolean | undefined;

export interface Asked {
  readonly world: World;
  readonly catalogue: Catalogue;
  readonly asOf: Date;
  readonly segments?: ReadonlyMap<string, Criteria> | undefined;
}

/** Who is asked about. An account has people; an event has a customer, or waits for one. */
export type Member =
  | { readonly kind: "customer"; readonly id: number; readonly customer: CustomerData }
  | { readonly kind: "account"; readonly id: number; readonly account: Data }
  | {
      readonly kind: "event";
      readonly id: number;
      readonly event: EventData;
      readonly customer: CustomerData | undefined;
    };

interface Subject extends Asked {
  readonly member: Member;
  /** What a `where` looks at. */
  readonly selected?: Data | undefined;
}

export function customerMember(customer: CustomerData): Member {
  return { kind: "customer", id: customer.id, customer };
}

export type SubjectName = "customers" | "accounts" | "tickets";

/** Everybody and everything in the world that can be asked about. */
export function membersOf(world: World, subject: SubjectName): Member[] {
  switch (subject) {
    case "customers":
      return world.customers.map(customerMember);
    case "accounts":
      return world.accounts.map((account, index) => ({ kind: "account", id: index + 1, account }));
    case "tickets": {
      const waiting = (world.waiting ?? []).map((event) => ({ event, customer: undefined }));
      const others = world.customers.flatMap((customer) =>
        customer.tickets.map((event) => ({ event, customer })),
      );
      return [...others, ...waiting].map((one) => ({ kind: "event", id: one.event.id, ...one }));
    }
  }
}

/** Whether the member belongs. */
export function belongs(root: Condition, member: Member, asked: Asked): boolean {
  return truthOf(root, member, asked) === true;
}

/** The condition's truth for a member. An event of the future is no member of anything. */
export function truthOf(root: Condition, member: Member, asked: Asked): Kleene {
  const on = { ...asked, member };
  if (member.kind === "event" && micros(member.event.at) > nowOf(on)) {
    return false;
  }
  return truth(root, on);
}

function truth(node: Condition, on: Subject): Kleene {
  switch (node.kind) {
    case "and":
      return all(node.operands.map((operand) => truth(operand, on)));
    case "or":
      return not(all(node.operands.map((operand) => not(truth(operand, on)))));
    case "not":
      return not(truth(node.operand, on));
    case "constant":
      return node.value;
    case "comparison":
      return compared(node.operator, actual(node.left, on), actual(node.right, on));
    case "membership": {
      const value = actual(node.value, on);
      return (
        value !== undefined && node.options.some((option) => order(value, actual(option, on)) === 0)
      );
    }
    case "list-contains": {
      const list = actual(node.list, on);
      const item = actual(node.item, on);
      return Array.isArray(list) ? list.includes(item) : undefined;
    }
    case "presence":
      return (actual(node.value, on) !== undefined) === node.present;
    case "truth":
      return actual(node.value, on) as Kleene;
    case "text-test": {
      const value = actual(node.value, on);
      const argument = actual(node.argument, on);
      if (typeof value !== "string" || typeof argument !== "string") {
        return undefined;
      }
      return node.test === "contains"
        ? value.includes(argument)
        : node.test === "startsWith"
          ? value.startsWith(argument)
          : value.endsWith(argument);
    }
    case "pattern": {
      const value = actual(node.value, on);
      return typeof value === "string" ? matches(node.pattern, value) : undefined;
    }
    case "occurrence":
      return selected(node.events, on).length > 0 === node.any;
    case "sequence": {
      const steps = node.steps.map((step) => selected(step, on).map((event) => micros(event.at)));
      return chains(steps, BigInt(node.within.ms) * 1_000n);
    }
    case "segment": {
      const criteria = on.segments?.get(node.name);
      if (criteria === undefined) {
        throw new Error(`no segment ${node.name}`);
      }
      const member = criteria.subject === "customers" ? asCustomer(on.member) : on.member;
      return member !== undefined && truth(criteria.root, { ...on, member }) === true;
    }
    case "consent":
      return consents(customerOf(on.member)?.statements ?? [], node, on);
    case "pinned": {
      const id = node.subject === "customers" ? asCustomer(on.member)?.id : on.member.id;
      return (on.world.pins ?? []).some((pin) => pin.member === id && isPinned(pin, node, on));
    }
  }
}

/** An event's customer is asked about the segments of customers. */
function asCustomer(member: Member): Member | undefined {
  const customer = customerOf(member);
  return customer && customerMember(customer);
}

function customerOf(member: Member): CustomerData | undefined {
  return member.kind === "account" ? undefined : member.customer;
}

/**
 * Of each purpose and channel the statement stated last, among those that have begun, stands. One that
 * grants counts unless one that does not, and covers the question too, speaks against it.
 */
function consents(
  statements: readonly Statement[],
  { purpose, channel }: ConsentCondition,
  on: Subject,
): boolean {
  const now = nowOf(on);
  const covers = (broad: string, narrow: string): boolean => `${narrow}.`.startsWith(`${broad}.`);
  const begun = statements
    .map((said, place) => ({ ...said, place }))
    .filter((said) => covers(said.purpose, purpose))
    .filter((said) => said.channel === "any" || said.channel === channel)
    .filter((said) => micros(said.startsAt) <= now);
  const isLater = (one: (typeof begun)[number], other: (typeof begun)[number]): boolean =>
    micros(one.statedAt) === micros(other.statedAt)
      ? one.place > other.place
      : micros(one.statedAt) > micros(other.statedAt);
  const standing = begun.filter((said) =>
    begun.every(
      (other) =>
        other.purpose !== said.purpose || other.channel !== said.channel || !isLater(other, said),
    ),
  );
  const isExpired = (said: Statement): boolean =>
    said.expiresAt !== null && micros(said.expiresAt) <= now;
  const holds = (said: Statement): boolean => said.granted && !isExpired(said);
  return standing.filter(holds).some((yes) =>
    standing
      .filter((said) => !holds(said))
      .every((no) => {
        const isNarrower =
          covers(no.purpose, yes.purpose) && (no.channel === "any" || no.channel === yes.channel);
        return isNarrower && (no.granted || isLater(yes, no));
      }),
  );
}

function isPinned(pin: Pin, node: PinnedCondition, on: Subject): boolean {
  return (
    pin.segment === node.segment &&
    pin.direction === node.direction &&
    (pin.expiresAt === null || micros(pin.expiresAt) > nowOf(on))
  );
}

function all(truths: readonly Kleene[]): Kleene {
  if (truths.includes(false)) {
    return false;
  }
  return truths.includes(undefined) ? undefined : true;
}

function not(value: Kleene): Kleene {
  return value === undefined ? undefined : !value;
}

function compared(operator: string, left: Actual, right: Actual): Kleene {
  if (left === undefined || right === undefined) {
    const equal = left === right;
    return operator === "==" ? equal : operator === "!=" ? !equal : undefined;
  }
  const sign = order(left, right);
  switch (operator) {
    case "==":
      return sign === 0;
    case "!=":
      return sign !== 0;
    case "<":
      return sign < 0;
    case "<=":
      return sign <= 0;
    case ">":
      return sign > 0;
    default:
      return sign >= 0;
  }
}

/** The value that a blind index stands for. */
function valueOfIndex(index: string): string {
  const value = SEALED_TEXTS.find((text) => indexOf(text).toString("hex") === index);
  if (value === undefined) {
    throw new Error("say in world.ts which value has this blind index");
  }
  return value;
}

function matches(pattern: string, text: string): boolean {
  const javascript = PATTERNS.get(pattern);
  if (javascript === undefined) {
    throw new Error(`say in world.ts what ${pattern} means in JavaScript`);
  }
  return javascript.test(text);
}

function actual(node: Value, on: Subject): Actual {
  switch (node.kind) {
    case "text-literal":
      return node.text;
    case "number-literal":
      return decimal(node.text);
    case "boolean-literal":
      return node.value;
    case "date-literal":
      return node.date;
    case "instant-literal":
      return micros(node.instant);
    case "sealed-literal":
      return valueOfIndex(node.index);
    case "field":
      return fieldOf(node, on);
    case "now":
      return nowOf(on);
    case "arithmetic":
      return calculated(
        node.operator,
        actual(node.left, on) as Decimal | undefined,
        actual(node.right, on) as Decimal | undefined,
      );
    case "negation": {
      const operand = actual(node.operand, on) as Decimal | undefined;
      return operand && { units: -operand.units, scale: operand.scale };
    }
    case "shift": {
      const instant = actual(node.instant, on) as bigint | undefined;
      const span = BigInt(node.span.ms) * 1_000n;
      return instant === undefined
        ? undefined
        : node.operator === "+"
          ? instant + span
          : instant - span;
    }
    case "letter-case": {
      const text = actual(node.text, on) as string | undefined;
      return node.to === "lower" ? text?.toLowerCase() : text?.toUpperCase();
    }
    case "size": {
      const sized = actual(node.of, on) as string | readonly string[] | undefined;
      return sized === undefined ? undefined : whole(Array.from(sized).length);
    }
    case "age":
    case "days-since":
    case "start-of-day":
    case "date-of":
      return calendarActual(node, on);
    case "distance":
      return distance(
        [node.latitude, node.longitude, node.toLatitude, node.toLongitude].map(
          (part) => actual(part, on) as Decimal | undefined,
        ),
      );
    case "score": {
      const bucket = customerOf(on.member)?.scores?.[node.score];
      return bucket === undefined ? undefined : whole(bucket);
    }
    case "aggregate":
      return aggregated(node, on);
  }
}

function calendarActual(
  node: Extract<Value, { kind: "age" | "days-since" | "start-of-day" | "date-of" }>,
  on: Subject,
): Actual {
  switch (node.kind) {
    case "age": {
      const born = actual(node.date, on) as string | undefined;
      return born === undefined ? undefined : whole(ageOn(today(on), born));
    }
    case "days-since": {
      const from = actual(node.of, on) as string | bigint | undefined;
      if (from === undefined) {
        return undefined;
      }
      const day = typeof from === "bigint" ? localDate(from, on.world.timeZone) : from;
      return whole((Date.parse(today(on)) - Date.parse(day)) / 86_400_000);
    }
    case "start-of-day": {
      const date = actual(node.date, on) as string | undefined;
      return date === undefined ? undefined : startOfDay(date, on.world.timeZone);
    }
    case "date-of": {
      const instant = actual(node.instant, on) as bigint | undefined;
      return instant === undefined ? undefined : localDate(instant, on.world.timeZone);
    }
  }
}

function fieldOf(node: Extract<Value, { kind: "field" }>, on: Subject): Actual {
  switch (node.of) {
    case "event":
    case "person":
      return read(node.type, on.selected, node.field);
    case "customer":
      return read(node.type, customerOf(on.member)?.fields, node.field);
    case "member":
      return on.member.kind === "event"
        ? read(node.type, on.member.event.fields, node.field)
        : undefined;
    case "account":
      return read(node.type, accountOf(on), node.field);
  }
}

function accountOf({ member, world }: Subject): Data | undefined {
  const customer = customerOf(member);
  return member.kind === "account" ? member.account : customer && accountOfPerson(customer, world);
}

/** Of several accounts with the number the first. */
function accountOfPerson(person: CustomerData, world: World): Data | undefined {
  return world.accounts.find((account) => account["account_no"] === person.fields["account_no"]);
}

/** Of an account all who belong to it. */
function peopleOf({ member, world }: Subject): readonly CustomerData[] {
  if (member.kind === "account") {
    return world.customers.filter((one) => accountOfPerson(one, world) === member.account);
  }
  return member.customer === undefined ? [] : [member.customer];
}

function read(type: string, data: Data | undefined, field: string): Actual {
  const datum = data?.[field];
  if (datum === null || datum === undefined || typeof datum !== "string") {
    return datum ?? undefined;
  }
  switch (type) {
    case "integer":
    case "decimal":
      return decimal(datum);
    case "timestamp":
      return micros(datum);
    default:
      return datum;
  }
}

function selected(selection: EventSelection, on: Subject): readonly EventData[] {
  const { dataset, window, where } = selection;
  const rows =
    dataset === "customers"
      ? peopleOf(on).map(({ id, fields }) => ({ id, at: NO_TIME, fields }))
      : peopleOf(on).flatMap((one) => (dataset === "orders" ? one.orders : one.tickets));
  return rows
    .filter(({ at }) => window.kind === "timeless" || micros(at) <= nowOf(on))
    .filter(({ at }) => window.kind === "timeless" || inWindow(micros(at), window, on))
    .filter(
      ({ fields }) => where === undefined || truth(where, { ...on, selected: fields }) === true,
    );
}

const NO_TIME = "1970-01-01T00:00:00.000000Z";

function inWindow(
  at: bigint,
  window: Exclude<EventWindow, { kind: "timeless" }>,
  on: Subject,
): boolean {
  const bound = (node: Value): bigint => actual(node, on) as bigint;
  switch (window.kind) {
    case "all-time":
      return true;
    case "within":
      return window.span.kind === "fixed"
        ? at > BigInt(on.asOf.getTime() - window.span.ms) * 1_000n
        : at >= startOfDay(monthsBefore(today(on), window.span.months), on.world.timeZone);
    case "between":
      return at >= bound(window.from) && at < bound(window.until);
    case "before":
      return at < bound(window.until);
    case "after":
      return at >= bound(window.from);
  }
}

/** Tries every chain. */
function chains(steps: readonly (readonly bigint[])[], within: bigint): boolean {
  const follow = (step: number, start: bigint, previous: bigint): boolean => {
    const events = steps[step];
    return (
      events === undefined ||
      events.some((at) => at > previous && at - start < within && follow(step + 1, start, at))
    );
  };
  return (steps[0] ?? []).some((start) => follow(1, start, start));
}

function aggregated(node: AggregateValue, on: Subject): Actual {
  const events = selected(node.events, on).toSorted((a, b) =>
    micros(a.at) < micros(b.at) ? -1 : micros(a.at) > micros(b.at) ? 1 : a.id - b.id,
  );
  const type =
    node.function === "first" ||
    node.function === "last" ||
    node.function === "min" ||
    node.function === "max"
      ? node.type
      : NUMBERS.has(node.field ?? "")
        ? "decimal"
        : "text";
  const values = events.map((event) => read(type, event.fields, node.field ?? ""));
  const present = values.filter((value) => value !== undefined);
  const numbers = present as readonly Decimal[];
  const sum = (): Decimal =>
    numbers.reduce((total, value) => calculated("+", total, value) ?? total, whole(0));
  switch (node.function) {
    case "count":
      return whole(events.length);
    case "sum":
      return sum();
    case "avg":
      return calculated("/", sum(), whole(numbers.length));
    case "min":
      return present.toSorted(order)[0];
    case "max":
      return present.toSorted(order).at(-1);
    case "first":
      return values[0];
    case "last":
      return values.at(-1);
    case "distinct":
      return whole(
        present.filter(
          (one, index) => present.findIndex((other) => order(one, other) === 0) === index,
        ).length,
      );
    case "firstAt":
      return events[0] && micros(events[0].at);
    case "lastAt": {
      const last = events.at(-1);
      return last && micros(last.at);
    }
  }
}

const NUMBERS = new Set(["amount", "quantity", "visits", "points", "balance", "lat"]);

function nowOf({ asOf }: Asked): bigint {
  return BigInt(asOf.getTime()) * 1_000n;
}

function today(on: Subject): string {
  return localDate(nowOf(on), on.world.timeZone);
}
