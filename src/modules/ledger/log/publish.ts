/**
 * Publishes a ledger as static files (c2sp.org/tlog-tiles): any web server or folder share is then a
 * ledger that everybody can follow, and nothing of the database can be reached through it. The checkpoint
 * is replaced last, so that whoever reads it finds everything that it speaks of.
 */
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { must, RefusedError } from "../../../kernel/index.ts";
import { parseCheckpoint } from "../formats/checkpoint.ts";
import { bundlePath, packBundle, tilePath } from "../formats/tile-files.ts";
import { TILE_WIDTH, type TileName, tileWidth } from "../merkle/tiles.ts";
import { HASH_BYTES } from "../merkle/hashing.ts";
import { selectBundle } from "../store/entries.ts";
import { selectTiles } from "../store/tree.ts";
import type { Ledger } from "./ledger.ts";
import { continues, publishHead, type PublishedHead } from "./sequence.ts";

export interface Publication extends PublishedHead {
  /** How many entries the folder had before. */
  readonly before: number;
}

/**
 * Brings a folder up to the ledger as it stands. What is there already stays; doing it again changes
 * nothing.
 * @throws RefusedError `ledger-forked` when the folder holds another ledger, or another history of this one
 */
export async function publishTo(ledger: Ledger, folder: string): Promise<Publication> {
  const head = await publishHead(ledger);
  const before = await publishedBefore(ledger, head, folder);
  for (const name of tilesBetween(before, head.size)) {
    await publishTile({ ledger, head, folder }, name);
  }
  await writeWhole(join(folder, "checkpoint"), Buffer.from(head.checkpoint, "utf8"));
  return { ...head, before };
}

async function publishedBefore(
  { db, scope }: Ledger,
  head: PublishedHead,
  folder: string,
): Promise<number> {
  const path = join(folder, "checkpoint");
  const text = await readFile(path, "utf8").catch(missingAsUndefined);
  if (text === undefined) {
    return 0;
  }
  const there = parseCheckpoint(text);
  const isOurs =
    there !== undefined &&
    (await db.scoped(scope, (tx) => continues(tx, head, there), { readOnly: true }));
  if (!isOurs) {
    throw new RefusedError("ledger-forked", `${path} is not of this ledger's history`, [], {
      hint: "name another folder; if this ledger was published there, somebody has seen another history",
    });
  }
  return there.size;
}

/** The tiles of a tree of `size` leaves that a tree of the first `before` does not have, or not as wide. */
function tilesBetween(before: number, size: number): TileName[] {
  const names: TileName[] = [];
  for (let level = 0; TILE_WIDTH ** level <= size; level += 1) {
    const first = Math.floor(before / TILE_WIDTH ** (level + 1));
    for (let tile = first; tileWidth({ level, tile }, size) > 0; tile += 1) {
      if (tileWidth({ level, tile }, size) > tileWidth({ level, tile }, before)) {
        names.push({ level, tile });
      }
    }
  }
  return names;
}

interface Target {
  readonly ledger: Ledger;
  readonly head: PublishedHead;
  readonly folder: string;
}

async function publishTile({ ledger, head, folder }: Target, name: TileName): Promise<void> {
  const width = tileWidth(name, head.size);
  const start = name.tile * TILE_WIDTH;
  const { tile, entries } = await ledger.db.scoped(
    ledger.scope,
    async (tx) => ({
      tile: must((await selectTiles(tx, [name]))[0], "the tree has all its tiles"),
      entries: name.level > 0 ? [] : await selectBundle(tx, { start, end: start + width }),
    }),
    { readOnly: true },
  );
  // The tile in the database may have grown meanwhile; its beginning is what it was.
  const hashes = tile.hashes.subarray(0, width * HASH_BYTES);
  await writeWhole(join(folder, tilePath(name, width)), hashes);
  if (name.level === 0) {
    const bundle = packBundle(entries.map(({ entry }) => Buffer.from(entry, "utf8")));
    await writeWhole(join(folder, bundlePath(name.tile, width)), bundle);
  }
}

/** Written aside and synced, then renamed into place: nobody ever reads half a file. */
async function writeWhole(path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const aside = `${path}.new`;
  {
    await using file = await open(aside, "w");
    await file.writeFile(bytes);
    await file.sync();
  }
  await rename(aside, path);
}

function missingAsUndefined(error: unknown): undefined {
  if (error instanceof Error && Reflect.get(error, "code") === "ENOENT") {
    return undefined;
  }
  throw error;
}
