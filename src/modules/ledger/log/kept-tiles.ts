import { HASH_BYTES } from "../merkle/hashing.ts";
import { type Tile, type TileName, tileWidth } from "../merkle/tiles.ts";

/** 8 KB each, and at most as much again for the roots in them. */
const MOST_KEPT = 1_000;

/**
 * Tiles that were read, kept in the process for the next proof. A tree only grows, so what a tile held it
 * holds for ever, in a wider one too. A database can be set back all the same, or be another one of the same
 * name: what is worked out of kept tiles is judged before it is given to anybody, and they are forgotten when
 * it does not hold.
 */
class KeptTiles {
  /** By ledger and place, the one longest unused first. */
  readonly #tiles = new Map<string, Tile>();

  /** The tile, if it is kept as wide as a tree of `size` entries has it. */
  find({ origin, size }: { readonly origin: string; readonly size: number }, name: TileName) {
    const key = keyOf(origin, name);
    const tile = this.#tiles.get(key);
    if (tile === undefined || tile.hashes.length < tileWidth(name, size) * HASH_BYTES) {
      return undefined;
    }
    this.#put(key, tile);
    return tile;
  }

  keep(origin: string, tiles: readonly Tile[]): void {
    for (const tile of tiles) {
      this.#put(keyOf(origin, tile), tile);
    }
    const tooMany = Math.max(this.#tiles.size - MOST_KEPT, 0);
    for (const oldest of this.#tiles.keys().take(tooMany)) {
      this.#tiles.delete(oldest);
    }
  }

  forget(origin: string, names: readonly TileName[]): void {
    for (const name of names) {
      this.#tiles.delete(keyOf(origin, name));
    }
  }

  #put(key: string, tile: Tile): void {
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
  }
}

function keyOf(origin: string, { level, tile }: TileName): string {
  return `${origin} ${level}/${tile}`;
}

/** Of all ledgers of the process. */
export const keptTiles: KeptTiles = new KeptTiles();
