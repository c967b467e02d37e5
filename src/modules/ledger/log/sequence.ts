/**
 * The one sequencer: gives what was noted its numbers, grows the tree and publishes checkpoints. Any
 * number of processes may do so at once; the lock of the head lets one after another.
 *
 * A checkpoint is signed only when its tree is committed: a signature cannot be taken back, a transaction
 * can. What is signed then follows from the head alone, since Ed25519 is deterministic, so that a process
 * which dies in between has left nothing to repair.
 */
import { must, NotFoundError, RefusedError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { type Checkpoint, signCheckpoint, type TreeHead } from "../formats/checkpoint.ts";
import { leafHash } from "../merkle/hashing.ts";
import { GrowingTiles, partialTiles, TileSet, tilesUnder } from "../merkle/tiles.ts";
import { isInboxEmpty, numberInbox } from "../store/inbox.ts";
import { lockHead, selectTiles, type StoredHead, updateHead, upsertTiles } from "../store/tree.ts";
import { selectCosignatures, selectCosignedSize } from "../store/witnesses.ts";
import { CheckpointFile } from "./checkpoint-file.ts";
import { type Ledger, originOf } from "./ledger.ts";

/**
 * Entries to a transaction. Measured: at 1,000 the commits are a fifth of the time, at 5,000 nothing that
 * can be seen; beyond that only the memory grows.
 */
const BATCH = 5_000;

/** A tree that is published: whoever is shown the checkpoint is never shown another history. */
export interface PublishedHead extends TreeHead {
  /** The checkpoint as the ledger signs it. */
  readonly ownCheckpoint: string;
  /** The same with what witnesses have said of this very tree. */
  readonly checkpoint: string;
}

/**
 * Gives everything that was noted its number and publishes the checkpoint of the tree with it.
 * @returns how many entries got their number
 * @throws RefusedError `ledger-rolled-back` or `ledger-forked`, see {@link publishHead}
 */
export async function sequence(ledger: Ledger): Promise<number> {
  const { db, scope } = ledger;
  if (await db.scoped(scope, isInboxEmpty, { readOnly: true })) {
    return 0;
  }
  let numbered = 0;
  for (let batch = BATCH; batch === BATCH; numbered += batch) {
    batch = await db.scoped(scope, (tx) => numberBatch(tx, ledger));
  }
  await publishHead(ledger);
  return numbered;
}

/** Numbers one batch within the transaction: entries, tiles and head change together or not at all. */
async function numberBatch(tx: Transaction, ledger: Ledger): Promise<number> {
  const head = await lockHead(tx);
  await refuseOtherHistory(tx, head, new CheckpointFile(ledger.dataDir, ledger.client));
  const entries = await numberInbox(tx, { from: head.size, limit: BATCH });
  if (entries.length === 0) {
    return 0;
  }
  const tree = new GrowingTiles(head.size, await selectTiles(tx, partialTiles(head.size)));
  for (const entry of entries) {
    tree.append(leafHash(Buffer.from(entry, "utf8")));
  }
  await upsertTiles(tx, tree.changed());
  const origin = head.origin ?? originOf(ledger);
  await updateHead(tx, { origin, size: tree.size, root: tree.root() });
  return entries.length;
}

/**
 * The checkpoint of the tree as it stands. It is in the file of published checkpoints before it is
 * returned, and continues all that stand there.
 * @throws NotFoundError `ledger-empty` when nothing has a number yet
 * @throws RefusedError `ledger-rolled-back` when the database lacks what was published, `ledger-forked`
 * when it has something else in its place
 */
export async function publishHead(ledger: Ledger): Promise<PublishedHead> {
  const file = new CheckpointFile(ledger.dataDir, ledger.client);
  return await ledger.db.scoped(ledger.scope, async (tx) => {
    const stored = await lockHead(tx);
    const published = await refuseOtherHistory(tx, stored, file);
    if (stored.size === 0) {
      throw new NotFoundError("ledger-empty", `nothing is in the ledger of ${ledger.client} yet`, {
        hint: `its first entry comes with the first thing that matters: waybill apply FOLDER`,
      });
    }
    const head = { ...stored, origin: must(stored.origin, "a tree with entries has a name") };
    const ownCheckpoint = signCheckpoint(head, ledger.signer);
    if ((published?.size ?? 0) < head.size) {
      await file.append(ownCheckpoint);
    }
    return { ...head, ownCheckpoint, checkpoint: await cosigned(tx, head.size, ownCheckpoint) };
  });
}

/**
 * The newest tree of those that witnesses have cosigned, which is older than the newest of all while
 * entries are being noted: what to prove entries in to those who ask for witnesses.
 * @throws NotFoundError `ledger-not-cosigned` when no witness has cosigned any
 * @throws RefusedError as {@link publishHead}
 */
export async function cosignedHead(ledger: Ledger): Promise<PublishedHead> {
  const newest = await publishHead(ledger);
  return await ledger.db.scoped(
    ledger.scope,
    async (tx) => {
      const size = await selectCosignedSize(tx);
      if (size === undefined) {
        throw new NotFoundError("ledger-not-cosigned", `no witness has cosigned ${newest.origin}`, {
          hint: `waybill ledger witness ask ${ledger.client}`,
        });
      }
      const head = { origin: newest.origin, size, root: await rootAt(tx, size) };
      const ownCheckpoint = signCheckpoint(head, ledger.signer);
      return { ...head, ownCheckpoint, checkpoint: await cosigned(tx, size, ownCheckpoint) };
    },
    { readOnly: true },
  );
}

async function cosigned(tx: Transaction, size: number, checkpoint: string): Promise<string> {
  const lines = await selectCosignatures(tx, size);
  return checkpoint + lines.map((line) => `${line}\n`).join("");
}

/** The root over the first entries. */
async function rootAt(tx: Transaction, size: number): Promise<Buffer> {
  const range = { start: 0, end: size };
  return new TileSet(await selectTiles(tx, tilesUnder([range]))).rootOver(range);
}

/** @returns the newest published checkpoint, which the database has been compared with */
async function refuseOtherHistory(
  tx: Transaction,
  head: StoredHead,
  file: CheckpointFile,
): Promise<Checkpoint | undefined> {
  const published = await file.last();
  if (published === undefined) {
    return undefined;
  }
  if (published.size > head.size) {
    throw new RefusedError(
      "ledger-rolled-back",
      `the database has ${head.size} entries of the ledger ${published.origin}, but a checkpoint of ${published.size} was published`,
      [],
      {
        hint: `restore a backup of the database that has all ${published.size}; where there is none, tell those who hold checkpoints, and begin a new ledger by moving ${file.path} away`,
      },
    );
  }
  if (!(await continues(tx, head, published))) {
    throw new RefusedError(
      "ledger-forked",
      `the first ${published.size} entries in the database are not those of the checkpoint that ${published.origin} published`,
      [],
      {
        hint: `another copy of the database went on beside this one: use that one, or find out in ${file.path} where they parted`,
      },
    );
  }
  return published;
}

/** Whether the tree in the database continues the one that was published. */
export async function continues(
  tx: Transaction,
  head: StoredHead,
  published: TreeHead,
): Promise<boolean> {
  if (published.origin !== head.origin || published.size > head.size) {
    return false;
  }
  return (await rootAt(tx, published.size)).equals(published.root);
}
