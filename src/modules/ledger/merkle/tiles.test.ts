import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { leafHash } from "./hashing.ts";
import { proofRanges, proveConsistency, proveInclusion, rootOf } from "./proof.ts";
import {
  GrowingTiles,
  partialTiles,
  type Tile,
  TileSet,
  tilesUnder,
  tileWidth,
  TILE_WIDTH,
} from "./tiles.ts";

const LEAVES = Array.from({ length: 70_000 }, (_, index) => leafHash(Buffer.from(`${index}`)));

/** Tiles by name, as a store keeps them: what is written later replaces what was there. */
class Shelf {
  readonly #tiles = new Map<string, Tile>();

  put(tiles: readonly Tile[]): void {
    for (const tile of tiles) {
      this.#tiles.set(`${tile.level}/${tile.tile}`, tile);
    }
  }

  all(): Tile[] {
    return [...this.#tiles.values()];
  }
}

/** Grows a tree in steps, each from what the steps before have stored. */
function grown(steps: readonly number[]): { shelf: Shelf; tree: GrowingTiles } {
  const shelf = new Shelf();
  let tree = new GrowingTiles(0, []);
  for (const step of steps) {
    tree = new GrowingTiles(tree.size, shelf.all());
    for (const leaf of LEAVES.slice(tree.size, tree.size + step)) {
      tree.append(leaf);
    }
    shelf.put(tree.changed());
  }
  return { shelf, tree };
}

const sizes = fc.integer({ min: 1, max: 1_500 });

describe("a tree in tiles", () => {
  test("has the root of the whole tree, however it was grown", () => {
    fc.assert(
      fc.property(fc.array(sizes, { minLength: 1, maxLength: 5 }), (steps) => {
        const { tree } = grown(steps);
        expect(tree.root()).toEqual(rootOf(LEAVES, { start: 0, end: tree.size }));
      }),
      { numRuns: 60 },
    );
  });

  test("proves every leaf and every prefix, also of an earlier size, as the whole tree does", () => {
    const { shelf } = grown([300, 1, 211, 1_488]);
    const tiles = new TileSet(shelf.all());
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), fc.nat(1_999), (size, pick) => {
        const index = pick % size;
        const prove = (start: number, end: number): Buffer[] =>
          proofRanges(size, { start, end }).map((range) => tiles.rootOver(range));
        expect(prove(index, index + 1)).toEqual(proveInclusion(LEAVES.slice(0, size), index));
        expect(prove(0, index + 1)).toEqual(proveConsistency(LEAVES.slice(0, size), index + 1));
      }),
      { numRuns: 150 },
    );
  });

  test("needs no other tiles than it names", () => {
    const { shelf } = grown([70_000]);
    fc.assert(
      fc.property(fc.nat(69_999), (index) => {
        const ranges = proofRanges(70_000, { start: index, end: index + 1 });
        const names = tilesUnder(ranges).map(({ level, tile }) => `${level}/${tile}`);
        const few = shelf.all().filter(({ level, tile }) => names.includes(`${level}/${tile}`));
        expect(names.length).toBeLessThanOrEqual(6);
        const all = new TileSet(shelf.all());
        const some = new TileSet(few);
        for (const range of ranges) {
          expect(some.rootOver(range)).toEqual(all.rootOver(range));
        }
      }),
      { numRuns: 20 },
    );
  });

  test("of 70,000 leaves has the tiles that the standard counts", () => {
    const { shelf } = grown([70_000]);
    const widths = (level: number): number[] =>
      shelf
        .all()
        .filter((tile) => tile.level === level)
        .map(({ hashes }) => hashes.length / 32);

    expect(widths(0).filter((width) => width === TILE_WIDTH)).toHaveLength(273);
    expect(widths(0).filter((width) => width < TILE_WIDTH)).toEqual([112]);
    expect(widths(1)).toEqual([256, 17]);
    expect(widths(2)).toEqual([1]);
    expect(shelf.all().every((tile) => tile.hashes.length === 32 * tileWidth(tile, 70_000))).toBe(
      true,
    );
  });

  test("of 256 leaves has one full tile and one hash above it", () => {
    expect(partialTiles(256)).toEqual([{ level: 1, tile: 0 }]);
    expect(tileWidth({ level: 0, tile: 0 }, 256)).toBe(256);
    expect(tileWidth({ level: 0, tile: 1 }, 256)).toBe(0);
  });

  test("is not grown from a border that does not fit its size", () => {
    const { shelf } = grown([300]);

    expect(() => new GrowingTiles(301, shelf.all())).toThrow("as wide as its tree");
    expect(() => new GrowingTiles(600, shelf.all())).toThrow("border");
  });
});
