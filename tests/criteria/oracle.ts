/**
 * A plain interpreter of criteria over JavaScript objects: one customer, one condition at a time,
 * written for obviousness and from docs/criteria.md, sharing nothing with the SQL but the tree.
 * Instants are microseconds in a bigint, decimals a bigint and a scale; undefined is missing.
 */
import type {
  AggregateValue,
  Condition,
  EventSelection,
  EventWindow,
  Value,
} from "../../src/modules/criteria/index.ts";
import type { Catalogue } from "../../src/modules/contracts/index.ts";
import type { CustomerData, Data, EventData, World } from "./world.ts";
import { PATTERNS } from "./world.ts";

export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

/** A date is its text, an instant its microseconds, a number its exact decimal. */
type Actual = string | boolean | bigint | Decimal | readonly string[] | undefined;
type Kleene = boolean | undefined;

export interface Asked {
  readonly world: World;
  readonly catalogue: Catalogue;
  readonly asOf: Date;
  readonly segments?: ReadonlyMap<string, Condition> | undefined;
}

interface Subject extends Asked {
  readonly customer: CustomerData;
  readonly event?: EventData | undefined;
}

/** Whether the customer belongs. */
export function belongs(root: Condition, customer: CustomerData, asked: Asked): boolean {
  return truth(root, { ...asked, customer }) === true;
}

/** The condition's truth for a customer. */
export function truthOf(root: Condition, customer: CustomerData, asked: Asked): Kleene {
  return truth(root, { ...asked, customer });
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
      const root = on.segments?.get(node.name);
      if (root === undefined) {
        throw new Error(`no segment ${node.name}`);
      }
      return truth(root, on) === true;
    }
  }
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

function order(left: Actual, right: Actual): number {
  if (
    typeof left === "object" &&
    typeof right === "object" &&
    "units" in left &&
    "units" in right
  ) {
    const [a, b] = aligned(left, right);
    return a < b ? -1 : a > b ? 1 : 0;
  }
  if (typeof left === "string" && typeof right === "string") {
    return textOrder([...left], [...right]);
  }
  if (typeof left !== typeof right) {
    throw new TypeError("values of different types were compared");
  }
  return (left ?? 0) < (right ?? 0) ? -1 : (left ?? 0) > (right ?? 0) ? 1 : 0;
}

function textOrder(left: readonly string[], right: readonly string[]): number {
  for (const [index, character] of left.entries()) {
    const other = right[index];
    if (other === undefined) {
      return 1;
    }
    const difference = (character.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return left.length - right.length;
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
    case "field":
      return fieldOf(node, on);
    case "now":
      return BigInt(on.asOf.getTime()) * 1_000n;
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
      return sized === undefined ? undefined : whole([...sized].length);
    }
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
    case "distance":
      return distance(
        [node.latitude, node.longitude, node.toLatitude, node.toLongitude].map(
          (part) => actual(part, on) as Decimal | undefined,
        ),
      );
    case "aggregate":
      return aggregated(node, on);
  }
}

function fieldOf(node: Extract<Value, { kind: "field" }>, on: Subject): Actual {
  if (node.of === "event") {
    return read(node.type, on.event?.fields, node.field);
  }
  if (node.of === "customer") {
    return read(node.type, on.customer.fields, node.field);
  }
  const account = on.world.accounts.find(
    (candidate) => candidate["account_no"] === on.customer.fields["account_no"],
  );
  return read(node.type, account, node.field);
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
  const events = selection.dataset === "orders" ? on.customer.orders : on.customer.tickets;
  const now = BigInt(on.asOf.getTime()) * 1_000n;
  return events
    .filter((event) => micros(event.at) <= now)
    .filter((event) => inWindow(micros(event.at), selection.window, on))
    .filter(
      (event) => selection.where === undefined || truth(selection.where, { ...on, event }) === true,
    );
}

function inWindow(at: bigint, window: EventWindow, on: Subject): boolean {
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
      : node.field === "amount" || node.field === "quantity"
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

function decimal(text: string): Decimal {
  const [units = "", fraction = ""] = text.split(".");
  return { units: BigInt(units + fraction), scale: fraction.length };
}

function whole(number: number): Decimal {
  return { units: BigInt(number), scale: 0 };
}

function aligned(a: Decimal, b: Decimal): readonly [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale);
  return [
    a.units * 10n ** BigInt(scale - a.scale),
    b.units * 10n ** BigInt(scale - b.scale),
    scale,
  ];
}

function calculated(
  operator: string,
  left: Decimal | undefined,
  right: Decimal | undefined,
): Decimal | undefined {
  if (left === undefined || right === undefined) {
    return undefined;
  }
  const [a, b, scale] = aligned(left, right);
  switch (operator) {
    case "+":
      return { units: a + b, scale };
    case "-":
      return { units: a - b, scale };
    case "*":
      return { units: left.units * right.units, scale: left.scale + right.scale };
    default:
      return b === 0n ? undefined : { units: (a * 10n ** 12n) / b, scale: 12 };
  }
}

/** Microseconds since 1970 of an RFC 3339 text in UTC with three or six digits of seconds. */
export function micros(text: string): bigint {
  const fine = /\.\d{3}(\d{3})Z$/.exec(text)?.[1] ?? "000";
  return BigInt(Date.parse(`${text.slice(0, 23)}Z`)) * 1_000n + BigInt(fine);
}

function today(on: Subject): string {
  return localDate(BigInt(on.asOf.getTime()) * 1_000n, on.world.timeZone);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localDate(instant: bigint, timeZone: string): string {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat("sv-SE", {
      timeZone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    });
  formats.set(timeZone, format);
  // Downwards also before 1970, where BigInt division goes towards zero.
  const ms = Number((instant - (((instant % 1_000n) + 1_000n) % 1_000n)) / 1_000n);
  return format.format(new Date(ms)).padStart(10, "0");
}

const starts = new Map<string, bigint>();

function startOfDay(date: string, timeZone: string): bigint {
  const key = `${date} ${timeZone}`;
  const known = starts.get(key);
  if (known !== undefined) {
    return known;
  }
  // Every quarter of an hour: no zone of the tests begins its days anywhere else in these years. Before
  // standard time, local mean time has seconds, so the search goes on in seconds.
  let ms = Date.parse(`${date}T00:00:00Z`) - 86_400_000;
  for (const step of [900_000, 1_000]) {
    while (localDate(BigInt(ms + step) * 1_000n, timeZone) < date) {
      ms += step;
    }
  }
  const start = BigInt(ms + 1_000) * 1_000n;
  starts.set(key, start);
  return start;
}

function ageOn(day: string, born: string): number {
  const [year = 0, birthYear = 0] = [day, born].map((text) => Number(text.slice(0, 4)));
  return year - birthYear - (day.slice(5) < born.slice(5) ? 1 : 0);
}

function monthsBefore(date: string, months: number): string {
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  const first = new Date(Date.UTC(year, month - 1 - months, 1));
  const length = new Date(
    Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0),
  ).getUTCDate();
  first.setUTCDate(Math.min(day, length));
  return first.toISOString().slice(0, 10);
}

function distance(parts: readonly (Decimal | undefined)[]): Decimal | undefined {
  const [lat, lon, toLat, toLon] = parts.map(
    (part) => part && Number(part.units) / 10 ** part.scale,
  );
  if (lat === undefined || lon === undefined || toLat === undefined || toLon === undefined) {
    return undefined;
  }
  if (
    Math.max(Math.abs(lat), Math.abs(toLat)) > 90 ||
    Math.max(Math.abs(lon), Math.abs(toLon)) > 180
  ) {
    return undefined;
  }
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const h =
    Math.sin(radians(toLat - lat) / 2) ** 2 +
    Math.cos(radians(lat)) * Math.cos(radians(toLat)) * Math.sin(radians(toLon - lon) / 2) ** 2;
  const km = 2 * 6371.0088 * Math.asin(Math.min(1, Math.sqrt(h)));
  return decimal(km.toFixed(6));
}
