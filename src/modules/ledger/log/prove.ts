/** Proofs for others, out of the tiles: a handful of look-ups whatever the size of the tree. */
import { InvalidInputError, NotFoundError, RefusedError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Checkpoint } from "../formats/checkpoint.ts";
import type { ConsistencyFile, InclusionFile } from "../formats/proof-file.ts";
import { proofRanges } from "../merkle/proof.ts";
import { TileSet, tilesUnder } from "../merkle/tiles.ts";
import { selectProofParts, selectTiles } from "../store/tree.ts";
import { continues, type PublishedHead } from "./sequence.ts";

/**
 * Proves that the entry at `index` stands in the published tree.
 * @throws NotFoundError `ledger-entry-unknown` when the tree has no such entry
 */
export async function proveEntry(
  tx: Transaction,
  head: PublishedHead,
  index: number,
): Promise<InclusionFile> {
  const ranges = index < head.size ? proofRanges(head.size, { start: index, end: index + 1 }) : [];
  const { entry, tiles } = await selectProofParts(tx, index, tilesUnder(ranges));
  if (entry === undefined || index >= head.size) {
    throw new NotFoundError("ledger-entry-unknown", `the ledger has no entry ${index}`, {
      hint: `it has ${head.size}, from 0; 'waybill ledger log' lists them`,
    });
  }
  const set = new TileSet(tiles);
  const proof = ranges.map((range) => set.rootOver(range));
  return { entry: Buffer.from(entry, "utf8"), index, proof, checkpoint: head.checkpoint };
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
