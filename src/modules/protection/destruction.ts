/**
 * Destroying keys. The journal's file is first: once a line is in it, the key goes, whatever happens
 * next. A process killed before the key database has followed, and a key database restored from a
 * backup, are the same case: the file is longer than what was carried out, and the rest is carried out
 * now. The other way round, a file that was lost or restored is filled up from the database.
 */
import type { Transaction } from "../../platform/postgres/index.ts";
import type { JournalLine } from "./journal/journal-file.ts";
import type { KeyPlace } from "./keyring.ts";
import type { Destruction, Handle } from "./protection.ts";
import {
  addLines,
  allowKeys,
  forbidKeys,
  forbiddenAmong,
  linesFrom,
  removeForbidden,
} from "./store/journal-lines.ts";
import { readState, setLines } from "./store/secrets.ts";
import { removeKeys } from "./store/subject-keys.ts";

/** Handles of one transaction: the state row is held meanwhile, and nobody can make keys. */
const HANDLES_AT_ONCE = 5_000;

/** Destroys the keys of handles. Safe to repeat, and resumed by the next caller when it is killed. */
export async function destroyKeys(
  place: KeyPlace,
  handles: Iterable<Handle>,
): Promise<Destruction> {
  const all = [...new Set(handles)];
  let destroyed = 0;
  for (let start = 0; start < all.length; start += HANDLES_AT_ONCE) {
    destroyed += await note(place, "destroyed", all.slice(start, start + HANDLES_AT_ONCE));
  }
  return { destroyed, absent: all.length - destroyed };
}

/** Lets handles have keys again. Returns how many were forbidden to. */
export async function reviveKeys(place: KeyPlace, handles: Iterable<Handle>): Promise<number> {
  const all = [...new Set(handles)];
  let revived = 0;
  for (let start = 0; start < all.length; start += HANDLES_AT_ONCE) {
    revived += await note(place, "revived", all.slice(start, start + HANDLES_AT_ONCE));
  }
  return revived;
}

/** Brings the journal's file and the key database to the same state. Returns how many keys went. */
export async function settleJournal(place: KeyPlace): Promise<number> {
  const { db, scope, journal } = place;
  const { lines } = await db.scoped(scope, (tx) => readState(tx, "none"), { readOnly: true });
  if ((await journal.length()) === lines) {
    return 0;
  }
  return await db.scoped(scope, (tx) => settle(tx, place), { statementTimeoutMs: 0 });
}

/** What a replay did. */
export interface Replay {
  /** Lines of the given journal that were not in ours. */
  readonly added: number;
  /** Keys that were there although they had been destroyed. */
  readonly removed: number;
}

/**
 * Carries out everything that the journal says once more, and what other journals say beside it: of
 * another machine, or from a backup.
 */
export async function replayJournal(
  place: KeyPlace,
  others: readonly JournalLine[] = [],
): Promise<Replay> {
  return await place.db.scoped(
    place.scope,
    async (tx) => {
      const settled = await settle(tx, place);
      const added = missingFrom(await linesFrom(tx, 1), others);
      const removed = await append(tx, place, added);
      return { added: added.length, removed: settled + removed + (await removeForbidden(tx)) };
    },
    { statementTimeoutMs: 0 },
  );
}

async function note(
  place: KeyPlace,
  kind: JournalLine["kind"],
  handles: readonly Handle[],
): Promise<number> {
  return await place.db.scoped(place.scope, async (tx) => {
    await settle(tx, place);
    const forbidden = new Set(await forbiddenAmong(tx, handles));
    const notedAt = place.clock.now().toISOString();
    const lines = handles
      .filter((handle) => forbidden.has(handle) === (kind === "revived"))
      .map((handle) => ({ kind, handle, notedAt }));
    return await append(tx, place, lines);
  });
}

/** Holds the state row from here on: journals are written by one at a time. */
async function settle(tx: Transaction, { journal }: KeyPlace): Promise<number> {
  const { lines } = await readState(tx, "update");
  const inFile = await journal.length();
  if (inFile < lines) {
    await journal.append(await linesFrom(tx, inFile + 1));
  }
  return inFile > lines ? await carryOut(tx, await journal.after(lines), lines) : 0;
}

async function append(
  tx: Transaction,
  { journal }: KeyPlace,
  lines: readonly JournalLine[],
): Promise<number> {
  const before = await journal.length();
  await journal.append(lines);
  return await carryOut(tx, lines, before);
}

/** @returns how many keys went, or for revived handles, how many had been forbidden */
async function carryOut(
  tx: Transaction,
  lines: readonly JournalLine[],
  before: number,
): Promise<number> {
  if (lines.length === 0) {
    return 0;
  }
  await addLines(tx, lines, before + 1);
  await setLines(tx, before + lines.length);
  let touched = 0;
  for (const { kind, handles } of runsOf(lines)) {
    if (kind === "destroyed") {
      await forbidKeys(tx, handles);
      touched += await removeKeys(tx, handles);
    } else {
      touched += await allowKeys(tx, handles);
    }
  }
  return touched;
}

/** Lines of one kind that follow one another: their order among themselves makes no difference. */
function runsOf(lines: readonly JournalLine[]): { kind: JournalLine["kind"]; handles: Handle[] }[] {
  const runs: { kind: JournalLine["kind"]; handles: Handle[] }[] = [];
  for (const { kind, handle } of lines) {
    const last = runs.at(-1);
    if (last?.kind === kind) {
      last.handles.push(handle);
    } else {
      runs.push({ kind, handles: [handle] });
    }
  }
  return runs;
}

/** What other journals say and ours does not; not what ours has taken back since. */
function missingFrom(
  ours: readonly JournalLine[],
  others: readonly JournalLine[],
): readonly JournalLine[] {
  const known = new Set(ours.map(identityOf));
  const revivedAt = new Map(
    ours.filter(({ kind }) => kind === "revived").map(({ handle, notedAt }) => [handle, notedAt]),
  );
  return others.filter(
    (line) => !known.has(identityOf(line)) && line.notedAt > (revivedAt.get(line.handle) ?? ""),
  );
}

function identityOf({ kind, handle, notedAt }: JournalLine): string {
  return `${kind} ${handle} ${notedAt}`;
}
