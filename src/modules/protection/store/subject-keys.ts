/** The keys of subjects as they rest in the key database. Handles are 32 hexadecimal digits here too. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Handle } from "../protection.ts";

/** The key of one subject, wrapped. */
export interface SubjectKeyRow {
  readonly handle: Handle;
  /** The version of the master that wraps it. */
  readonly master: number;
  readonly wrapped: Buffer;
}

const columns = "encode(uuid_send(handle), 'hex') as handle, master, wrapped";

/** Those of the handles that have a key, in no order. */
export async function findKeys(
  tx: Transaction,
  handles: readonly Handle[],
): Promise<SubjectKeyRow[]> {
  return await tx.rows<SubjectKeyRow>(
    `select ${columns} from _subject_keys where handle = any($1::uuid[])`,
    [handles],
  );
}

/**
 * Adds keys, all under one master. Where another was faster, its key stays.
 * @returns the handles whose key was added
 */
export async function addKeys(
  tx: Transaction,
  rows: readonly Omit<SubjectKeyRow, "master">[],
  master: number,
): Promise<Handle[]> {
  // In the order of the handles, so that two batches with common handles wait for each other in one direction.
  const sorted = rows.toSorted((a, b) => (a.handle < b.handle ? -1 : 1));
  const added = await tx.rows<{ handle: Handle }>(
    `insert into _subject_keys (handle, master, wrapped)
     select handle, $2, wrapped from unnest($1::uuid[], $3::bytea[]) as given (handle, wrapped)
     on conflict (handle) do nothing
     returning encode(uuid_send(handle), 'hex') as handle`,
    [sorted.map(({ handle }) => handle), master, sorted.map(({ wrapped }) => wrapped)],
  );
  return added.map(({ handle }) => handle);
}

/** Deletes keys. Returns how many there were. */
export async function removeKeys(tx: Transaction, handles: readonly Handle[]): Promise<number> {
  return await tx.run("delete from _subject_keys where handle = any($1::uuid[])", [handles]);
}

/** The next keys by handle. */
export async function nextKeys(
  tx: Transaction,
  after: Handle | null,
  limit: number,
): Promise<SubjectKeyRow[]> {
  return await tx.rows<SubjectKeyRow>(
    `select ${columns} from _subject_keys
      where $1::uuid is null or handle > $1::uuid
      order by _subject_keys.handle limit $2`,
    [after, limit],
  );
}

/** Replaces how keys are wrapped, where they still are and another master wraps them. */
export async function rewrapKeys(
  tx: Transaction,
  rows: readonly SubjectKeyRow[],
  master: number,
): Promise<number> {
  return await tx.run(
    `update _subject_keys as k set master = $2, wrapped = given.wrapped
       from unnest($1::uuid[], $3::bytea[]) as given (handle, wrapped)
      where k.handle = given.handle and k.master <> $2`,
    [rows.map(({ handle }) => handle), master, rows.map(({ wrapped }) => wrapped)],
  );
}

/** Whether any key is wrapped by another master than this one. */
export async function hasKeysOfOthers(tx: Transaction, master: number): Promise<boolean> {
  const { found } = await tx.row<{ found: boolean }>(
    "select exists (select from _subject_keys where master <> $1) as found",
    [master],
  );
  return found;
}

/** How many keys each version of the master wraps. */
export async function countKeys(
  tx: Transaction,
): Promise<{ readonly master: number; readonly keys: number }[]> {
  const rows = await tx.rows<{ master: number; keys: bigint }>(
    "select master, count(*) as keys from _subject_keys group by master order by master",
  );
  return rows.map(({ master, keys }) => ({ master, keys: Number(keys) }));
}
