/**
 * Pairs that their neighbours find: records of one component are compared with each other, all of them,
 * whatever their block keys. Only then is it seen whether they are one customer, or several that a
 * single pair connects.
 */
import { must } from "../../../kernel/index.ts";
import { pairKey } from "../judgement/judgement.ts";
import type { Evidence } from "./evidence.ts";
import type { Frame } from "./frame.ts";

/** A pair to be weighed. */
export interface Pair {
  readonly left: bigint;
  readonly right: bigint;
}

/** The pairs within components that are not among what was found already. */
export function neighbourPairs(
  { nodes, components }: Pick<Frame, "nodes" | "components">,
  found: readonly Evidence[],
): Pair[] {
  const members = new Map<number, bigint[]>();
  for (const [place, component] of components.entries()) {
    const record = must(nodes[place], "components are of the nodes");
    const known = members.get(component);
    if (known === undefined) {
      members.set(component, [record]);
    } else {
      known.push(record);
    }
  }
  const known = new Set(found.map((pair) => pairKey(pair)));
  return [...members.values()].flatMap((component) =>
    component.flatMap((left, index) =>
      component
        .slice(index + 1)
        .map((right) => ({ left, right }))
        .filter((pair) => !known.has(pairKey(pair))),
    ),
  );
}
