/**
 * Pairs that their neighbours find: records of one component are compared with each other, all of them,
 * whatever their block keys. Only then is it seen whether they are one customer, or several that a
 * single pair connects.
 */
import { pairKey } from "../judgement/judgement.ts";
import { type Evidence, FOUND_BY_NEIGHBOURS, FOUND_EQUAL, type Limits } from "./evidence.ts";

/**
 * A component grows no further: more records than this are connected by placeholders and chains of
 * chance, and the pairs within grow with the square of it.
 */
export const LARGEST_COMPONENT = 200;

/** A pair to be weighed. */
export interface Pair {
  readonly left: bigint;
  readonly right: bigint;
}

/** Whether the weight is that of two records that say the same. */
export function isTwin({ foundBy }: { readonly foundBy: number | null }): boolean {
  return foundBy === FOUND_EQUAL;
}

/**
 * The pairs of records of one component that blocking did not find. Components grow along the pairs that
 * blocking found and that a person would at least be asked about, the heaviest first, to
 * {@link LARGEST_COMPONENT}. A pure function of those pairs, component by component.
 */
export function neighbourPairs(evidence: readonly Evidence[], limits: Limits): Pair[] {
  const found = evidence.filter(
    ({ foundBy, weight }) => foundBy > FOUND_BY_NEIGHBOURS && weight >= limits.review,
  );
  const known = new Set(found.map((pair) => pairKey(pair)));
  return components(found).flatMap((component) =>
    component.flatMap((left, index) =>
      component
        .slice(index + 1)
        .map((right) => ({ left, right }))
        .filter((pair) => !known.has(pairKey(pair))),
    ),
  );
}

/** Components of three records and more, each in ascending order. */
function components(edges: readonly Evidence[]): bigint[][] {
  const members = new Map<bigint, bigint[]>();
  const own = (record: bigint): bigint[] => members.get(record) ?? [record];
  const heaviestFirst = edges.toSorted(
    (a, b) => b.weight - a.weight || Number(a.left - b.left) || Number(a.right - b.right),
  );
  for (const { left, right } of heaviestFirst) {
    const [a, b] = [own(left), own(right)];
    if (a !== b && a.length + b.length <= LARGEST_COMPONENT) {
      const [large, small] = a.length < b.length ? [b, a] : [a, b];
      large.push(...small);
      for (const record of small) {
        members.set(record, large);
      }
      members.set(left, large).set(right, large);
    }
  }
  return [...new Set(members.values())]
    .filter((component) => component.length > 2)
    .map((component) => component.toSorted((a, b) => (a < b ? -1 : 1)));
}
