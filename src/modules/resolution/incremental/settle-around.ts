/** Settles everything that some records reach: after they changed, or after somebody judged. */
import type { Evidence } from "../settlement/evidence.ts";
import { FOUND_BY_NEIGHBOURS } from "../settlement/evidence.ts";
import { pairKey, type Standing } from "../judgement/judgement.ts";
import type { LinkSession } from "../linking/session.ts";
import { neighbourPairs } from "../settlement/closure.ts";
import { sharedIdentifiers } from "../settlement/shared-identifiers.ts";
import { settle, type Settlement } from "../settlement/settle.ts";
import { homesOf, mergedAway } from "../store/golden-ids.ts";
import { weigh } from "./gather.ts";
import { type Reach, reachOf } from "./reach.ts";

/** What is new: evidence on pairs with records whose candidates were found anew. */
export interface Renewal {
  /** Everything that stands on these from the model is replaced by the evidence. */
  readonly records: readonly bigint[];
  readonly evidence: readonly Evidence[];
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
  { records, evidence }: Renewal,
  others: readonly bigint[] = [],
): Promise<Surroundings> {
  const { tx, dataset, linker } = session;
  const sharing = await sharedIdentifiers(tx, dataset, records);
  const ends = [...evidence, ...sharing].flatMap(({ left, right }) => [left, right]);
  const reach = await reachOf(session, new Set([...records, ...ends, ...others]));
  const whole = await withinComponents(session, { records, evidence }, reach);
  const inside = new Set(reach.records);
  const shared = await sharedIdentifiers(tx, dataset, reach.records);
  const homes = await homesOf(tx, reach.records);
  const settlement = settle({
    records: reach.records,
    evidence: whole,
    standing: reach.standing,
    shared: shared.filter(({ left, right }) => inside.has(left) && inside.has(right)),
    current: reach.current,
    homes,
    free: await mergedAway(tx, dataset.name, [...new Set(homes.values())]),
    limits: linker.limits,
    model: linker.number,
  });
  return { settlement, evidence: whole, current: reach.current };
}

/** The evidence on all pairs within reach: renewed, as it stands, and what neighbours find. */
async function withinComponents(
  session: LinkSession,
  { records, evidence }: Renewal,
  { standing }: Reach,
): Promise<Evidence[]> {
  const renewed = new Set(records);
  const kept = standing.filter(
    ({ judge, left, right }) => judge === "model" && !renewed.has(left) && !renewed.has(right),
  );
  const found = [...evidence, ...kept.flatMap(evidenceOf)].filter(
    ({ foundBy }) => foundBy !== FOUND_BY_NEIGHBOURS,
  );
  const known = new Map(kept.flatMap(evidenceOf).map((pair) => [pairKey(pair), pair] as const));
  const pairs = neighbourPairs(found, session.linker.limits);
  const unknown = pairs.filter((pair) => !known.has(pairKey(pair)));
  const weighed = await weigh(
    session,
    unknown.map((pair) => ({ ...pair, foundBy: FOUND_BY_NEIGHBOURS })),
  );
  return [...found, ...pairs.flatMap((pair) => known.get(pairKey(pair)) ?? []), ...weighed];
}

function evidenceOf({ left, right, weight, foundBy }: Standing): Evidence[] {
  return weight === null || foundBy === null ? [] : [{ left, right, weight, foundBy }];
}
