/** Grouping of nodes by weighed edges, with pairs that must and pairs that must not be together. */
import { must } from "../../../kernel/index.ts";

export interface Edge {
  readonly left: number;
  readonly right: number;
  readonly weight: number;
}

export interface Graph {
  /** Nodes are 0 to `size` - 1. */
  readonly size: number;
  readonly edges: readonly Edge[];
  readonly together: readonly Edge[];
  readonly apart: readonly Edge[];
  /** Edges from this weight on join. */
  readonly link: number;
}

/** The label of each node's group. */
export function groupNodes({ size, edges, together, apart, link }: Graph): Int32Array {
  const parents = Int32Array.from({ length: size }, (_, node) => node);
  const walls = new Map<number, Set<number>>();
  const find = (node: number): number => {
    let root = node;
    for (let parent = at(parents, root); parent !== root; parent = at(parents, root)) {
      root = parent;
    }
    parents[node] = root;
    return root;
  };
  const wall = (a: number, b: number): void => {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      walls.set(one, (walls.get(one) ?? new Set()).add(other));
    }
  };
  const join = ({ left, right }: Edge): void => {
    const [a, b] = [find(left), find(right)];
    if (a === b || walls.get(a)?.has(b) === true) {
      return;
    }
    const [kept, gone] = a < b ? [a, b] : [b, a];
    parents[gone] = kept;
    for (const other of walls.get(gone) ?? []) {
      walls.get(other)?.delete(gone);
      wall(kept, other);
    }
  };
  for (const edge of together) {
    join(edge);
  }
  for (const { left, right } of apart) {
    wall(find(left), find(right));
  }
  const linking = edges
    .filter(({ weight }) => weight >= link)
    .toSorted((a, b) => b.weight - a.weight || a.left - b.left || a.right - b.right);
  for (const edge of linking) {
    join(edge);
  }
  return parents.map((_, node) => find(node));
}

function at(parents: Int32Array, node: number): number {
  return must(parents[node], "parents are nodes");
}
