/**
 * Gives new and changed records their keys, and finds out for which records the candidates are no longer
 * what they were: the records themselves, those that represent others now or no longer, and those whose
 * block grew too large to be compared, or small enough.
 */
import { must } from "../../../kernel/index.ts";
import { isContentKey } from "../linking/content-key.ts";
import type { LinkSession } from "../linking/session.ts";
import { type BlockEntry, deleteKeys, insertKeys, keysOf, membersOf } from "../store/blocks.ts";

/** More than any class has. */
const ALL_MEMBERS = 2_147_483_647;

/** Writes the keys of `changed`. Returns the records whose candidates must be found anew. */
export async function rekey(session: LinkSession, changed: readonly bigint[]): Promise<bigint[]> {
  const { tx, shelf } = session;
  await shelf.fetch(changed);
  const present = changed.filter((record) => shelf.has(record));
  const before = new Map<bigint, bigint>();
  for (const { key, record } of await keysOf(tx, present)) {
    if (isContentKey(key)) {
      before.set(record, key);
    }
  }
  const after = new Map(present.map((record) => [record, contentOf(session, record)]));
  const restated = present.filter((record) => before.get(record) !== after.get(record));
  if (restated.length === 0) {
    return [];
  }
  const moved = restated.map((record) => ({
    record,
    from: before.get(record),
    to: must(after.get(record), "every record present has a key"),
  }));
  const classes = await changedClasses(session, moved);
  const rekeyed = [...new Set([...restated, ...classes.flatMap(({ roles }) => roles)])];
  await shelf.fetch(rekeyed);
  const representatives = new Set(classes.map(({ leader }) => leader));
  const removed = await keysOf(tx, rekeyed);
  const added = rekeyed.flatMap((record) =>
    entriesOf(session, record, representatives.has(record)),
  );
  await deleteKeys(tx, rekeyed);
  await insertKeys(tx, added);
  const crossed = await crossingMembers(session, removed, added);
  return [...new Set([...rekeyed, ...crossed])];
}

function contentOf({ linker, shelf }: LinkSession, record: bigint): bigint {
  return linker.keysOf(shelf.get(record)).content;
}

/** A record that says something else than before, by the keys of what it says. */
interface Restated {
  readonly record: bigint;
  readonly from: bigint | undefined;
  readonly to: bigint;
}

interface ChangedClass {
  /** The representative now; undefined when nobody says this any more. */
  readonly leader: bigint | undefined;
  /** Records that became the representative, or are it no longer. */
  readonly roles: readonly bigint[];
}

/** The classes of equal records that records left or joined. */
async function changedClasses(
  { tx }: LinkSession,
  moved: readonly Restated[],
): Promise<ChangedClass[]> {
  const before = new Map<bigint, Set<bigint>>();
  for (const { from, to } of moved) {
    for (const key of from === undefined ? [to] : [from, to]) {
      before.set(key, new Set());
    }
  }
  for (const { key, record } of await membersOf(tx, [...before.keys()], ALL_MEMBERS)) {
    before.get(key)?.add(record);
  }
  const after = new Map([...before].map(([key, records]) => [key, new Set(records)]));
  for (const { record, from, to } of moved) {
    if (from !== undefined) {
      after.get(from)?.delete(record);
    }
    after.get(to)?.add(record);
  }
  return [...before].map(([key, records]) => {
    const members = after.get(key) ?? new Set();
    const [old, leader] = [smallest(records), smallest(members)];
    const roles = old === leader ? [] : [old, leader];
    return {
      leader,
      roles: roles.filter((record) => record !== undefined && members.has(record)) as bigint[],
    };
  });
}

function smallest(records: Iterable<bigint>): bigint | undefined {
  let least: bigint | undefined;
  for (const record of records) {
    least = least === undefined || record < least ? record : least;
  }
  return least;
}

function entriesOf(
  { linker, shelf }: LinkSession,
  record: bigint,
  isRepresentative: boolean,
): BlockEntry[] {
  const { content, blocks } = linker.keysOf(shelf.get(record));
  const keys = isRepresentative ? new Set([content, ...blocks.flat()]) : [content];
  return [...keys].map((key) => ({ key, record }));
}

/**
 * The members of blocks that passed the largest size, upwards or downwards: all their pairs are lost or
 * won with it.
 */
async function crossingMembers(
  { tx, linker }: LinkSession,
  removed: readonly BlockEntry[],
  added: readonly BlockEntry[],
): Promise<bigint[]> {
  const growth = new Map<bigint, number>();
  const grow = (entries: readonly BlockEntry[], by: number): void => {
    for (const { key } of entries.filter((entry) => !isContentKey(entry.key))) {
      growth.set(key, (growth.get(key) ?? 0) + by);
    }
  };
  grow(removed, -1);
  grow(added, 1);
  const most = linker.model.largestBlock;
  const changedKeys = [...growth].filter(([, by]) => by !== 0).map(([key]) => key);
  const largest = Math.max(0, ...growth.values());
  const small = blocksOf(await membersOf(tx, changedKeys, most + 1));
  const full = [...small].filter(([, records]) => records.length > most).map(([key]) => key);
  const large = blocksOf(await membersOf(tx, full, most + largest + 1));
  return changedKeys.flatMap((key) => {
    const records = large.get(key) ?? small.get(key) ?? [];
    const before = records.length - (growth.get(key) ?? 0);
    return before > most === records.length > most ? [] : records;
  });
}

/** Members by key. */
export function blocksOf(entries: readonly BlockEntry[]): Map<bigint, bigint[]> {
  const blocks = new Map<bigint, bigint[]>();
  for (const { key, record } of entries) {
    const block = blocks.get(key);
    if (block === undefined) {
      blocks.set(key, [record]);
    } else {
      block.push(record);
    }
  }
  return blocks;
}
