/** The entries that have their number. */
import type { Transaction } from "../../../platform/postgres/index.ts";

/** An entry as it lies there. */
export interface StoredEntry {
  readonly index: number;
  /** Canonical JSON; its UTF-8 bytes are the leaf. */
  readonly entry: string;
}

interface EntryRow {
  readonly index: bigint;
  readonly entry: string;
}

export interface EntryRange {
  /** At most so many, the newest first. */
  readonly limit: number;
  /** Only what is about this: a waybill's id, a commitment to a customer, a definition. */
  readonly about?: string | undefined;
  /** Only those with a lower index. */
  readonly before?: number | undefined;
}

export async function selectEntries(
  tx: Transaction,
  { limit, about, before }: EntryRange,
): Promise<StoredEntry[]> {
  const rows = await tx.rows<EntryRow>(
    `select index, entry from _ledger_entries
      where ($2::text is null or about = $2) and ($3::bigint is null or index < $3)
      order by index desc limit $1`,
    [limit, about ?? null, before ?? null],
  );
  return rows.map(storedEntry);
}

/** The entries with an index from `start` up to, but not including, `end`, in order. */
export async function selectBundle(
  tx: Transaction,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<StoredEntry[]> {
  const rows = await tx.rows<EntryRow>(
    "select index, entry from _ledger_entries where index >= $1 and index < $2 order by index",
    [start, end],
  );
  return rows.map(storedEntry);
}

function storedEntry({ index, entry }: EntryRow): StoredEntry {
  return { index: Number(index), entry };
}
