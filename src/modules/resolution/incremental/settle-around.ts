/** Settles everything that some records reach: after they changed, or after somebody judged. */
import type { Evidence } from "../settlement/evidence.ts";
import { FOUND_BY_NEIGHBOURS } from "../settlement/evidence.ts";
import { pairKey, type Standing, type Verdict } from "../judgement/judgement.ts";
import type { LinkSession } from "../linking/session.ts";
import { neighbourPairs, type Pair } from "../settlement/closure.ts";
import { openFrame } from "../settlement/frame.ts";
import { sharedIdentifiers } from "../settlement/shared-identifiers.ts";
import { settle, type Settlement } from "../settlement/settle.ts";
import { homesOf, mergedAway } from "../store/golden-ids.ts";
import { weigh } from "./gather.ts";
import { reachOf } from "./reach.ts";

/** What is new: evidence on pairs with records whose candidates were found anew. */
export interface Renewal {
  /** Everything that stands on these from the model is replaced by the evidence. */
  readonly records: readonly bigint[];
  readonly evidence: readonly Evidence[];
  /** What a person has not said: to see what would come of it. */
  readonly supposed?: readonly Supposed[] | undefined;
}

/** A verdict on a pair that would hold against everything that stands. */
export interface Supposed extends Pair {
  readonly verdict: Verdict;
}

export interface Surroundings {
  readonly settlement: Settlement;
  readonly evidence: readonly Evidence[];
  readonly current: ReadonlyMap<bigint, bigint>;
}

/**
 * Decides anew about everybody that the renewed records, or `others`, reach.
 * @param others further records to begin from, such as those that somebody judged
 */
export async function settleAround(
  session: LinkSession,
  { records, evidence, supposed = [] }: Renewal,
  others: readonly bigint[] = [],
): Promise<Surroundings> {
  const { tx, dataset, linker } = session;
  const sharing = await sharedIdentifiers(tx, dataset, records);
  const ends = [...evidence, ...sharing, ...supposed].flatMap(({ left, right }) => [left, right]);
  const renewed = new Set(records);
  const seeds = new Set([...records, ...ends, ...others]);
  const reach = await reachOf(session, { seeds, renewed });
  const inside = new Set(reach.records);
  const sharedHere = await sharedIdentifiers(tx, dataset, reach.records);
  const shared = sharedHere.filter(({ left, right }) => inside.has(left) && inside.has(right));
  const kept = reach.standing.filter(({ judge }) => judge === "model").flatMap(evidenceOf);
  const found = foundWithin({ records, evidence }, kept);
  const { limits, number: model } = linker;
  const standing = [...reach.standing, ...supposed.map(supposedStanding)];
  const frame = openFrame({ ...reach, standing, found, shared, limits });
  const pairs = neighbourPairs(frame, found);
  const near = await weighNeighbours(session, pairs, { kept, renewed });
  const whole = [...found, ...near];
  const homes = await homesOf(tx, reach.records);
  const free = await mergedAway(tx, dataset.name, [...new Set(homes.values())]);
  const about = { ...reach, frame, evidence: whole, shared, homes, free, limits, model };
  const settlement = settle(about);
  return { settlement, evidence: whole, current: reach.current };
}

/** A demand as it would stand if a person said so now, after everybody else. */
function supposedStanding({ left, right, verdict }: Supposed): Standing {
  const nothing = { model: null, foundBy: null, weight: null, reason: null };
  const judgement = BigInt(Number.MAX_SAFE_INTEGER);
  return { ...nothing, left, right, verdict, judgement, judge: "person", who: "", at: new Date(0) };
}

/** What blocking found on pairs within reach: renewed, or as it stands. */
function foundWithin({ records, evidence }: Renewal, kept: readonly Evidence[]): Evidence[] {
  const renewed = new Set(records);
  const standing = kept.filter(
    ({ left, right, foundBy }) =>
      foundBy !== FOUND_BY_NEIGHBOURS && !renewed.has(left) && !renewed.has(right),
  );
  return [...evidence, ...standing];
}

/** The pairs that neighbours find: weighed now, save those that were weighed before and did not change. */
async function weighNeighbours(
  session: LinkSession,
  pairs: readonly Pair[],
  { kept, renewed }: { readonly kept: readonly Evidence[]; readonly renewed: ReadonlySet<bigint> },
): Promise<Evidence[]> {
  const known = new Map(
    kept
      .filter(({ left, right }) => !renewed.has(left) && !renewed.has(right))
      .map((pair) => [pairKey(pair), pair] as const),
  );
  const unknown = pairs
    .filter((pair) => !known.has(pairKey(pair)))
    .map((pair) => ({ ...pair, foundBy: FOUND_BY_NEIGHBOURS }));
  const weighed = await weigh(session, unknown);
  return [...pairs.flatMap((pair) => known.get(pairKey(pair)) ?? []), ...weighed];
}

function evidenceOf({ left, right, weight, foundBy, reason }: Standing): Evidence[] {
  const telling = reason === "contradiction" || reason === "identity" ? reason : null;
  return weight === null || foundBy === null ? [] : [{ left, right, weight, foundBy, telling }];
}
