/**
 * Groups of records, from what the model weighs and what persons and rules demand. A pure function of
 * both, component by component: records that nothing connects do not influence each other.
 */
import { must } from "../../../kernel/index.ts";
import type { Group } from "../identity/assign-ids.ts";
import { type Constraints } from "../judgement/constraints.ts";
import { pairKey } from "../judgement/judgement.ts";
import { isTwin } from "./closure.ts";
import type { Evidence, Limits } from "./evidence.ts";
import { type Edge, groupNodes } from "./group-nodes.ts";

export interface ClusterInput {
  /** In ascending order. */
  readonly records: readonly bigint[];
  readonly evidence: readonly Evidence[];
  readonly constraints: Constraints;
  /** Pairs on which a person or a rule has spoken: there the model's weight counts for nothing. */
  readonly spoken: ReadonlySet<string>;
  readonly limits: Limits;
}

/** The groups, each in ascending order, by their smallest records. */
export function clusterRecords(input: ClusterInput): Group[] {
  const { records, evidence, constraints, spoken, limits } = input;
  const followers = followersOf(input);
  const nodes = records.filter((record) => !followers.has(record));
  const places = new Map(nodes.map((record, place) => [record, place]));
  const edgeOf = (
    pair: { readonly left: bigint; readonly right: bigint },
    weight: number,
  ): Edge => ({
    left: must(places.get(pair.left), "judged records are among the records"),
    right: must(places.get(pair.right), "judged records are among the records"),
    weight,
  });
  const weighed = evidence.filter(
    (pair) => !spoken.has(pairKey(pair)) && !followers.has(pair.left) && !followers.has(pair.right),
  );
  const labels = groupNodes({
    size: nodes.length,
    edges: weighed.map((pair) => edgeOf(pair, pair.weight)),
    together: constraints.together.map((pair) => edgeOf(pair, 0)),
    apart: constraints.apart.map((pair) => edgeOf(pair, 0)),
    link: limits.link,
  });
  const groups = new Map<number, bigint[]>();
  for (const record of records) {
    const leader = followers.get(record) ?? record;
    const label = must(
      labels[must(places.get(leader), "who is followed is a node")],
      "every node has a label",
    );
    const group = groups.get(label);
    if (group === undefined) {
      groups.set(label, [record]);
    } else {
      group.push(record);
    }
  }
  return [...groups.values()];
}

/**
 * Records that say the same as another follow it wherever it goes: a million equal records are one node.
 * One on whom a person or a rule has spoken goes its own way.
 */
function followersOf({
  evidence,
  constraints,
  spoken,
  limits,
}: ClusterInput): ReadonlyMap<bigint, bigint> {
  const independent = new Set(
    [...constraints.together, ...constraints.apart, ...constraints.overruled].flatMap(
      ({ left, right }) => [left, right],
    ),
  );
  const followers = new Map<bigint, bigint>();
  for (const pair of evidence) {
    const leads = isTwin(pair) && pair.weight >= limits.link && !spoken.has(pairKey(pair));
    if (leads && !independent.has(pair.right)) {
      followers.set(pair.right, pair.left);
    }
  }
  return followers;
}
