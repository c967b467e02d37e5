/** What was noted and has no number yet. */
import { assert } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import {
  ledgerEntry,
  LONGEST_ENTRY_BYTES,
  type LedgerEntry,
} from "../../../protocol/ledger/index.ts";
import { canonicalJson, type JsonValue } from "../canonical-json.ts";

/**
 * Notes entries in the transaction that does what they tell of: they are in the ledger if and only if it
 * commits. Takes no lock, so that whoever notes something never waits for others who do; the numbers are
 * given afterwards.
 * @throws ZodError when an entry is not one of the catalogue: a bug of the caller
 */
export async function recordInLedger(
  tx: Transaction,
  entries: readonly LedgerEntry[],
): Promise<void> {
  const texts = entries.map((entry) => entryText(entry));
  await tx.run(
    `insert into _ledger_inbox (about, entry)
     select about, entry from unnest($1::text[], $2::text[]) with ordinality as noted (about, entry, place)
     order by place`,
    [entries.map(({ about }) => about), texts],
  );
}

/** The entry as it is hashed: canonical JSON. */
function entryText(entry: LedgerEntry): string {
  const text = canonicalJson(ledgerEntry.parse(entry) satisfies JsonValue);
  assert(
    Buffer.byteLength(text) <= LONGEST_ENTRY_BYTES,
    () => "the entry is too long for a bundle",
  );
  return text;
}

/** Whether anything waits for its number. */
export async function isInboxEmpty(tx: Transaction): Promise<boolean> {
  const row = await tx.row<{ empty: boolean }>(
    "select not exists (select from _ledger_inbox) as empty",
  );
  return row.empty;
}

/**
 * Moves the oldest of what waits into the ledger, with the numbers from `from` on. Only whoever holds the
 * lock of the head may do so. Returns the texts of the entries in the order of their numbers.
 *
 * Who noted something after another's commit stands behind it; those at the same time stand in any order.
 * One that commits late is simply taken later, since what is taken is taken away: nothing is ever missed.
 */
export async function numberInbox(
  tx: Transaction,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<string[]> {
  const rows = await tx.rows<{ entry: string }>(
    `with taken as (
       delete from _ledger_inbox
        where noted in (select noted from _ledger_inbox order by noted limit $2)
       returning noted, about, entry
     ), numbered as (
       insert into _ledger_entries (index, about, entry)
       select $1::bigint + row_number() over (order by noted) - 1, about, entry from taken
       returning index, entry
     )
     select entry from numbered order by index`,
    [from, limit],
  );
  return rows.map(({ entry }) => entry);
}
