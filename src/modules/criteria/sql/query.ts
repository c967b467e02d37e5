import { assert } from "../../../kernel/index.ts";
import type { Criteria } from "../tree/index.ts";
import { conditionSql } from "./condition-sql.ts";
import type { Query, QueryOptions } from "./draft.ts";
import { QueryDraft } from "./draft.ts";
import { checkSegmentUse } from "./segments.ts";
import { valueSql } from "./value-sql.ts";

/** Where the root of criteria stands: only whether it is true matters. */
export const MEMBER = { row: "customer", need: "truth" } as const;

/** A draft for these criteria, after their segments have been checked. */
export function draftFor(criteria: readonly Criteria[], options: QueryOptions): QueryDraft {
  for (const one of criteria) {
    checkSegmentUse(one.root, options.segments ?? (() => undefined));
  }
  return new QueryDraft(options, { condition: conditionSql, value: valueSql });
}

/** `_id` of every customer for whom the criteria are true, in no order. */
export function membersQuery(criteria: Criteria, options: QueryOptions): Query {
  const draft = draftFor([criteria], options);
  const condition = conditionSql(draft, criteria.root, MEMBER);
  return draft.statement("select c._id", [condition]);
}

/** One row with `count`: how many customers the criteria are true for. */
export function countQuery(criteria: Criteria, options: QueryOptions): Query {
  const draft = draftFor([criteria], options);
  const condition = conditionSql(draft, criteria.root, MEMBER);
  return draft.statement("select count(*) as count", [condition]);
}

/** PostgreSQL's limit on the columns of a result is 1,664. */
export const MOST_CRITERIA = 1_000;

/** One row with `n0`, `n1`, …: how many customers each of the criteria is true for, in one pass. */
export function countsQuery(criteria: readonly Criteria[], options: QueryOptions): Query {
  assertScannable(criteria);
  const draft = draftFor(criteria, options);
  const counts = criteria.map(({ root }, index) => {
    const condition = conditionSql(draft, root, MEMBER);
    return `count(*) filter (where ${condition}) as n${index}`;
  });
  return draft.statement(`select ${counts.join(",\n")}`);
}

/**
 * `_id` and `matches` for each customer (of those asked about, if any are): `matches` is an array of
 * the 0-based positions of the criteria that are true for the customer, possibly empty. In one pass.
 */
export function matchesQuery(criteria: readonly Criteria[], options: QueryOptions): Query {
  assertScannable(criteria);
  const draft = draftFor(criteria, options);
  const matches = criteria.map(
    ({ root }, index) => `case when ${conditionSql(draft, root, MEMBER)} then ${index} end`,
  );
  const list = `array_remove(array[${matches.join(",\n")}]::integer[], null)`;
  return draft.statement(`select c._id, ${list} as matches`);
}

function assertScannable(criteria: readonly Criteria[]): void {
  assert(
    criteria.length > 0 && criteria.length <= MOST_CRITERIA,
    () => `a scan takes 1 to ${MOST_CRITERIA} criteria, not ${criteria.length}`,
  );
}
