import { must } from "../../../kernel/index.ts";
import { quoteIdent } from "../../../platform/postgres/index.ts";
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
 *
 * Sorting everybody's events is what costs, so only those of likely owners are: see {@link lastSteps}.
 */
export function sequenceTable(draft: QueryDraft, node: SequenceCondition): string {
  // Events of an account are those of several customers: no index finds the ones before another.
  const likely = draft.subject.kind === "account" ? undefined : lastSteps(draft, node);
  if (likely === undefined) {
    return chains(draft, node, { events: "", owners: "" });
  }
  if (draft.isAboutAll) {
    const events = ` and ${EVENT}._customer in (select _customer from likely)`;
    return (
      `with likely as materialized (select distinct ${EVENT}._customer from ${likely}) ` +
      chains(draft, node, { events, owners: "" })
    );
  }
  return chains(draft, node, { events: "", owners: ` and exists (select from ${likely})` });
}

/**
 * The events of the last step before which, within the span, the customer has some event of every other
 * dataset of the sequence, as `from … where …`. What else the steps ask of those is left aside, so that
 * the first entry of the index on `(_customer, _at)` in the span answers, however many there are.
 */
function lastSteps(draft: QueryDraft, node: SequenceCondition): string {
  const last = must(node.steps.at(-1), "a sequence has steps");
  const { from, where } = draft.source(last.dataset);
  const fits = selectionConjuncts(draft, last).conjuncts;
  const earlier = new Set(node.steps.slice(0, -1).map(({ dataset }) => dataset));
  // `offset 0` keeps the planner from joining sets, in which a customer's events would be compared in pairs.
  const near = [...earlier].map(
    (dataset) =>
      `exists (select from ${quoteIdent(dataset)} n where n._customer = ${EVENT}._customer ` +
      `and n._at < ${EVENT}._at and n._at > ${EVENT}._at - ${spanSql(draft, node.within.ms)} offset 0)`,
  );
  return `${from} where ${[where, ...fits, ...near].join(" and ")}`;
}

/** The chains, of all events or of some, and of all owners or some: conditions that begin with `and`. */
function chains(
  draft: QueryDraft,
  node: SequenceCondition,
  only: { readonly events: string; readonly owners: string },
): string {
  const last = node.steps.length - 1;
  let table = stepEvents(draft, node, only.events);
  for (let step = 1; step <= last; step++) {
    const carried = Array.from({ length: last - step + 1 }, (_, index) => `step${step + index}`);
    const start = `max(case when step${step - 1} then start end) ${EARLIER}`;
    table = `select _owner, _at, ${carried.join(", ")}, ${start} as start from (${table}) s`;
  }
  return (
    `select distinct _owner from (${table}) s ` +
    `where step${last} and _at < start + ${spanSql(draft, node.within.ms)}${only.owners}`
  );
}

/** Every event that fits some step, with a flag for each step, and itself as the start of a chain. */
function stepEvents(draft: QueryDraft, node: SequenceCondition, only: string): string {
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
      `from ${from} where ${where}${only} and (${some.join(" or ")})`
    );
  });
  return tables.join(" union all ");
}
