import { assert, must } from "../../../kernel/index.ts";
import { membershipOf, subjectDataset } from "../subject.ts";
import type { Criteria } from "../tree/index.ts";
import { conditionSql } from "./condition-sql.ts";
import type { Query, QueryOptions } from "./draft.ts";
import { QueryDraft } from "./draft.ts";
import { checkSegmentUse } from "./segments.ts";
import { valueSql } from "./value-sql.ts";

/** Where the root of criteria stands: only whether it is true matters. */
const MEMBER = { row: "member", need: "truth" } as const;

/** A draft for these criteria, after their segments have been checked. */
export function draftFor(criteria: readonly Criteria[], options: QueryOptions): QueryDraft {
  const { catalogue } = options;
  const [first] = criteria;
  const subject = must(
    subjectDataset(catalogue, first?.subject),
    "criteria are parsed against a contract that has their subject",
  );
  for (const one of criteria) {
    const isAlike = subjectDataset(catalogue, one.subject) === subject;
    assert(isAlike, () => "criteria of one statement are about members of one dataset");
    checkSegmentUse(one, options);
  }
  return new QueryDraft({ ...options, subject }, { condition: conditionSql, value: valueSql });
}

/** Whether the member belongs, as an expression whose null stands for false. */
export function memberSql(draft: QueryDraft, criteria: Criteria): string {
  return conditionSql(draft, membershipOf(criteria, draft.subject), MEMBER);
}

/** `_id` of every member: for whom the criteria are true, in no order. */
export function membersQuery(criteria: Criteria, options: QueryOptions): Query {
  const draft = draftFor([criteria], options);
  return draft.statement(`select ${draft.memberId}`, [memberSql(draft, criteria)]);
}

/** One row with `count`: how many members there are. */
export function countQuery(criteria: Criteria, options: QueryOptions): Query {
  const draft = draftFor([criteria], options);
  return draft.statement("select count(*) as count", [memberSql(draft, criteria)]);
}

/** PostgreSQL's limit on the columns of a result is 1,664. */
export const MOST_CRITERIA = 1_000;

/** One row with `n0`, `n1`, …: how many members each of the criteria has, in one pass. */
export function countsQuery(criteria: readonly Criteria[], options: QueryOptions): Query {
  assertScannable(criteria);
  const draft = draftFor(criteria, options);
  const counts = criteria.map(
    (one, index) => `count(*) filter (where ${memberSql(draft, one)}) as n${index}`,
  );
  return draft.statement(`select ${counts.join(",\n")}`);
}

/**
 * `_id` and `matches` for each row of the subject (of those asked about, if any are): `matches` is an
 * array of the 0-based positions of the criteria that are true for it, possibly empty. In one pass.
 */
export function matchesQuery(criteria: readonly Criteria[], options: QueryOptions): Query {
  assertScannable(criteria);
  const draft = draftFor(criteria, options);
  const matches = criteria.map(
    (one, index) => `case when ${memberSql(draft, one)} then ${index} end`,
  );
  const list = `array_remove(array[${matches.join(",\n")}]::integer[], null)`;
  return draft.statement(`select ${draft.memberId}, ${list} as matches`);
}

function assertScannable(criteria: readonly Criteria[]): void {
  assert(
    criteria.length > 0 && criteria.length <= MOST_CRITERIA,
    () => `a scan takes 1 to ${MOST_CRITERIA} criteria, not ${criteria.length}`,
  );
}
