import type { Criteria, Value } from "../tree/index.ts";
import { conditionSql } from "./condition-sql.ts";
import type { Query, QueryOptions } from "./draft.ts";
import { draftFor } from "./query.ts";
import { numericSql } from "./value-sql.ts";

/** A number that customers have, and who is asked for it. */
export interface AskedNumber {
  readonly value: Value;
  /** Undefined: all customers. */
  readonly among: Criteria | undefined;
}

/**
 * `_id` and `n0`, `n1`, … for each customer (of those asked about): the numbers as `numeric`, null for
 * who does not have one or is not asked. All of them in one pass.
 */
export function numbersQuery(numbers: readonly AskedNumber[], options: QueryOptions): Query {
  const among = numbers.flatMap((number) => number.among ?? []);
  const draft = draftFor(among, options);
  const columns = numbers.map((number, index) => {
    const value = numericSql(draft, number.value, "member");
    const asked =
      number.among === undefined
        ? value
        : `case when ${conditionSql(draft, number.among.root, { row: "member", need: "truth" })} then ${value} end`;
    return `${asked} as n${index}`;
  });
  return draft.statement(`select ${[draft.memberId, ...columns].join(",\n")}`);
}
