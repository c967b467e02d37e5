/** The database's copy of the journal, and which handles may have no key because of it. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { JournalLine } from "../journal/journal-file.ts";
import type { Handle } from "../protection.ts";

/** Adds lines; the first of them has the number `first`. */
export async function addLines(
  tx: Transaction,
  lines: readonly JournalLine[],
  first: number,
): Promise<void> {
  await tx.run(
    `insert into _journal (line, kind, handle, noted_at)
     select $1::bigint + position - 1, kind, handle, noted_at
       from unnest($2::text[], $3::uuid[], $4::timestamptz[])
         with ordinality as given (kind, handle, noted_at, position)`,
    [
      first,
      lines.map(({ kind }) => kind),
      lines.map(({ handle }) => handle),
      lines.map(({ notedAt }) => notedAt),
    ],
  );
}

/** The lines from number `first` on, in order. */
export async function linesFrom(tx: Transaction, first: number): Promise<JournalLine[]> {
  const rows = await tx.rows<Omit<JournalLine, "notedAt"> & { notedAt: Date }>(
    `select kind, encode(uuid_send(handle), 'hex') as handle, noted_at as "notedAt"
       from _journal where line >= $1 order by line`,
    [first],
  );
  return rows.map((row) => ({ ...row, notedAt: row.notedAt.toISOString() }));
}

/** Forbids the handles to have keys. */
export async function forbidKeys(tx: Transaction, handles: readonly Handle[]): Promise<void> {
  await tx.run(
    `insert into _destroyed (handle) select handle from unnest($1::uuid[]) as given (handle)
     on conflict (handle) do nothing`,
    [handles],
  );
}

/** Allows the handles to have keys again. Returns how many were forbidden to. */
export async function allowKeys(tx: Transaction, handles: readonly Handle[]): Promise<number> {
  return await tx.run("delete from _destroyed where handle = any($1::uuid[])", [handles]);
}

/** Those of the handles that may have no key. */
export async function forbiddenAmong(
  tx: Transaction,
  handles: readonly Handle[],
): Promise<Handle[]> {
  const rows = await tx.rows<{ handle: Handle }>(
    `select encode(uuid_send(handle), 'hex') as handle from _destroyed where handle = any($1::uuid[])`,
    [handles],
  );
  return rows.map(({ handle }) => handle);
}

/** Those of the handles that were ever destroyed, whether or not they were revived since. */
export async function everDestroyed(
  tx: Transaction,
  handles: readonly Handle[],
): Promise<Handle[]> {
  const rows = await tx.rows<{ handle: Handle }>(
    `select distinct encode(uuid_send(handle), 'hex') as handle
       from _journal where handle = any($1::uuid[]) and kind = 'destroyed'`,
    [handles],
  );
  return rows.map(({ handle }) => handle);
}

/** How many handles may have no key, and how many of those have one all the same: none, unless rows were restored. */
export async function countForbidden(
  tx: Transaction,
): Promise<{ readonly forbidden: number; readonly withKey: number }> {
  const row = await tx.row<{ forbidden: bigint; with_key: bigint }>(
    `select count(*) as forbidden, count(k.handle) as with_key
       from _destroyed as d left join _subject_keys as k on k.handle = d.handle`,
  );
  return { forbidden: Number(row.forbidden), withKey: Number(row.with_key) };
}

/** Deletes the keys of all handles that may have none. Returns how many there were. */
export async function removeForbidden(tx: Transaction): Promise<number> {
  return await tx.run(
    "delete from _subject_keys as k using _destroyed as d where k.handle = d.handle",
  );
}
