import { must } from "../../../kernel/index.ts";
import type { SequenceCondition } from "../tree/index.ts";
import type { QueryDraft } from "./draft.ts";
import { EVENT } from "./draft.ts";
import { selectionConjuncts } from "./selection-sql.ts";
import { spanSql } from "./instant-sql.ts";

/** All events that are strictly earlier: `groups` takes events of the same instant together. */
const EARLIER =
  "over (partition by _owner order by _at groups between unbounded preceding and 1 preceding)";

/**
 * The owners who have a chain of events, one step after the other, as a table of `_owner`.
 *
 * Each event that fits step i gets the latest possible start of a chain that ends with it: the latest
 * start among the strictly earlier events that fit step i-1. The latest start is all that matters, for
 * whatever is inside the span with an earlier start is so with a later one. One sort and one window
 * for each step, linear in the events, where a self-join would be quadratic in a customer's.
 */
export function sequenceTable(draft: QueryDraft, node: SequenceCondition): string {
  const last = node.steps.length - 1;
  let table = stepEvents(draft, node);
  for (let step = 1; step <= last; step++) {
    const carried = Array.from({ length: last - step + 1 }, (_, index) => `step${step + index}`);
    const start = `max(case when step${step - 1} then start end) ${EARLIER}`;
    table = `select _owner, _at, ${carried.join(", ")}, ${start} as start from (${table}) s`;
  }
  return (
    `select distinct _owner from (${table}) s ` +
    `where step${last} and _at < start + ${spanSql(draft, node.within.ms)}`
  );
}

/** Every event that fits some step, with a flag for each step, and itself as the start of a chain. */
function stepEvents(draft: QueryDraft, node: SequenceCondition): string {
  const datasets = [...new Set(node.steps.map((step) => step.dataset))];
  const tables = datasets.map((dataset) => {
    const fits = node.steps.map((step) =>
      step.dataset === dataset
        ? selectionConjuncts(draft, step).conjuncts.join(" and ")
        : undefined,
    );
    const flags = fits.map((fit, index) =>
      fit === undefined ? `false as step${index}` : `(${fit}) is true as step${index}`,
    );
    const some = fits.filter((fit) => fit !== undefined).map((fit) => `(${fit})`);
    must(some[0], "a dataset is here because a step has it");
    const { from, owner, where } = draft.source(dataset);
    return (
      `select ${owner} as _owner, ${EVENT}._at, ${flags.join(", ")}, ${EVENT}._at as start ` +
      `from ${from} where ${where} and (${some.join(" or ")})`
    );
  });
  return tables.join(" union all ");
}
