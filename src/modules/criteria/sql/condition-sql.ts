import { must, InvalidInputError, unreachable } from "../../../kernel/index.ts";
import { quoteIdent } from "../../../platform/postgres/index.ts";
import { customerDataset, type Dataset, recordsTable } from "../../contracts/index.ts";
import { subjectDataset } from "../subject.ts";
import type {
  AgeValue,
  ComparisonCondition,
  ComparisonOperator,
  Condition,
  ConsentCondition,
  MembershipCondition,
  PinnedCondition,
  TextTestCondition,
  Value,
} from "../tree/index.ts";
import { isLiteral, typeOf } from "../tree/index.ts";
import { readPattern } from "../text/pattern.ts";
import { consentingSql, type ConsentAsked } from "./consent-sql.ts";
import type { Place, QueryDraft, Row } from "./draft.ts";
import { daysSinceSql, MIRRORED } from "./days-since-sql.ts";
import { criteriaOf } from "./segments.ts";
import { sequenceTable } from "./sequence-sql.ts";
import {
  areNumbers,
  eventColumn,
  isBigint,
  literalText,
  literalType,
  valueSql,
} from "./value-sql.ts";

/**
 * Writes a condition as a boolean expression: null for missing when `need` is `kleene`. PostgreSQL's
 * `and`, `or` and `not` are Kleene's, as are CEL's `&&`, `||` and `!` on errors; `==` and `!=` are not
 * (they treat missing as a value), so they are never a bare `=` where a null could show.
 */
export function conditionSql(draft: QueryDraft, node: Condition, place: Place): string {
  const { row, need } = place;
  switch (node.kind) {
    case "and":
    case "or":
      return `(${node.operands.map((operand) => conditionSql(draft, operand, place)).join(` ${node.kind} `)})`;
    case "not":
      return `(not ${conditionSql(draft, node.operand, { row, need: "kleene" })})`;
    case "constant":
      return String(node.value);
    case "comparison":
      return comparisonSql(draft, node, place);
    case "membership":
      return membershipSql(draft, node, place);
    case "list-contains": {
      const found = `${valueSql(draft, node.item, row)} = any(${valueSql(draft, node.list, row)})`;
      return need === "truth"
        ? `(${found})`
        : `(case when ${valueSql(draft, node.list, row)} is not null then coalesce(${found}, false) end)`;
    }
    case "presence":
      return `(${valueSql(draft, node.value, row)} is ${node.present ? "not null" : "null"})`;
    case "truth":
      return valueSql(draft, node.value, row);
    case "text-test":
      return textTestSql(draft, node, row);
    case "pattern": {
      const pattern = draft.parameters.add(spelledPattern(node.pattern), "text");
      return `(${valueSql(draft, node.value, row)} collate "C" ~ ${pattern})`;
    }
    case "occurrence": {
      const count = eventColumn(draft, node.events, (filter) => `count(*)${filter}`);
      return `(coalesce(${count}, 0) ${node.any ? ">" : "="} 0)`;
    }
    case "sequence":
      return `(${draft.join(sequenceTable(draft, node))}._owner is not null)`;
    case "segment":
      return segmentSql(draft, node.name, need);
    case "consent":
      return `(${draft.join(consentingSql(consentAsked(draft, node)))}._owner is not null)`;
    case "pinned":
      return `(${pinSql(draft, node, "direction")} is not null)`;
    default:
      return unreachable(node);
  }
}

/** What a pattern is called with in PostgreSQL. It was checked when the criteria were read. */
export function spelledPattern(pattern: string): string {
  const outcome = readPattern(pattern);
  return must(
    outcome.ok ? outcome.value : undefined,
    "patterns are checked when criteria are read",
  );
}

/**
 * Criteria whose sealed values stand in them in clear were checked, and not sealed: nothing is found by
 * the value, and it must not become a parameter that a log may show.
 */
function refuseUnsealed(values: readonly Value[]): void {
  const sealed = values.filter((value) => typeOf(value) === "sealed");
  if (sealed.length > 0 && sealed.length < values.length) {
    throw new InvalidInputError(
      "criteria-unsealed",
      "the criteria compare a sealed field with a value in clear",
      [],
      { hint: "apply the definition that says so again: its values are sealed when it is kept" },
    );
  }
}

function comparisonSql(draft: QueryDraft, node: ComparisonCondition, place: Place): string {
  refuseUnsealed([node.left, node.right]);
  const short = ageComparisonSql(draft, node, place) ?? daysSinceSql(draft, node, place);
  if (short !== undefined) {
    return short;
  }
  const [left, right] = operandsSql(draft, node, place.row);
  switch (node.operator) {
    case "==":
      // A literal is never null, so `=` is true exactly when the two are equal; an index can serve it.
      return place.need === "truth" && (isLiteral(node.left) || isLiteral(node.right))
        ? `(${left} = ${right})`
        : `(${left} is not distinct from ${right})`;
    case "!=":
      return `(${left} is distinct from ${right})`;
    default:
      // Texts are ordered by code point, as in CEL, whatever the database's collation.
      return typeOf(node.left) === "text"
        ? `(${left} collate "C" ${node.operator} ${right} collate "C")`
        : `(${left} ${node.operator} ${right})`;
  }
}

function operandsSql(
  draft: QueryDraft,
  node: ComparisonCondition,
  row: Row,
): readonly [string, string] {
  const narrow = areNumbers(node.left, node.right) && isBigint(node.left) && isBigint(node.right);
  const operand = (value: Value): string =>
    narrow && value.kind === "number-literal"
      ? draft.parameters.add(value.text, "bigint")
      : valueSql(draft, value, row);
  return [operand(node.left), operand(node.right)];
}

/** `age(d)` beside a whole number of years, from whichever side it was written. */
export function ageComparison(
  node: ComparisonCondition,
):
  | { readonly age: AgeValue; readonly operator: ComparisonOperator; readonly years: number }
  | undefined {
  const [age, operator, literal] =
    node.left.kind === "age"
      ? [node.left, node.operator, node.right]
      : [node.right, MIRRORED[node.operator], node.left];
  if (
    age.kind !== "age" ||
    literal.kind !== "number-literal" ||
    !/^-?\d{1,3}$/.test(literal.text)
  ) {
    return undefined;
  }
  return { age, operator, years: Number(literal.text) };
}

/**
 * `age(d) >= n` is `d <= today - n years`: one comparison of dates instead of six `extract`s, and an
 * index can serve it. The day does not exist when today is 29 February; PostgreSQL then takes the
 * 28th, which is right, for whoever was born on 1 March is still younger.
 */
function ageComparisonSql(
  draft: QueryDraft,
  node: ComparisonCondition,
  { row, need }: Place,
): string | undefined {
  const comparison = ageComparison(node);
  if (comparison === undefined) {
    return undefined;
  }
  const date = valueSql(draft, comparison.age.date, row);
  const bornBy = (years: number): string => {
    const span = draft.parameters.add(`${years} years`, "interval");
    return draft.once(`(${draft.today} - ${span})::date`);
  };
  const { operator, years } = comparison;
  switch (operator) {
    case ">=":
      return `(${date} <= ${bornBy(years)})`;
    case ">":
      return `(${date} <= ${bornBy(years + 1)})`;
    case "<":
      return `(${date} > ${bornBy(years)})`;
    case "<=":
      return `(${date} > ${bornBy(years + 1)})`;
    case "==":
    case "!=": {
      const equal = `${date} <= ${bornBy(years)} and ${date} > ${bornBy(years + 1)}`;
      if (operator === "!=") {
        return `(not coalesce(${equal}, false))`;
      }
      return need === "truth" ? `(${equal})` : `coalesce(${equal}, false)`;
    }
    default:
      return unreachable(operator);
  }
}

function membershipSql(draft: QueryDraft, node: MembershipCondition, { row, need }: Place): string {
  const [first] = node.options;
  if (first === undefined) {
    return "false";
  }
  refuseUnsealed([node.value, ...node.options]);
  const narrow = isBigint(node.value) && node.options.every(isBigint);
  const type = narrow ? "bigint[]" : (`${literalType(first)}[]` as const);
  const options = draft.parameters.add(node.options.map(literalText), type);
  const found = `${valueSql(draft, node.value, row)} = any(${options})`;
  return need === "truth" ? `(${found})` : `coalesce(${found}, false)`;
}

/** Never `like`: its wildcards would turn a customer's text into a pattern. */
function textTestSql(draft: QueryDraft, node: TextTestCondition, row: Row): string {
  const text = valueSql(draft, node.value, row);
  const argument = valueSql(draft, node.argument, row);
  switch (node.test) {
    case "contains":
      return `(strpos(${text}, ${argument}) > 0)`;
    case "startsWith":
      return `starts_with(${text}, ${argument})`;
    case "endsWith":
      return `(right(${text}, length(${argument})) = ${argument})`;
    default:
      return unreachable(node.test);
  }
}

/** Membership is never missing: a customer for whom the segment's own condition is missing is outside. */
function segmentSql(draft: QueryDraft, name: string, need: Place["need"]): string {
  const criteria = criteriaOf(draft.segments, name);
  const inner = conditionSql(draft, criteria.root, { row: "member", need: "truth" });
  const subject = subjectDataset(draft.catalogue, criteria.subject);
  // The customer of an event is asked about: nobody, when it waits for its customer.
  const truth =
    draft.subject.kind === "event" && subject?.kind === "customer"
      ? `(${draft.customerField("_id")} is not null and ${inner})`
      : inner;
  return need === "truth" ? truth : `coalesce(${truth}, false)`;
}

/** The question that a condition on consent asks: of everybody, or of the customer beside the member. */
export function consentAsked(draft: QueryDraft, node: ConsentCondition): ConsentAsked {
  const customers = must(
    customerDataset(draft.catalogue),
    "consents are parsed only with customers",
  );
  return {
    records: quoteIdent(recordsTable(customers)),
    customer: draft.isAboutAll ? undefined : draft.customerId,
    purpose: draft.parameters.add(node.purpose, "text"),
    channel: draft.parameters.add(node.channel, "text"),
    at: draft.now,
  };
}

/**
 * Something about the pin of whoever the segment's members are; null when there is none in this
 * direction. A member has one pin that counts at most, so it is joined and not searched for.
 */
export function pinSql(
  draft: QueryDraft,
  node: PinnedCondition,
  column: "direction" | "expires_at" | "pinned_by" | "reason",
): string {
  const direction = draft.parameters.add(node.direction, "text");
  const subject = subjectDataset(draft.catalogue, node.subject);
  const pins =
    `select c._owner, c.direction, c.expires_at, c.pinned_by, c.reason ` +
    `from (${pinsThatCount(draft, node, subject)}) c where c.direction = ${direction}`;
  const owner = subject === draft.subject ? draft.memberId : draft.customerId;
  return `${draft.joinStored(pins, owner)}.${column}`;
}

/**
 * The pins of a segment by whom they count for. Those of somebody who was merged away count for whom he
 * became, unless that one has a pin of his own; of several the newest. When they are split again, each
 * has his own.
 */
function pinsThatCount(
  draft: QueryDraft,
  { segment: name }: PinnedCondition,
  subject: Dataset | undefined,
): string {
  const segment = draft.parameters.add(name, "text");
  const counts = (pin: string): string =>
    `${pin}.segment = ${segment} and ${pin}.removed_at is null ` +
    `and (${pin}.expires_at is null or ${pin}.expires_at > ${draft.now})`;
  const columns = "p.direction, p.expires_at, p.pinned_by, p.reason";
  const own = `select p.member as _owner, ${columns} from _pins p where ${counts("p")}`;
  if (subject === undefined || subject.kind === "event") {
    return own;
  }
  const dataset = draft.parameters.add(subject.name, "text");
  return (
    `${own} union all select r.new_id, ${columns} ` +
    `from _pins p join _redirects r on r.dataset = ${dataset} and r.old_id = p.member where ${counts("p")} ` +
    `and not exists (select from _pins o where o.member = r.new_id and ${counts("o")}) ` +
    `and not exists (select from _redirects n join _pins o on o.member = n.old_id ` +
    `where n.dataset = ${dataset} and n.new_id = r.new_id and o.pin > p.pin and ${counts("o")})`
  );
}
