import { must, unreachable } from "../../../kernel/index.ts";
import { quoteIdent } from "../../../platform/postgres/index.ts";
import { blindIndexOf } from "../../contracts/index.ts";
import type {
  AggregateValue,
  DistanceValue,
  EventSelection,
  FieldValue,
  Literal,
  Value,
} from "../tree/index.ts";
import { isNumber, typeOf } from "../tree/index.ts";
import type { QueryDraft, Row } from "./draft.ts";
import { EVENT } from "./draft.ts";
import type { ParameterType } from "./parameters.ts";
import { dateSql, fixedInstant, spanSql, startOfDaySql } from "./instant-sql.ts";
import { selectionConjuncts } from "./selection-sql.ts";

/** Mean radius of the Earth, (2a + b) / 3 of the WGS 84 ellipsoid (IUGG R1), in kilometres. */
export const EARTH_RADIUS_KM = "6371.0088";
/** Quotients and averages are cut after this many decimals, so that every engine gives the same digits. */
export const QUOTIENT_DECIMALS = 12;
const QUOTIENT_SCALE = `1${"0".repeat(QUOTIENT_DECIMALS)}`;
const QUOTIENT_UNIT = `0.${"0".repeat(QUOTIENT_DECIMALS - 1)}1`;
/**
 * Letters change case as Unicode says, not as the database's locale does. ICU's root collation is in
 * every PostgreSQL build with ICU, which all packaged ones are.
 */
const UNICODE = 'collate "und-x-icu"';

/** Writes a value. Null stands for missing; no value of the tree makes PostgreSQL throw. */
export function valueSql(draft: QueryDraft, node: Value, row: Row): string {
  switch (node.kind) {
    case "text-literal":
    case "number-literal":
    case "boolean-literal":
    case "date-literal":
    case "instant-literal":
    case "sealed-literal":
      return literalSql(draft, node);
    case "field":
      return fieldSql(draft, node);
    case "now":
      return draft.now;
    case "arithmetic":
      return arithmeticSql(
        node.operator,
        numericSql(draft, node.left, row),
        numericSql(draft, node.right, row),
      );
    case "negation":
      return `(- ${numericSql(draft, node.operand, row)})`;
    case "shift":
      return (
        fixedInstant(draft, node) ??
        `(${valueSql(draft, node.instant, row)} ${node.operator} ${spanSql(draft, node.span.ms)})`
      );
    case "letter-case":
      return `${node.to}(${valueSql(draft, node.text, row)} ${UNICODE})`;
    case "size": {
      const sized = valueSql(draft, node.of, row);
      return typeOf(node.of) === "text-list" ? `cardinality(${sized})` : `length(${sized})`;
    }
    case "age":
      return ageSql(draft, valueSql(draft, node.date, row));
    case "days-since":
      return `(${draft.today} - ${dayOf(draft, node.of, row)})`;
    case "start-of-day":
      return startOfDaySql(draft, valueSql(draft, node.date, row));
    case "date-of":
      return dateSql(draft, valueSql(draft, node.instant, row));
    case "distance":
      return distanceSql(draft, node, row);
    case "score":
      return scoreSql(draft, node.score);
    case "aggregate":
      return aggregateSql(draft, node);
    default:
      return unreachable(node);
  }
}

/** A sealed field is its blind index wherever it is looked at. */
function fieldSql(draft: QueryDraft, node: FieldValue): string {
  const column = columnSql(draft, node);
  return node.type === "sealed" ? blindIndexOf(column) : column;
}

function columnSql(draft: QueryDraft, node: FieldValue): string {
  switch (node.of) {
    case "customer":
      return draft.customerField(node.field);
    case "account":
      return draft.accountField(node.field);
    case "member":
      return draft.memberField(node.field);
    case "event":
    case "person":
      return `${EVENT}.${quoteIdent(node.field)}`;
  }
}

function literalSql(draft: QueryDraft, node: Literal): string {
  return draft.parameters.add(literalText(node), literalType(node));
}

/** A literal in the text form that PostgreSQL reads exactly. */
export function literalText(node: Literal): string {
  switch (node.kind) {
    case "text-literal":
    case "number-literal":
      return node.text;
    case "boolean-literal":
      return String(node.value);
    case "date-literal":
      return node.date;
    case "instant-literal":
      return node.instant;
    case "sealed-literal":
      return `\\x${node.index}`;
  }
}

/** The scalar type of a literal's parameter; numbers are `numeric` unless {@link isBigint} allows more. */
export function literalType(
  node: Literal,
): Exclude<ParameterType, `${string}[]` | "interval" | "integer" | "bigint"> {
  switch (node.kind) {
    case "text-literal":
      return "text";
    case "number-literal":
      return "numeric";
    case "boolean-literal":
      return "boolean";
    case "date-literal":
      return "date";
    case "instant-literal":
      return "timestamptz";
    case "sealed-literal":
      return "bytea";
  }
}

const BIGINT_MAX = 9_223_372_036_854_775_807n;

/** Whether a number can be compared as `bigint`, which is faster than `numeric` and can use an index. */
export function isBigint(node: Value): boolean {
  if (node.kind !== "number-literal") {
    return typeOf(node) === "integer" && node.kind !== "arithmetic" && node.kind !== "negation";
  }
  if (node.text.includes(".")) {
    return false;
  }
  const number = BigInt(node.text);
  return number <= BIGINT_MAX && number >= -BIGINT_MAX;
}

function scoreSql(draft: QueryDraft, score: string): string {
  const name = draft.parameters.add(score, "text");
  const buckets = `select s.customer as _owner, s.bucket from _scores s where s.score = ${name}`;
  return `${draft.joinStored(buckets, draft.customerId)}.bucket`;
}

/** A number as `numeric`, in which no calculation overflows. */
export function numericSql(draft: QueryDraft, node: Value, row: Row): string {
  const sql = valueSql(draft, node, row);
  return node.kind === "number-literal" || typeOf(node) === "decimal" ? sql : `${sql}::numeric`;
}

function arithmeticSql(operator: string, left: string, right: string): string {
  return operator === "/" ? quotientSql(left, right) : `(${left} ${operator} ${right})`;
}

/** `numeric / numeric` rounds to a scale that depends on its operands; `div` cuts exactly. */
function quotientSql(dividend: string, divisor: string): string {
  return `(div(${dividend} * ${QUOTIENT_SCALE}, nullif(${divisor}, 0)) * ${QUOTIENT_UNIT})`;
}

/** The day of a date or of an instant. */
function dayOf(draft: QueryDraft, node: Value, row: Row): string {
  const sql = valueSql(draft, node, row);
  return typeOf(node) === "timestamp" ? dateSql(draft, sql) : sql;
}

/**
 * Whole years as the difference of the dates read as numbers YYYYMMDD, which makes those born on
 * 29 February a year older on 1 March of years without one.
 */
function ageSql(draft: QueryDraft, date: string): string {
  return `floor((${dateNumber(draft.today)} - ${dateNumber(date)}) / 10000)::integer`;
}

function dateNumber(date: string): string {
  return (
    `(extract(year from ${date}) * 10000 + extract(month from ${date}) * 100` +
    ` + extract(day from ${date}))`
  );
}

/** Haversine (Sinnott, Sky & Telescope 68, 1984), rounded to millimetres. */
function distanceSql(draft: QueryDraft, node: DistanceValue, row: Row): string {
  const [latitude, longitude, toLatitude, toLongitude] = [
    node.latitude,
    node.longitude,
    node.toLatitude,
    node.toLongitude,
  ].map((part) => `${numericSql(draft, part, row)}::float8`);
  const haversine =
    `sin(radians(${toLatitude} - ${latitude}) / 2) ^ 2 + cos(radians(${latitude})) * ` +
    `cos(radians(${toLatitude})) * sin(radians(${toLongitude} - ${longitude}) / 2) ^ 2`;
  return (
    `(case when ${latitude} between -90 and 90 and ${toLatitude} between -90 and 90 ` +
    `and ${longitude} between -180 and 180 and ${toLongitude} between -180 and 180 then ` +
    `round((2 * ${EARTH_RADIUS_KM} * asin(least(1, sqrt(${haversine}))))::numeric, 6) end)`
  );
}

/** No events: counts and sums are 0, everything else is missing. */
function aggregateSql(draft: QueryDraft, node: AggregateValue): string {
  const column = eventColumn(draft, node.events, aggregateText(node));
  const empty =
    node.function === "count" || node.function === "sum" || node.function === "distinct";
  return empty ? `coalesce(${column}, 0)` : column;
}

/** A column of the dataset's pass, over the selected events. */
export function eventColumn(
  draft: QueryDraft,
  events: EventSelection,
  aggregate: (filter: string) => string,
): string {
  const { conjuncts, since } = selectionConjuncts(draft, events);
  return draft.pass(events.dataset).column({ conjuncts, since, aggregate });
}

function aggregateText(node: AggregateValue): (filter: string) => string {
  const field =
    node.field === undefined
      ? undefined
      : `${EVENT}.${quoteIdent(must(node.field, "aggregates of a field name it"))}`;
  switch (node.function) {
    case "count":
      return (filter) => `count(*)${filter}`;
    case "sum":
    case "min":
    case "max":
      return (filter) => `${node.function}(${field})${filter}`;
    case "avg":
      return (filter) => quotientSql(`sum(${field}::numeric)${filter}`, `count(${field})${filter}`);
    case "distinct":
      return (filter) => `count(distinct ${field})${filter}`;
    case "first":
      return (filter) => `(array_agg(${field} order by e._at, e._id)${filter})[1]`;
    case "last":
      return (filter) => `(array_agg(${field} order by e._at desc, e._id desc)${filter})[1]`;
    case "firstAt":
      return (filter) => `min(e._at)${filter}`;
    case "lastAt":
      return (filter) => `max(e._at)${filter}`;
    default:
      return unreachable(node.function);
  }
}

/** Whether two values compare as numbers. */
export function areNumbers(left: Value, right: Value): boolean {
  return isNumber(typeOf(left)) && isNumber(typeOf(right));
}
