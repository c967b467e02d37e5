/** Finds the candidates of records by their keys, and weighs them. */
import { must } from "../../../kernel/index.ts";
import type { ComparedPair } from "../../linkage/index.ts";
import { orderedPair, pairKey } from "../judgement/judgement.ts";
import type { LinkSession } from "../linking/session.ts";
import type { Pair } from "../settlement/closure.ts";
import { type Evidence, FOUND_EQUAL } from "../settlement/evidence.ts";
import { membersOf } from "../store/blocks.ts";
import { ALL_MEMBERS, type Rekeyed, smallest } from "./rekey.ts";

/** A pair to be weighed, with how it was found. */
export interface Candidate extends Pair {
  readonly foundBy: number;
}

/**
 * Everything the model says of pairs with at least one of the records whose keys were written, as far as
 * it is worth keeping.
 */
export async function gatherEvidence(
  session: LinkSession,
  { records, classes: changed, blocks }: Rekeyed,
): Promise<Evidence[]> {
  const { tx, linker, shelf } = session;
  await shelf.fetch(records);
  const contentOf = (record: bigint): bigint => shelf.keysOf(record).content;
  const unchanged = new Set(records.map(contentOf).filter((content) => !changed.has(content)));
  const classes = new Map([...changed, ...(await membersOf(tx, [...unchanged], ALL_MEMBERS))]);
  const leaders = new Map([...classes].map(([content, members]) => [content, smallest(members)]));
  const leaderOf = (record: bigint): bigint =>
    must(leaders.get(contentOf(record)), "a record is in its own class");
  const alone = records.filter((record) => leaderOf(record) === record);
  const rules = new Map(alone.map((record) => [record, shelf.keysOf(record).blocks]));
  const candidates = await findCandidates(session, rules, blocks);
  const { link, review } = linker.limits;
  const weighed = await weigh(session, candidates, review);
  const twins = new Map<string, Candidate>();
  for (const record of records) {
    const leader = leaderOf(record);
    const members = classes.get(contentOf(record)) ?? [];
    for (const other of leader === record ? members : [leader]) {
      if (other !== record) {
        const pair = orderedPair(record, other);
        twins.set(pairKey(pair), { ...pair, foundBy: FOUND_EQUAL });
      }
    }
  }
  return [
    ...weighed.filter(({ weight }) => weight >= review),
    ...(await weighTwins(session, [...twins.values()])).filter(({ weight }) => weight >= link),
  ];
}

/** The pairs that blocks bring to some records; those blocks are read that are not `known`. */
async function findCandidates(
  { tx, linker }: LinkSession,
  rules: ReadonlyMap<bigint, readonly (readonly bigint[])[]>,
  known: ReadonlyMap<bigint, readonly bigint[]>,
): Promise<Candidate[]> {
  const largest = linker.model.largestBlock;
  const keys = new Set([...rules.values()].flat(2));
  const unknown = [...keys].filter((key) => !known.has(key));
  const others = await membersOf(tx, unknown, largest + 1);
  return candidatesIn((key) => known.get(key) ?? others.get(key), { rules, largest });
}

/** The members of a block. */
type BlockOf = (key: bigint) => readonly bigint[] | undefined;

/**
 * The records that share a block key with one of some records, each pair by the first rule that finds it.
 * Two of the given records share their keys both ways, so that the smaller one alone finds their pair.
 * @param blockOf the members by key: of blocks with more than `largest`, more than that many
 */
export function candidatesIn(
  blockOf: BlockOf,
  {
    rules,
    largest,
  }: {
    readonly rules: ReadonlyMap<bigint, readonly (readonly bigint[])[]>;
    readonly largest: number;
  },
): Candidate[] {
  const candidates: Candidate[] = [];
  for (const [record, ofRules] of rules) {
    for (const [other, foundBy] of firstRules(ofRules, blockOf, largest)) {
      if (other !== record && !(other < record && rules.has(other))) {
        candidates.push({ ...orderedPair(record, other), foundBy });
      }
    }
  }
  return candidates;
}

/** By record that shares a block: the number, from 1, of the first rule by which it does. */
function firstRules(
  ofRules: readonly (readonly bigint[])[],
  blockOf: BlockOf,
  largest: number,
): ReadonlyMap<bigint, number> {
  const first = new Map<bigint, number>();
  for (const [index, keys] of ofRules.entries()) {
    for (const record of membersWithin(keys, blockOf, largest)) {
      if (!first.has(record)) {
        first.set(record, index + 1);
      }
    }
  }
  return first;
}

/** The members of those blocks that are not too large. */
function* membersWithin(
  keys: readonly bigint[],
  blockOf: BlockOf,
  largest: number,
): Generator<bigint> {
  for (const key of keys) {
    const block = blockOf(key);
    if (block !== undefined && block.length <= largest) {
      yield* block;
    }
  }
}

/**
 * Weighs pairs, save those that cannot weigh `least` bits: most that blocking finds are strangers, and only
 * of the others it matters how common their values are. Records that are not fetched yet are.
 */
export async function weigh(
  { tx, linker, shelf }: LinkSession,
  pairs: readonly Candidate[],
  least = Number.NEGATIVE_INFINITY,
): Promise<Evidence[]> {
  await shelf.fetch(endsOf(pairs));
  const { scorer } = linker;
  const likely: (Candidate & { readonly compared: ComparedPair })[] = [];
  for (const { left, right, foundBy } of pairs) {
    const pair = { left: shelf.get(left), right: shelf.get(right) };
    const compared = scorer.compareLikely(pair, least);
    if (compared !== undefined) {
      likely.push({ left, right, foundBy, compared });
    }
  }
  const shares = await linker.readShares(
    tx,
    likely.map(({ compared }) => compared),
  );
  return likely.map(({ left, right, foundBy, compared }) => ({
    left,
    right,
    foundBy,
    weight: scorer.weightOf(compared, shares),
    telling: linker.tellingOf(compared),
  }));
}

function* endsOf(pairs: readonly Pair[]): Generator<bigint> {
  for (const { left, right } of pairs) {
    yield left;
    yield right;
  }
}

/** Equal records weigh what the one that is fetched weighs against itself. */
async function weighTwins(
  { tx, linker, shelf }: LinkSession,
  twins: readonly Candidate[],
): Promise<Evidence[]> {
  const { scorer } = linker;
  const knownOf = ({ left, right }: Pair): bigint => (shelf.has(left) ? left : right);
  const known = [...new Set(twins.map(knownOf))].map((record) => {
    const prepared = shelf.get(record);
    return { record, compared: scorer.compare({ left: prepared, right: prepared }) };
  });
  const shares = await linker.readShares(
    tx,
    known.map(({ compared }) => compared),
  );
  const weights = new Map(
    known.map(({ record, compared }) => [record, scorer.weightOf(compared, shares)]),
  );
  return twins.map((twin) => ({
    ...twin,
    weight: must(weights.get(knownOf(twin)), "every class is weighed"),
    telling: null,
  }));
}
