/**
 * A tree cut into tiles, as c2sp.org/tlog-tiles does it: a tile of level l holds up to 256 hashes side by
 * side, each the root over 256^l leaves. Every 8th level of the tree is kept and the seven in between are
 * worked out again, so that the tree takes 32.1 bytes a leaf, and any root or proof needs few tiles.
 */
import { assert, must } from "../../../kernel/index.ts";
import { EMPTY_ROOT, HASH_BYTES, nodeHash, perfectRoot } from "./hashing.ts";
import type { LeafRange } from "./proof.ts";

/** Hashes in a full tile. */
export const TILE_WIDTH = 256;

/** Levels of the tree from one tile to the tile above. */
const TILE_HEIGHT = 8;

/** Names a tile: its level, and its number within the level, both from 0. */
export interface TileName {
  readonly level: number;
  readonly tile: number;
}

/** A tile with its hashes, one after another. */
export interface Tile extends TileName {
  readonly hashes: Buffer;
}

/** How many hashes the tile has in a tree of `size` leaves: 0 to 256. */
export function tileWidth({ level, tile }: TileName, size: number): number {
  const whole = Math.floor(size / TILE_WIDTH ** level);
  return Math.min(Math.max(whole - tile * TILE_WIDTH, 0), TILE_WIDTH);
}

/** The tiles at the right border of a tree of `size` leaves that are not full: what appending needs. */
export function partialTiles(size: number): TileName[] {
  const names: TileName[] = [];
  for (let level = 0, whole = size; whole > 0; level += 1, whole = Math.floor(whole / TILE_WIDTH)) {
    if (whole % TILE_WIDTH > 0) {
      names.push({ level, tile: Math.floor(whole / TILE_WIDTH) });
    }
  }
  return names;
}

/** The perfect subtree over the leaves `[index × 2^height, (index + 1) × 2^height)`. */
interface PerfectSubtree {
  readonly height: number;
  readonly index: number;
}

/** Cuts a range that begins where a subtree of its size can begin into perfect subtrees, from left to right. */
function perfectSubtrees({ start, end }: LeafRange): PerfectSubtree[] {
  const subtrees: PerfectSubtree[] = [];
  let at = start;
  while (at < end) {
    let height = 0;
    while (at % 2 ** (height + 1) === 0 && at + 2 ** (height + 1) <= end) {
      height += 1;
    }
    subtrees.push({ height, index: at / 2 ** height });
    at += 2 ** height;
  }
  return subtrees;
}

/** The part of one tile that a perfect subtree stands on. */
function partOfTile({ height, index }: PerfectSubtree): TileName & LeafRange {
  const width = 2 ** (height % TILE_HEIGHT);
  const tile = Math.floor((index * width) / TILE_WIDTH);
  const start = index * width - tile * TILE_WIDTH;
  return { level: Math.floor(height / TILE_HEIGHT), tile, start, end: start + width };
}

/** The tiles that {@link TileSet.rootOver} needs for these ranges, each once. */
export function tilesUnder(ranges: readonly LeafRange[]): TileName[] {
  const parts = ranges.flatMap(perfectSubtrees).map(partOfTile);
  return [
    ...new Map(parts.map(({ level, tile }) => [`${level}/${tile}`, { level, tile }])).values(),
  ];
}

/** Roots within a tile, for as long as the tile itself is kept. */
const rootsWithin = new WeakMap<Tile, Map<number, Buffer>>();

/** Roots over fewer hashes are worked out as fast as they are found. */
const LEAST_REMEMBERED = 8;

/** Tiles at hand, and the roots that follow from them. */
export class TileSet {
  readonly #tiles: ReadonlyMap<string, Tile>;

  constructor(tiles: readonly Tile[]) {
    this.#tiles = new Map(tiles.map((one) => [`${one.level}/${one.tile}`, one]));
  }

  /**
   * The root over the leaves of `range`, which begins where a subtree of its size can begin.
   * @throws InvariantError when a tile is missing or too narrow, see {@link tilesUnder}
   */
  rootOver(range: LeafRange): Buffer {
    let root: Buffer | undefined;
    for (const subtree of perfectSubtrees(range).toReversed()) {
      const left = this.#perfectRoot(subtree);
      root = root === undefined ? left : nodeHash(left, root);
    }
    return root ?? EMPTY_ROOT;
  }

  #perfectRoot(subtree: PerfectSubtree): Buffer {
    const { level, tile, start, end } = partOfTile(subtree);
    const found = must(this.#tiles.get(`${level}/${tile}`), "the tile was read");
    assert(found.hashes.length >= end * HASH_BYTES, () => "a tile is as wide as its tree says");
    return rootWithin(found, { start, end });
  }
}

/** The root over some of a tile's hashes, a power of two of them. */
function rootWithin(tile: Tile, { start, end }: LeafRange): Buffer {
  const hashes = tile.hashes.subarray(start * HASH_BYTES, end * HASH_BYTES);
  if (end - start < LEAST_REMEMBERED) {
    return perfectRoot(hashes);
  }
  const roots = rootsWithin.get(tile) ?? new Map<number, Buffer>();
  rootsWithin.set(tile, roots);
  const place = start * TILE_WIDTH + end - 1;
  // A copy: the root itself would keep the bytes alive that it was worked out in.
  const root = roots.get(place) ?? Buffer.from(perfectRoot(hashes));
  roots.set(place, root);
  return root;
}

function hashesOf(tile: Buffer): Buffer[] {
  assert(tile.length % HASH_BYTES === 0, () => "a tile is made of whole hashes");
  return Array.from({ length: tile.length / HASH_BYTES }, (_, index) =>
    tile.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES),
  );
}

/** The right border of a tree, onto which leaves are appended. Holds at most 255 hashes a level. */
export class GrowingTiles {
  readonly #border: Buffer[][] = [];
  readonly #full: Tile[] = [];
  readonly #touched = new Set<number>();
  #size: number;

  /** @param border the tiles that {@link partialTiles} names for `size` */
  constructor(size: number, border: readonly Tile[]) {
    this.#size = size;
    for (const name of partialTiles(size)) {
      const tile = border.find((one) => one.level === name.level && one.tile === name.tile);
      const hashes = hashesOf(must(tile, "the border of the tree was read").hashes);
      assert(hashes.length === tileWidth(name, size), () => "a tile is as wide as its tree says");
      this.#border[name.level] = hashes;
    }
  }

  /** How many leaves the tree has. */
  get size(): number {
    return this.#size;
  }

  /** Appends a leaf by its hash (see `leafHash`). Amortised one node hash a leaf. */
  append(leaf: Buffer): void {
    this.#size += 1;
    let hash: Buffer | undefined = leaf;
    for (let level = 0; hash !== undefined; level += 1) {
      hash = this.#appendAt(level, hash);
    }
  }

  /** @returns the root of the tile, when the hash has filled it: the next hash of the level above */
  #appendAt(level: number, hash: Buffer): Buffer | undefined {
    const hashes = (this.#border[level] ??= []);
    hashes.push(hash);
    this.#touched.add(level);
    if (hashes.length < TILE_WIDTH) {
      return undefined;
    }
    const tile = Math.floor((this.#size - 1) / TILE_WIDTH ** (level + 1));
    const full = Buffer.concat(hashes);
    this.#full.push({ level, tile, hashes: full });
    this.#border[level] = [];
    return perfectRoot(full);
  }

  /** The root over all leaves: RFC 6962 §2.1 `MTH`. */
  root(): Buffer {
    return new TileSet(this.#partial()).rootOver({ start: 0, end: this.#size });
  }

  /** Every tile that appending has made or widened, as it stands now. */
  changed(): Tile[] {
    return [...this.#full, ...this.#partial().filter(({ level }) => this.#touched.has(level))];
  }

  #partial(): Tile[] {
    return partialTiles(this.#size).map(({ level, tile }) => {
      const hashes = must(this.#border[level], "the border has every level of the tree");
      return { level, tile, hashes: Buffer.concat(hashes) };
    });
  }
}
