/** Proofs for others, out of the tiles: a handful of look-ups whatever the size of the tree. */
import { InvalidInputError, NotFoundError, RefusedError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Checkpoint } from "../formats/checkpoint.ts";
import type { ConsistencyFile, InclusionFile } from "../formats/proof-file.ts";
import { leafHash } from "../merkle/hashing.ts";
import { type LeafRange, proofRanges, verifyInclusion } from "../merkle/proof.ts";
import { type TileName, TileSet, tilesUnder } from "../merkle/tiles.ts";
import { selectProofParts, selectTiles } from "../store/tree.ts";
import { keptTiles } from "./kept-tiles.ts";
import { continues, type PublishedHead } from "./sequence.ts";

/**
 * Proves that the entry at `index` stands in the published tree. The proof holds: it is worked out of tiles
 * that may have been kept from earlier proofs, and judged as its receiver will judge it.
 * @param tx one that keeps plans, for whoever proves many entries: planning takes as long as all else
 * @throws NotFoundError `ledger-entry-unknown` when the tree has no such entry
 * @throws RefusedError `ledger-forked` when the entries in the database are not those of the tree
 */
export async function proveEntry(
  tx: Transaction,
  head: PublishedHead,
  index: number,
): Promise<InclusionFile> {
  const ranges = index < head.size ? proofRanges(head.size, { start: index, end: index + 1 }) : [];
  const names = tilesUnder(ranges);
  let found = await proofOutOf(tx, head, { index, ranges, names });
  if (found !== undefined && !found.holds) {
    keptTiles.forget(head.origin, names);
    found = await proofOutOf(tx, head, { index, ranges, names });
  }
  if (found === undefined) {
    throw new NotFoundError("ledger-entry-unknown", `the ledger has no entry ${index}`, {
      hint: `it has ${head.size}, from 0; 'waybill ledger log' lists them`,
    });
  }
  if (!found.holds) {
    throw new RefusedError(
      "ledger-forked",
      `entry ${index} in the database is not the one of the checkpoint of ${head.size} entries`,
      [],
      {
        hint: "an entry or its tiles were changed: compare with a backup, and keep the checkpoint",
      },
    );
  }
  return { entry: found.entry, index, proof: found.proof, checkpoint: head.checkpoint };
}

interface Wanted {
  readonly index: number;
  readonly ranges: readonly LeafRange[];
  /** The tiles under the ranges. */
  readonly names: readonly TileName[];
}

interface Found {
  readonly entry: Buffer;
  readonly proof: Buffer[];
  readonly holds: boolean;
}

/** @returns undefined when the tree or the database has no such entry */
async function proofOutOf(
  tx: Transaction,
  head: PublishedHead,
  { index, ranges, names }: Wanted,
): Promise<Found | undefined> {
  const { origin, size, root } = head;
  const kept = names.flatMap((name) => keptTiles.find(head, name) ?? []);
  const missing = names.filter(({ level, tile }) =>
    kept.every((one) => one.level !== level || one.tile !== tile),
  );
  const { entry: text, tiles } = await selectProofParts(tx, index, missing);
  if (text === undefined || index >= size) {
    return undefined;
  }
  keptTiles.keep(origin, tiles);
  const entry = Buffer.from(text, "utf8");
  const set = new TileSet([...kept, ...tiles]);
  const proof = ranges.map((range) => set.rootOver(range));
  const holds = verifyInclusion({ index, size, leaf: leafHash(entry), proof, root });
  return { entry, proof, holds };
}

/**
 * Proves that the published tree continues the one of an earlier checkpoint. That checkpoint's signatures
 * are not looked at: a proof says something to those only who trust it.
 * @throws InvalidInputError `checkpoint-unfit` when it is of another ledger, or of an empty or larger tree
 * @throws RefusedError `ledger-forked` when the published tree does not continue it
 */
export async function proveContinuation(
  tx: Transaction,
  head: PublishedHead,
  earlier: Checkpoint,
): Promise<ConsistencyFile> {
  const { origin, size } = earlier;
  if (origin !== head.origin || size === 0 || size > head.size) {
    throw new InvalidInputError(
      "checkpoint-unfit",
      `the checkpoint of ${origin} with ${size} entries is none that ${head.origin} with ${head.size} could continue`,
      [],
      { hint: "give an earlier checkpoint of the same ledger, with at least one entry" },
    );
  }
  if (!(await continues(tx, head, earlier))) {
    throw new RefusedError(
      "ledger-forked",
      `the first ${size} entries are not those of the checkpoint that was given`,
      [],
      { hint: "somebody was shown another history: keep both checkpoints, they are the evidence" },
    );
  }
  const proof = await consistencyHashes(tx, head.size, size);
  return { earlier: size, proof, checkpoint: head.checkpoint };
}

/** The proof that a tree of `size` entries continues its first `earlier`; of none, it says nothing. */
export async function consistencyHashes(
  tx: Transaction,
  size: number,
  earlier: number,
): Promise<Buffer[]> {
  const ranges = earlier === 0 ? [] : proofRanges(size, { start: 0, end: earlier });
  const tiles = new TileSet(await selectTiles(tx, tilesUnder(ranges)));
  return ranges.map((part) => tiles.rootOver(part));
}
