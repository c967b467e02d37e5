/**
 * Takes a client's customers, accounts and events over to a contract that seals other fields: values,
 * keys, subjects and hashes, and the history of all of them.
 */
import { must } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import {
  type Catalogue,
  type Dataset,
  type Field,
  findField,
  indexedAs,
  recordsTable,
  type ResealedDataset,
} from "../../contracts/index.ts";
import { type Opener, type Protection, shredded } from "../../protection/index.ts";
import { lockCustomers } from "../store/lock.ts";
import {
  type HistoryEntry,
  lockTables,
  noteSurvivors,
  openWaiting,
  putWaiting,
  type ResealedTable,
  rewriteTable,
  storedHistory,
  storedRows,
  writeHistory,
  writeSurvivors,
  writeWaiting,
} from "../store/reseal-rows.ts";
import { RowReseal } from "./row-reseal.ts";

/** What is to be resealed, and with which keys. */
export interface Resealing {
  readonly protection: Protection;
  readonly after: Catalogue;
  readonly changes: readonly ResealedDataset[];
}

/**
 * Reads what changes, while the old columns stand.
 * @returns what is to be called when the new columns do
 */
export async function resealCustomers(
  tx: Transaction,
  { protection, after, changes }: Resealing,
): Promise<() => Promise<void>> {
  await lockCustomers(tx);
  const tables = changes.flatMap(({ before }) => tableNames(before));
  await lockTables(tx, [...tables, "_history"]);
  for (const change of changes) {
    await readDataset(tx, protection, { after, change });
  }
  return async () => {
    for (const change of changes) {
      await writeDataset(tx, protection, change);
    }
    for (const table of tables) {
      await rewriteTable(tx, table, "_id");
    }
    await rewriteTable(tx, "_history", "change");
  };
}

function tableNames(dataset: Dataset): string[] {
  return dataset.kind === "event" ? [dataset.name] : [dataset.name, recordsTable(dataset)];
}

/** The table that holds what sources stated. */
function statedTable(dataset: Dataset): ResealedTable {
  return dataset.kind === "event"
    ? { name: dataset.name, rowId: "_id", dataset }
    : { name: recordsTable(dataset), rowId: "_record", dataset };
}

async function readDataset(
  tx: Transaction,
  protection: Protection,
  { after, change }: { readonly after: Catalogue; readonly change: ResealedDataset },
): Promise<void> {
  const { before, fields } = change;
  const table = statedTable(before);
  const reseal = new RowReseal(protection, { after, change });
  if (before.kind !== "event") {
    await noteSurvivors(tx, { dataset: before, fields });
  }
  await openWaiting(tx, table.name, fields);
  for await (const rows of storedRows(tx, table, reseal.needed)) {
    await putWaiting(tx, { name: table.name, fields }, await reseal.rows(rows));
  }
}

async function writeDataset(
  tx: Transaction,
  protection: Protection,
  { before, after, fields }: ResealedDataset,
): Promise<void> {
  await writeWaiting(tx, statedTable(after), fields);
  if (after.kind !== "event") {
    await writeSurvivors(tx, { name: after.name, records: recordsTable(after), fields });
  }
  for (const dataset of tableNames(after)) {
    for (const field of fields) {
      const was = must(findField(before, field.name), "a field that is resealed was there");
      for await (const entries of storedHistory(tx, dataset, was)) {
        const resealed = await resealHistory(protection, { dataset, place: after, field }, entries);
        await writeHistory(tx, { dataset, field }, resealed);
      }
    }
  }
}

/**
 * What a value was is sealed under a key of the row's history: the records that it came from may be
 * another's by now.
 */
async function resealHistory(
  protection: Protection,
  of: { readonly dataset: string; readonly place: Dataset; readonly field: Field },
  entries: readonly HistoryEntry[],
): Promise<HistoryEntry[]> {
  const place = indexedAs(of.place, of.field.name);
  const handles = entries.map(({ row }) =>
    protection.handleOf([of.dataset, "history", row.toString()]),
  );
  const convert =
    of.field.sealed === true
      ? await sealing(protection, handles, place)
      : await opening(protection, entries, place);
  return entries.map((entry, index) => ({
    ...entry,
    before: entry.before === null ? null : convert(entry.before, handles[index] ?? ""),
    after: entry.after === null ? null : convert(entry.after, handles[index] ?? ""),
  }));
}

type Convert = (value: string, handle: string) => string | null;

async function sealing(
  protection: Protection,
  handles: readonly string[],
  place: ReturnType<typeof indexedAs>,
): Promise<Convert> {
  const sealer = await protection.sealer(new Set(handles));
  return (text, handle) => `\\x${sealer.seal(handle, place, text).toString("hex")}`;
}

async function opening(
  protection: Protection,
  entries: readonly HistoryEntry[],
  place: ReturnType<typeof indexedAs>,
): Promise<Convert> {
  const all = entries.flatMap(({ before, after }) => [before, after]);
  const opener: Opener = await protection.opener(
    all.map((text) => (text === null ? null : bytesOf(text))),
  );
  return (text) => {
    const opened = opener.open(place, bytesOf(text));
    return opened === shredded ? null : opened;
  };
}

/** The bytes of a sealed value from the text that `_history` keeps of them: `\x` and digits. */
function bytesOf(text: string): Buffer {
  return Buffer.from(text.slice(2), "hex");
}
