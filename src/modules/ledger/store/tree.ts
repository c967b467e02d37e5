/** The tree as it lies in a client's schema. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { TreeHead } from "../formats/checkpoint.ts";
import { EMPTY_ROOT } from "../merkle/hashing.ts";
import type { Tile, TileName } from "../merkle/tiles.ts";

/** The tree as it stands; without a name before it has its first entry. */
export type StoredHead = Omit<TreeHead, "origin"> & { readonly origin: string | undefined };

interface HeadRow {
  readonly origin: string | null;
  readonly size: bigint;
  readonly root: Buffer | null;
}

/** Takes the lock under which one after another gives numbers and publishes, and reads the head. */
export async function lockHead(tx: Transaction): Promise<StoredHead> {
  const row = await tx.row<HeadRow>("select origin, size, root from _ledger_head for update");
  return {
    origin: row.origin ?? undefined,
    size: Number(row.size),
    root: row.root ?? EMPTY_ROOT,
  };
}

export async function updateHead(tx: Transaction, { origin, size, root }: TreeHead): Promise<void> {
  await tx.run("update _ledger_head set origin = $1, size = $2, root = $3", [origin, size, root]);
}

/** The named tiles, as far as they exist. */
export async function selectTiles(tx: Transaction, names: readonly TileName[]): Promise<Tile[]> {
  if (names.length === 0) {
    return [];
  }
  const rows = await tx.rows<{ level: number; tile: bigint; hashes: Buffer }>(
    `select level, tile, hashes from _ledger_tiles
      where (level, tile) in (
              select level, tile from unnest($1::smallint[], $2::bigint[]) as named (level, tile))`,
    [names.map(({ level }) => level), names.map(({ tile }) => tile)],
  );
  return rows.map(({ level, tile, hashes }) => ({ level, tile: Number(tile), hashes }));
}

/** An entry and the tiles that its proof is worked out of. */
export interface ProofParts {
  /** Undefined when no entry has the index. */
  readonly entry: string | undefined;
  readonly tiles: readonly Tile[];
}

/**
 * In one statement: the way to the server and back takes longer than all the look-ups. Each tile is looked up
 * by itself, since a plan that is kept does not know how few are named, and would read them all.
 */
export async function selectProofParts(
  tx: Transaction,
  index: number,
  names: readonly TileName[],
): Promise<ProofParts> {
  const rows = await tx.rows<
    { entry: string } | { entry: null; level: number; tile: bigint; hashes: Buffer }
  >(
    `select null::text as entry, found.level, found.tile, found.hashes
       from unnest($1::smallint[], $2::bigint[]) as named (level, tile)
      cross join lateral (
              select level, tile, hashes from _ledger_tiles t
               where t.level = named.level and t.tile = named.tile limit 1) as found
     union all
     select entry, null, null, null from _ledger_entries where index = $3`,
    [names.map(({ level }) => level), names.map(({ tile }) => tile), index],
  );
  const tiles = rows.flatMap((row) =>
    row.entry === null ? [{ level: row.level, tile: Number(row.tile), hashes: row.hashes }] : [],
  );
  return { entry: rows.find(({ entry }) => entry !== null)?.entry ?? undefined, tiles };
}

/** Stores tiles that are new or wider than before. */
export async function upsertTiles(tx: Transaction, tiles: readonly Tile[]): Promise<void> {
  await tx.run(
    `insert into _ledger_tiles (level, tile, hashes)
     select level, tile, hashes from unnest($1::smallint[], $2::bigint[], $3::bytea[])
            as grown (level, tile, hashes)
     on conflict (level, tile) do update set hashes = excluded.hashes`,
    [
      tiles.map(({ level }) => level),
      tiles.map(({ tile }) => tile),
      tiles.map(({ hashes }) => hashes),
    ],
  );
}
