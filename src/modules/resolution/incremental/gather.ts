/** Finds the candidates of records by their keys, and weighs them. */
import { must } from "../../../kernel/index.ts";
import { orderedPair, pairKey } from "../judgement/judgement.ts";
import type { LinkSession } from "../linking/session.ts";
import type { Pair } from "../settlement/closure.ts";
import { type Evidence, FOUND_EQUAL } from "../settlement/evidence.ts";
import { membersOf } from "../store/blocks.ts";
import { blocksOf } from "./rekey.ts";

const ALL_MEMBERS = 2_147_483_647;

/** A pair to be weighed, with how it was found. */
export interface Candidate extends Pair {
  readonly foundBy: number;
}

/**
 * Everything the model says of pairs with at least one of `records`, as far as it is worth keeping. The
 * records' keys must be written, and the records fetched.
 */
export async function gatherEvidence(
  session: LinkSession,
  records: readonly bigint[],
): Promise<Evidence[]> {
  const { tx, linker, shelf } = session;
  await shelf.fetch(records);
  const keys = new Map(records.map((record) => [record, linker.keysOf(shelf.get(record))]));
  const contents = [...new Set([...keys.values()].map(({ content }) => content))];
  const classes = blocksOf(await membersOf(tx, contents, ALL_MEMBERS));
  const smallest = new Map(
    [...classes].map(([content, members]) => [
      content,
      members.reduce((least, one) => (one < least ? one : least)),
    ]),
  );
  const leaderOf = (record: bigint): bigint => {
    const { content } = must(keys.get(record), "a key each");
    return must(smallest.get(content), "its own class");
  };
  const leaders = records.filter((record) => leaderOf(record) === record);
  const rules = new Map(
    leaders.map((record) => [record, must(keys.get(record), "a key each").blocks]),
  );
  const candidates = await findCandidates(session, rules);
  const weighed = await weigh(session, candidates);
  const twins = new Map<string, Candidate>();
  for (const record of records) {
    const leader = leaderOf(record);
    const members = classes.get(must(keys.get(record), "a key each").content) ?? [];
    for (const other of leader === record ? members : [leader]) {
      if (other !== record) {
        const pair = orderedPair(record, other);
        twins.set(pairKey(pair), { ...pair, foundBy: FOUND_EQUAL });
      }
    }
  }
  return [...weighed, ...(await weighTwins(session, [...twins.values()], records))].filter(
    ({ weight, foundBy }) => weight >= linker.limits[foundBy === FOUND_EQUAL ? "link" : "review"],
  );
}

/** The records that share a block key with one of some records, each pair by the first rule that finds it. */
export async function findCandidates(
  { tx, linker }: Pick<LinkSession, "tx" | "linker">,
  rules: ReadonlyMap<bigint, readonly (readonly bigint[])[]>,
): Promise<Candidate[]> {
  const most = linker.model.largestBlock;
  const keys = [...new Set([...rules.values()].flat(2))];
  const blocks = blocksOf(await membersOf(tx, keys, most + 1));
  const found = new Map<string, Candidate>();
  for (const [record, ofRules] of rules) {
    for (const [index, ofRule] of ofRules.entries()) {
      const others = ofRule.flatMap((key) => {
        const block = blocks.get(key) ?? [];
        return block.length > most ? [] : block;
      });
      for (const other of others.filter((one) => one !== record)) {
        const pair = orderedPair(record, other);
        const key = pairKey(pair);
        found.set(key, found.get(key) ?? { ...pair, foundBy: index + 1 });
      }
    }
  }
  return [...found.values()];
}

/** Weighs pairs; records that are not fetched yet are. */
export async function weigh(
  { tx, linker, shelf }: LinkSession,
  candidates: readonly Candidate[],
): Promise<Evidence[]> {
  const records = [...new Set(candidates.flatMap(({ left, right }) => [left, right]))];
  await shelf.fetch(records);
  const shares = await linker.readShares(
    tx,
    records.map((record) => shelf.get(record)),
  );
  const score = linker.scorer(shares);
  return candidates.map(({ left, right, foundBy }) => {
    const { weight } = score(shelf.get(left), shelf.get(right));
    return { left, right, foundBy, weight };
  });
}

/** Equal records weigh what the one that is fetched weighs against itself. */
async function weighTwins(
  { tx, linker, shelf }: LinkSession,
  twins: readonly Candidate[],
  fetched: readonly bigint[],
): Promise<Evidence[]> {
  const shares = await linker.readShares(
    tx,
    twins.length === 0 ? [] : fetched.map((record) => shelf.get(record)),
  );
  const score = linker.scorer(shares);
  const weights = new Map<bigint, number>();
  return twins.map(({ left, right, foundBy }) => {
    const known = shelf.has(left) ? left : right;
    const weight = weights.get(known) ?? score(shelf.get(known), shelf.get(known)).weight;
    weights.set(known, weight);
    return { left, right, foundBy, weight };
  });
}
