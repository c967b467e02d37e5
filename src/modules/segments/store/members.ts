/**
 * Who is in what, as stored. Whoever calls these holds the lock of `_following`.
 */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { isEmpty } from "../membership/bits.ts";

/** The due of a member about whom everything is to be evaluated, and not only what follows the clock. */
export const AT_ONCE = new Date("0001-01-01T00:00:00Z");

/** A row of `_members`. */
export interface StoredMember {
  readonly member: bigint;
  readonly subject: number;
  readonly bits: Buffer;
  /** No answer about the member changes before it without new data; null: time alone changes none. */
  readonly due: Date | null;
}

/** What is stored of these members; those without a row are in nothing and wait for nothing. */
export async function selectMembers(
  tx: Transaction,
  members: readonly bigint[],
): Promise<Map<bigint, StoredMember>> {
  const rows = await tx.rows<StoredMember>(
    "select member, subject, bits, due from _members where member = any($1::bigint[])",
    [members],
  );
  return new Map(rows.map((row) => [row.member, row]));
}

/** A row as it is to be. */
export interface WrittenMember extends StoredMember {
  /** There was none before. */
  readonly isNew: boolean;
}

/** Writes rows whole, and removes those that are in nothing and wait for nothing. */
export async function writeMembers(tx: Transaction, rows: readonly WrittenMember[]): Promise<void> {
  const isNothing = ({ bits, due }: StoredMember): boolean => due === null && isEmpty(bits);
  const kept = rows.filter((row) => !isNothing(row));
  await addRows(
    tx,
    kept.filter(({ isNew }) => isNew),
  );
  await changeRows(
    tx,
    kept.filter(({ isNew }) => !isNew),
  );
  const gone = rows.filter((row) => isNothing(row) && !row.isNew);
  if (gone.length > 0) {
    await tx.run("delete from _members where member = any($1::bigint[])", [
      gone.map(({ member }) => member),
    ]);
  }
}

async function addRows(tx: Transaction, rows: readonly StoredMember[]): Promise<void> {
  if (rows.length > 0) {
    await tx.run(
      `insert into _members (member, due, subject, bits)
       select member, due, subject, bits
         from unnest($1::bigint[], $2::timestamptz[], $3::smallint[], $4::bytea[]) w (member, due, subject, bits)`,
      [
        rows.map(({ member }) => member),
        rows.map(({ due }) => due),
        rows.map(({ subject }) => subject),
        rows.map(({ bits }) => bits),
      ],
    );
  }
}

/** Not by way of an insert that conflicts: that locks each row first, which is written to the log too. */
async function changeRows(tx: Transaction, rows: readonly StoredMember[]): Promise<void> {
  if (rows.length > 0) {
    await tx.run(
      `update _members m set due = w.due, bits = w.bits
         from unnest($1::bigint[], $2::timestamptz[], $3::bytea[]) w (member, due, bits)
        where m.member = w.member`,
      [rows.map(({ member }) => member), rows.map(({ due }) => due), rows.map(({ bits }) => bits)],
    );
  }
}

/** Has everything about these members evaluated as soon as may be. */
export async function makeDue(
  tx: Transaction,
  { subject, members }: { readonly subject: number; readonly members: readonly bigint[] },
): Promise<void> {
  await tx.run(
    `insert into _members (member, due, subject, bits)
     select member, $1, $2, '' from unnest($3::bigint[]) w (member)
     on conflict (member) do update set due = excluded.due`,
    [AT_ONCE, subject, members],
  );
}

/** Adds to the counted members of slots. */
export async function addToCounts(
  tx: Transaction,
  deltas: ReadonlyMap<number, number>,
): Promise<void> {
  const changed = [...deltas].filter(([, delta]) => delta !== 0);
  if (changed.length > 0) {
    await tx.run(
      `update _segment_versions v set members = v.members + d.delta
         from unnest($1::integer[], $2::integer[]) d (slot, delta)
        where v.slot = d.slot`,
      [changed.map(([slot]) => slot), changed.map(([, delta]) => delta)],
    );
  }
}
