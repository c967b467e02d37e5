/**
 * The frame in which records are grouped: what persons and rules demand, which records follow another,
 * and which form a component. A pure function of what stands and of what blocking found, component by
 * component: records that nothing connects do not influence each other.
 */
import { must } from "../../../kernel/index.ts";
import {
  connect,
  LARGEST_COMPONENT,
  numberFromTelling,
  type WeighedPairs,
} from "../../linkage/index.ts";
import { type Constraints, constraintsOf } from "../judgement/constraints.ts";
import { pairKey, type PairState, type Standing, standingPairs } from "../judgement/judgement.ts";
import { type Evidence, FOUND_EQUAL, type Limits } from "./evidence.ts";
import { ruleStanding, type SharedIdentifier } from "./rule-judgements.ts";

/** What the frame is made of. */
export interface FrameInput {
  /** In ascending order. */
  readonly records: readonly bigint[];
  /** What blocking found, and equal records; every end is among the records. */
  readonly found: readonly Evidence[];
  readonly standing: readonly Standing[];
  readonly shared: readonly SharedIdentifier[];
  readonly limits: Limits;
}

export interface Frame {
  readonly constraints: Constraints;
  /** What a person or a rule says, by pair. */
  readonly spoken: ReadonlyMap<string, PairState>;
  /** Records that say the same as another, and the one they follow wherever it goes. */
  readonly followers: ReadonlyMap<bigint, bigint>;
  /** All others, in ascending order: what is grouped. */
  readonly nodes: readonly bigint[];
  /** The place of each node among the nodes. */
  readonly places: ReadonlyMap<bigint, number>;
  /** The component of each node, named by the place of its first. */
  readonly components: Int32Array;
}

/** Puts up the frame. */
export function openFrame({ records, found, standing, shared, limits }: FrameInput): Frame {
  const persons = standing.filter(({ judge }) => judge === "person");
  const states = standingPairs([...persons, ...shared.map(ruleStanding)]);
  const constraints = constraintsOf(states);
  const spoken = new Map(states.map((state) => [pairKey(state), state]));
  const followers = followersOf(found, { spoken, limits });
  const nodes = records.filter((record) => !followers.has(record));
  const places = new Map(nodes.map((record, place) => [record, place]));
  const pairs = placedPairs({ places }, found);
  const components = connect(nodes.length, pairs, {
    minimumWeight: limits.link,
    largest: LARGEST_COMPONENT,
    together: placed({ places }, constraints.together),
  });
  return { constraints, spoken, followers, nodes, places, components };
}

/**
 * A million equal records are one node. One on whom a person or a rule has spoken goes its own way.
 */
function followersOf(
  found: readonly Evidence[],
  { spoken, limits }: { readonly spoken: ReadonlyMap<string, PairState>; readonly limits: Limits },
): ReadonlyMap<bigint, bigint> {
  const independent = new Set([...spoken.values()].flatMap(({ left, right }) => [left, right]));
  return new Map(
    found
      .filter(({ foundBy, weight }) => foundBy === FOUND_EQUAL && weight >= limits.link)
      .filter(({ right }) => !independent.has(right))
      .map(({ left, right }) => [right, left]),
  );
}

/** Pairs of nodes by their places. */
export function placed(
  { places }: Pick<Frame, "places">,
  pairs: readonly { readonly left: bigint; readonly right: bigint }[],
): (readonly [number, number])[] {
  return pairs.map(({ left, right }) => [
    must(places.get(left), "who is judged is a node"),
    must(places.get(right), "who is judged is a node"),
  ]);
}

/** The weights of pairs of nodes, by their places; pairs with a follower are left out. */
export function placedPairs(
  { places }: Pick<Frame, "places">,
  evidence: readonly Evidence[],
): WeighedPairs {
  const among = evidence.filter(({ left, right }) => places.has(left) && places.has(right));
  const pairs = placed({ places }, among);
  return {
    l: Int32Array.from(pairs, ([left]) => left),
    r: Int32Array.from(pairs, ([, right]) => right),
    weight: Float64Array.from(among, ({ weight }) => weight),
    telling: Uint8Array.from(among, ({ telling }) => numberFromTelling(telling)),
  };
}
