/**
 * What was judged of two records. Judgements are only ever added; which of them stand is computed.
 *
 * The order of the log decides, and never the time: clocks of two machines disagree, the log's numbers
 * do not. Each judge (the model, a rule, a person) has at most one standing judgement on a pair, its
 * last; a null verdict takes it back. Of several judges the strongest speaks for the pair: a person
 * before a rule before the model, and of two persons (or rules) the later one.
 */
import { assert } from "../../../kernel/index.ts";

/** `unsure` of a person is a judgement too: the pair neither links nor keeps apart, and is not asked again. */
export type Verdict = "same" | "different" | "unsure";

export type Judge = "model" | "rule" | "person";

/** An entry of the log, on two source records. */
export interface Judgement {
  /** The number in the log. */
  readonly judgement: bigint;
  /** The smaller record. */
  readonly left: bigint;
  readonly right: bigint;
  /** Null takes the judge's earlier verdict back. */
  readonly verdict: Verdict | null;
  readonly judge: Judge;
  /** The person, the rule's name, or `model`. */
  readonly who: string;
  /** The model's number in the client's register; of the model's judgements only. */
  readonly model: number | null;
  /** Which blocking rule found the pair, from 1; 0 when its neighbours did. Of the model's only. */
  readonly foundBy: number | null;
  /** The weight of evidence in bits. Of the model's judgements only. */
  readonly weight: number | null;
  /** What a person gave as one; of the model's, what the pair tells beside its weight. */
  readonly reason: string | null;
  readonly at: Date;
}

/** A judgement that was not taken back. */
export interface Standing extends Judgement {
  readonly verdict: Verdict;
}

/** Everything that stands on one pair. */
export interface PairState {
  readonly left: bigint;
  readonly right: bigint;
  /** One for each judge, the strongest first. Never empty. */
  readonly standing: readonly Standing[];
  /** What holds: the strongest. */
  readonly ruling: Standing;
}

/** Two records in the order in which a pair is written. */
export function orderedPair(
  a: bigint,
  b: bigint,
): { readonly left: bigint; readonly right: bigint } {
  assert(a !== b, () => "a record is not compared with itself");
  return a < b ? { left: a, right: b } : { left: b, right: a };
}

/** The pair as a key of a map. */
export function pairKey({
  left,
  right,
}: {
  readonly left: bigint;
  readonly right: bigint;
}): string {
  return `${left}-${right}`;
}

/**
 * What stands on each pair, in the order of the pairs. Independent of the order of `log`: entries are
 * ordered by their numbers. Applied to what stands, it gives the same again.
 */
export function standingPairs(log: Iterable<Judgement>): PairState[] {
  const pairs = new Map<string, Map<string, Judgement>>();
  for (const entry of log) {
    const key = pairKey(entry);
    const ofPair = pairs.get(key) ?? new Map<string, Judgement>();
    pairs.set(key, ofPair);
    const voice = `${entry.judge} ${entry.who}`;
    const earlier = ofPair.get(voice);
    if (earlier === undefined || earlier.judgement < entry.judgement) {
      ofPair.set(voice, entry);
    }
  }
  return [...pairs.values()]
    .flatMap((ofPair) =>
      pairState([...ofPair.values()].filter(isStanding).toSorted(strongestFirst)),
    )
    .toSorted(byPair);
}

function pairState(standing: readonly Standing[]): PairState[] {
  const [ruling] = standing;
  return ruling === undefined ? [] : [{ left: ruling.left, right: ruling.right, standing, ruling }];
}

function isStanding(entry: Judgement): entry is Standing {
  return entry.verdict !== null;
}

const strength: Readonly<Record<Judge, number>> = { person: 2, rule: 1, model: 0 };

function strongestFirst(a: Standing, b: Standing): number {
  return strength[b.judge] - strength[a.judge] || compare(b.judgement, a.judgement);
}

function byPair(a: PairState, b: PairState): number {
  return compare(a.left, b.left) || compare(a.right, b.right);
}

function compare(a: bigint, b: bigint): number {
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}
