/** Finds whom a single record may be, among millions, without writing anything. */
import { must } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Client } from "../../contracts/index.ts";
import type { EntityDataset } from "../../customers/index.ts";
import type { PairScore } from "../../linkage/index.ts";
import type { Linker, RecordKeys } from "../linking/linker.ts";
import { requireSession } from "../linking/open-session.ts";
import { RecordShelf } from "../linking/record-shelf.ts";
import { entityDataset } from "../run/entity-dataset.ts";
import { verdictOf } from "../settlement/evidence.ts";
import { membersOf } from "../store/blocks.ts";
import { candidatesIn } from "./gather.ts";

/** A source record that the given one may be the same as. */
export interface Match {
  readonly record: bigint;
  readonly customer: bigint;
  readonly verdict: "same" | "unsure";
  /** With the parts that explain it; `left` is the given record. */
  readonly score: PairScore;
}

/** A model that is open for matching. It stays right until the next full run puts another in force. */
export interface Matcher {
  readonly dataset: EntityDataset;
  readonly linker: Linker;
}

/** Of equal records so many are named; they are one customer or none. */
const MOST_EQUAL = 50;

/** No record has this id: the sequence begins at 1. */
const GIVEN = 0n;

/**
 * Opens the model in force.
 * @throws ConflictError `never-resolved` before the first full run
 */
export async function openMatcher(
  tx: Transaction,
  client: Client,
  name?: string,
): Promise<Matcher> {
  const { dataset, linker } = await requireSession(tx, client, entityDataset(client, name));
  return { dataset, linker };
}

/**
 * The source records that a record may be the same as, the likeliest first. Reads only, a few look-ups by
 * index.
 * @param values by field, in the text form of the contract's fields; fields that are missing have none
 */
export async function matchRecord(
  tx: Transaction,
  { dataset, linker }: Matcher,
  values: Readonly<Record<string, string | null>>,
): Promise<Match[]> {
  const columns = new Map(dataset.fields.map(({ name }) => [name, [values[name] ?? null]]));
  const given = must(linker.prepare(columns)[0], "one record was given");
  const others = await metBy(tx, linker, linker.keysOf(given));
  const shelf = new RecordShelf(tx, dataset, linker);
  await shelf.fetch(others);
  const { scorer, limits } = linker;
  const likely = others.flatMap((record) => {
    const pair = { left: given, right: shelf.get(record) };
    const compared = scorer.compareLikely(pair, limits.review);
    return compared === undefined ? [] : [{ record, compared }];
  });
  if (likely.length === 0) {
    return [];
  }
  const pairs = likely.map(({ compared }) => compared);
  const shares = await linker.readShares(tx, pairs);
  return likely
    .flatMap(({ record, compared }): Match[] => {
      const found = scorer.score(compared, shares);
      const verdict = verdictOf(found.weight, limits);
      const customer = shelf.customerOf(record);
      return verdict === "different" ? [] : [{ record, customer, verdict, score: found }];
    })
    .toSorted((a, b) => b.score.weight - a.score.weight || Number(a.record - b.record));
}

/** The records that say the same or share a block, in one look-up. */
async function metBy(
  tx: Transaction,
  { model }: Linker,
  { content, blocks }: RecordKeys,
): Promise<bigint[]> {
  const largest = model.largestBlock;
  const members = await membersOf(tx, [content, ...new Set(blocks.flat())], largest + 1);
  const equal = (members.get(content) ?? []).slice(0, MOST_EQUAL);
  const rules = new Map([[GIVEN, blocks]]);
  const candidates = candidatesIn((key) => members.get(key), { rules, largest });
  return [...new Set([...equal, ...candidates.map(({ right }) => right)])];
}
