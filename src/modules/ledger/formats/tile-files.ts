/** How a ledger lies in a folder or behind an HTTP server: names and bundles of c2sp.org/tlog-tiles. */
import { assert } from "../../../kernel/index.ts";
import { LONGEST_ENTRY_BYTES } from "../../../protocol/ledger/index.ts";
import { TILE_WIDTH, type TileName } from "../merkle/tiles.ts";

/** The path of a tile in a folder. `width`: how many hashes it has. */
export function tilePath({ level, tile }: TileName, width: number): string {
  return `tile/${level}/${numberPath(tile, width)}`;
}

/** The path of the entries under a tile of level 0. */
export function bundlePath(tile: number, width: number): string {
  return `tile/entries/${numberPath(tile, width)}`;
}

/** Groups of three digits, all but the last behind an `x`: 1234067 is `x001/x234/067`. */
function numberPath(tile: number, width: number): string {
  const digits = String(tile);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, "0");
  const groups = padded.match(/\d{3}/gu) ?? [];
  const path = groups
    .map((group, at) => (at === groups.length - 1 ? group : `x${group}`))
    .join("/");
  return width === TILE_WIDTH ? path : `${path}.p/${width}`;
}

/** Entries one after another, each behind its length in two bytes. */
export function packBundle(entries: readonly Buffer[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      assert(entry.length <= LONGEST_ENTRY_BYTES, () => "an entry fits behind two bytes of length");
      const length = Buffer.alloc(2);
      length.writeUInt16BE(entry.length);
      return [length, entry];
    }),
  );
}

/** The entries of a bundle; undefined when its lengths do not add up. */
export function unpackBundle(bundle: Buffer): Buffer[] | undefined {
  const entries: Buffer[] = [];
  let at = 0;
  while (at + 2 <= bundle.length) {
    const end = at + 2 + bundle.readUInt16BE(at);
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  return at === bundle.length ? entries : undefined;
}
