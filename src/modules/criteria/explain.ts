import { assert, must } from "../../kernel/index.ts";
import { describeCondition, describeValue, type Described } from "./describe.ts";
import { conditionSql, consentAsked, pinSql } from "./sql/condition-sql.ts";
import { newestStatementSql } from "./sql/consent-sql.ts";
import type { Query, QueryDraft, QueryOptions, SegmentResolver } from "./sql/draft.ts";
import { draftFor } from "./sql/query.ts";
import { criteriaOf } from "./sql/segments.ts";
import { eventColumn, valueSql } from "./sql/value-sql.ts";
import { membershipOf, subjectDataset } from "./subject.ts";
import { printCondition } from "./text/print.ts";
import type {
  Condition,
  ConsentCondition,
  Criteria,
  EventSelection,
  PinnedCondition,
  Value,
} from "./tree/index.ts";
import { isLiteral, typeOf } from "./tree/index.ts";

export type Truth = "true" | "false" | "missing";

/** A value that a condition looked at. */
export interface ActualValue {
  /** The value in English: `the sum of amount of orders in the last 90 days`. */
  readonly label: string;
  /** Its text form, instants with the offset of the client's time zone; undefined when it is missing. */
  readonly value: string | undefined;
}

/** Why a member is in or not in: one node for each condition, parents first. */
export interface Explanation {
  readonly criteria: string;
  readonly sentence: string;
  readonly truth: Truth;
  /** What the condition looked at; of a pin who set it, until when and why; empty for `and`, `or`, `not`, segments and sequences. */
  readonly actual: readonly ActualValue[];
  readonly children: readonly Explanation[];
}

/** The row of an {@link explainQuery}: one entry for each condition and each value, in the tree's order. */
export interface ExplanationRow {
  readonly truths: readonly (boolean | null)[];
  readonly actuals: readonly (string | null)[];
}

interface PinFact {
  readonly kind: "pin-fact";
  readonly pin: PinnedCondition;
  readonly column: keyof typeof PIN_FACTS;
}

const PIN_FACTS = { pinned_by: "pinned by", expires_at: "until", reason: "reason" } as const;

interface ConsentFact {
  readonly kind: "consent-fact";
  readonly consent: ConsentCondition;
  readonly column: keyof typeof CONSENT_FACTS;
}

/** Of the statement stated last among all that cover the question. */
const CONSENT_FACTS = {
  granted: "the last statement grants it",
  stated_at: "stated",
  source: "source",
  expires_at: "until",
} as const;

/** What a condition looks at and an explanation shows. */
type Looked = Value | EventSelection | PinFact | ConsentFact;

/** A condition with what is to be shown of it. The same tree is made for the query and for its answer. */
interface Part {
  readonly node: Condition;
  readonly actual: readonly Looked[];
  readonly children: readonly Part[];
}

export type ExplainOptions = Omit<QueryOptions, "members"> & { readonly member: bigint };

/** A query for one member's {@link ExplanationRow}; no row when there is no such row. */
export function explainQuery(criteria: Criteria, options: ExplainOptions): Query {
  const draft = draftFor([criteria], { ...options, members: [options.member] });
  const truths: string[] = [];
  const actuals: string[] = [];
  const root = membershipOf(criteria, draft.subject);
  for (const part of flattened(partOf(root, draft.segments))) {
    truths.push(conditionSql(draft, part.node, { row: "member", need: "kleene" }));
    actuals.push(...part.actual.map((value) => actualSql(draft, value)));
  }
  const select =
    `select array[${truths.join(",\n")}]::boolean[] as truths, ` +
    `array[${actuals.join(",\n")}]::text[] as actuals`;
  return draft.statement(select);
}

/** Puts the row of an {@link explainQuery} into words. `options` must be the query's. */
export function readExplanation(
  criteria: Criteria,
  row: ExplanationRow,
  options: ExplainOptions,
): Explanation {
  const truths = row.truths.values();
  const actuals = row.actuals.values();
  const described = { catalogue: options.catalogue, subject: criteria.subject };
  const read = (part: Part): Explanation => {
    const truth = must(truths.next(), "the row has a truth for every condition").value;
    const actual = part.actual.map((value) => ({
      label: labelOf(value, described),
      value: actuals.next().value ?? undefined,
    }));
    return {
      criteria: printCondition(part.node),
      sentence: describeCondition(part.node, described),
      truth: truth === true ? "true" : truth === false ? "false" : "missing",
      actual,
      children: part.children.map(read),
    };
  };
  const subject = subjectDataset(options.catalogue, criteria.subject);
  const root = membershipOf(criteria, must(subject, "the query was made for the same contract"));
  const explanation = read(partOf(root, options.segments ?? (() => undefined)));
  assert(truths.next().done === true, () => "the row explains other criteria");
  return explanation;
}

function partOf(node: Condition, segments: SegmentResolver): Part {
  switch (node.kind) {
    case "and":
    case "or":
      return { node, actual: [], children: node.operands.map((part) => partOf(part, segments)) };
    case "not":
      return { node, actual: [], children: [partOf(node.operand, segments)] };
    case "segment": {
      const inner = partOf(criteriaOf(segments, node.name).root, segments);
      return { node, actual: [], children: [inner] };
    }
    default:
      return { node, actual: lookedAt(node), children: [] };
  }
}

function lookedAt(node: Condition): readonly Looked[] {
  switch (node.kind) {
    case "comparison":
      return [node.left, node.right].filter((value) => !isLiteral(value));
    case "membership":
    case "presence":
    case "truth":
    case "text-test":
    case "pattern":
      return [node.value];
    case "list-contains":
      return [node.list];
    case "occurrence":
      return [node.events];
    case "consent":
      return (["granted", "stated_at", "source", "expires_at"] as const).map((column) => ({
        kind: "consent-fact",
        consent: node,
        column,
      }));
    case "pinned":
      return (["pinned_by", "expires_at", "reason"] as const).map((column) => ({
        kind: "pin-fact",
        pin: node,
        column,
      }));
    default:
      return [];
  }
}

function flattened(part: Part): readonly Part[] {
  return [part, ...part.children.flatMap(flattened)];
}

function actualSql(draft: QueryDraft, node: Looked): string {
  if (!("kind" in node)) {
    return `coalesce(${eventColumn(draft, node, (filter) => `count(*)${filter}`)}, 0)::text`;
  }
  const { sql, isInstant } = lookedSql(draft, node);
  return isInstant ? instantText(draft, sql) : `(${sql})::text`;
}

/**
 * As RFC 3339 writes it in the client's time zone: with its distance from UTC, without which an hour in
 * autumn could be either of two. Distances of before time zones had whole minutes lose their seconds.
 */
function instantText(draft: QueryDraft, sql: string): string {
  const local = `(${sql} at time zone ${draft.zone})`;
  const ahead = `(${local} - (${sql} at time zone 'UTC'))`;
  const sign = `case when ${ahead} < interval '0' then '-' else '+' end`;
  const distance = `${sign} || to_char(greatest(${ahead}, -${ahead}), 'HH24:MI')`;
  return `to_char(${local}, 'YYYY-MM-DD"T"HH24:MI:SS.MS') || ${distance}`;
}

function lookedSql(
  draft: QueryDraft,
  node: Value | PinFact | ConsentFact,
): { readonly sql: string; readonly isInstant: boolean } {
  switch (node.kind) {
    case "pin-fact":
      return {
        sql: pinSql(draft, node.pin, node.column),
        isInstant: node.column === "expires_at",
      };
    case "consent-fact": {
      const newest = newestStatementSql(consentAsked(draft, node.consent));
      return {
        sql: `${draft.join(newest)}.${node.column}`,
        isInstant: node.column === "stated_at" || node.column === "expires_at",
      };
    }
    default: {
      const sql = valueSql(draft, node, "member");
      // The value of a sealed field is not here to be shown, and its blind index is nobody's business.
      return typeOf(node) === "sealed"
        ? { sql: `case when ${sql} is not null then 'sealed' end`, isInstant: false }
        : { sql, isInstant: typeOf(node) === "timestamp" };
    }
  }
}

function labelOf(node: Looked, described: Described): string {
  if (!("kind" in node)) {
    return describeValue(
      { kind: "aggregate", function: "count", events: node, field: undefined, type: "integer" },
      described,
    );
  }
  switch (node.kind) {
    case "pin-fact":
      return PIN_FACTS[node.column];
    case "consent-fact":
      return CONSENT_FACTS[node.column];
    default:
      return describeValue(node, described);
  }
}
