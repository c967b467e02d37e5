/**
 * Gives new and changed records their keys, and finds out for which records the candidates are no longer
 * what they were: the records themselves, those that represent others now or no longer, and those whose
 * block grew too large to be compared, or small enough.
 */
import { isContentKey } from "../linking/content-key.ts";
import type { LinkSession } from "../linking/session.ts";
import {
  type BlockEntry,
  changeKeys,
  insertKeys,
  type KeyChanges,
  keyChanges,
  type KeyedRecord,
  keysOf,
  membersOf,
} from "../store/blocks.ts";

/** More than any class has. */
export const ALL_MEMBERS = 2_147_483_647;

/** What became of the keys. */
export interface Rekeyed {
  /** The records whose candidates must be found anew. */
  readonly records: readonly bigint[];
  /** Who says the same, by content key, where somebody came to say it or says it no longer. */
  readonly classes: ReadonlyMap<bigint, readonly bigint[]>;
  /** The blocks that changed, as they are now: of those too large to be compared, not all members. */
  readonly blocks: ReadonlyMap<bigint, readonly bigint[]>;
}

/** Writes the keys of the records that are `named` as new or changed. */
export async function rekey(session: LinkSession, named: readonly bigint[]): Promise<Rekeyed> {
  const { tx, shelf } = session;
  await shelf.fetch(named);
  const present = named.filter((record) => shelf.has(record));
  const before = await keysOf(tx, present);
  const moved = present
    .map((record) => ({
      record,
      from: before.get(record)?.find(isContentKey),
      to: shelf.keysOf(record).content,
    }))
    .filter(({ from, to }) => from !== to);
  if (moved.length === 0) {
    return { records: [], classes: new Map(), blocks: new Map() };
  }
  const changed = await changedClasses(session, moved);
  const roles = changed.flatMap((one) => one.roles);
  const rekeyed = [...new Set([...moved.map(({ record }) => record), ...roles])];
  await shelf.fetch(rekeyed);
  const representatives = new Set(changed.map(({ members }) => smallest(members)));
  const wanted = rekeyed.map((record) => keyed(session, record, representatives.has(record)));
  const known = new Set(present);
  const others = await keysOf(
    tx,
    roles.filter((record) => !known.has(record)),
  );
  const changes = keyChanges(wanted, new Map([...before, ...others]));
  const growth = growthOf(changes);
  const blocks = await blocksAfter(session, changes, [...growth.keys()]);
  await writeChanges(session, changes);
  const crossed = await crossingMembers(session, growth, blocks);
  return {
    records: [...new Set([...rekeyed, ...crossed])],
    classes: new Map(changed.map(({ content, members }) => [content, members])),
    blocks,
  };
}

function keyed({ shelf }: LinkSession, record: bigint, isRepresentative: boolean): KeyedRecord {
  const { content, blocks } = shelf.keysOf(record);
  return { record, keys: new Set(isRepresentative ? [content, ...blocks.flat()] : [content]) };
}

async function writeChanges({ tx }: LinkSession, changes: KeyChanges): Promise<void> {
  await changeKeys(tx, changes);
  const added = changes.added.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const [key, record] = [added.map((entry) => entry.key), added.map((entry) => entry.record)];
  await insertKeys(tx, "_late_blocks", [{ key, record }]);
}

/**
 * The members of blocks as they will be when the changes are written. What is added is known, and most of
 * these blocks have no other members: looked at before writing, they send nothing.
 */
async function blocksAfter(
  { tx, linker }: LinkSession,
  { added, removed }: Pick<KeyChanges, "added" | "removed">,
  keys: readonly bigint[],
): Promise<ReadonlyMap<bigint, readonly bigint[]>> {
  const [coming, going] = [recordsByKey(added), recordsByKey(removed)];
  const mostGoing = [...going.values()].reduce((most, { length }) => Math.max(most, length), 0);
  const before = await membersOf(tx, keys, linker.model.largestBlock + 1 + mostGoing);
  return new Map(
    keys.map((key) => {
      const gone = going.get(key) ?? [];
      const stay = (before.get(key) ?? []).filter((record) => !gone.includes(record));
      return [key, [...stay, ...(coming.get(key) ?? [])]];
    }),
  );
}

function recordsByKey(entries: readonly BlockEntry[]): ReadonlyMap<bigint, readonly bigint[]> {
  const byKey = new Map<bigint, bigint[]>();
  for (const { key, record } of entries) {
    const records = byKey.get(key);
    if (records === undefined) {
      byKey.set(key, [record]);
    } else {
      records.push(record);
    }
  }
  return byKey;
}

/** By how many members blocks grew, or shrank; classes of equal records have no largest size. */
function growthOf({ added, removed }: KeyChanges): ReadonlyMap<bigint, number> {
  const growth = new Map<bigint, number>();
  const grow = (entries: readonly BlockEntry[], by: number): void => {
    for (const { key } of entries) {
      growth.set(key, (growth.get(key) ?? 0) + by);
    }
  };
  grow(added, 1);
  grow(removed, -1);
  return new Map([...growth].filter(([key, by]) => by !== 0 && !isContentKey(key)));
}

/**
 * The members of blocks that passed the largest size, upwards or downwards: all their pairs are lost or
 * won with it.
 */
async function crossingMembers(
  { tx, linker }: LinkSession,
  growth: ReadonlyMap<bigint, number>,
  blocks: ReadonlyMap<bigint, readonly bigint[]>,
): Promise<bigint[]> {
  const most = linker.model.largestBlock;
  const sizeOf = (key: bigint): number => blocks.get(key)?.length ?? 0;
  const shrunk = [...growth].filter(
    ([key, by]) => by < 0 && sizeOf(key) <= most && sizeOf(key) - by > most,
  );
  const large = [...blocks]
    .filter(([, members]) => members.length > most)
    .map(([key]) => ({ key, by: growth.get(key) ?? 0 }))
    .filter(({ by }) => by > 0);
  const mostGrowth = large.reduce((highest, { by }) => Math.max(highest, by), 0);
  const whole = await membersOf(
    tx,
    large.map(({ key }) => key),
    most + mostGrowth + 1,
  );
  const grown = large.filter(({ key, by }) => (whole.get(key)?.length ?? 0) - by <= most);
  return [
    ...shrunk.flatMap(([key]) => blocks.get(key) ?? []),
    ...grown.flatMap(({ key }) => whole.get(key) ?? []),
  ];
}

/** A record that says something else than before, by the keys of what it says. */
interface Restated {
  readonly record: bigint;
  readonly from: bigint | undefined;
  readonly to: bigint;
}

/** Records that say the same; the smallest of them represents the others. */
interface ChangedClass {
  readonly content: bigint;
  /** As it is now: nobody, when nobody says this any more. */
  readonly members: readonly bigint[];
  /** Records that became the representative, or are it no longer. */
  readonly roles: readonly bigint[];
}

/** The classes of equal records that records left or joined. */
async function changedClasses(
  { tx }: LinkSession,
  moved: readonly Restated[],
): Promise<ChangedClass[]> {
  const before = new Map<bigint, ReadonlySet<bigint>>();
  for (const { from, to } of moved) {
    for (const key of from === undefined ? [to] : [from, to]) {
      before.set(key, new Set());
    }
  }
  for (const [key, records] of await membersOf(tx, [...before.keys()], ALL_MEMBERS)) {
    before.set(key, new Set(records));
  }
  const after = new Map([...before].map(([key, records]) => [key, new Set(records)]));
  for (const { record, from, to } of moved) {
    if (from !== undefined) {
      after.get(from)?.delete(record);
    }
    after.get(to)?.add(record);
  }
  return [...before].map(([content, records]) => {
    const members = [...(after.get(content) ?? [])];
    const [old, leader] = [smallest(records), smallest(members)];
    const roles = old === leader ? [] : [old, leader];
    return { content, members, roles: roles.filter((record) => isAmong(members, record)) };
  });
}

/** Whether a record is there, and among the members of a class. */
function isAmong(members: readonly bigint[], record: bigint | undefined): record is bigint {
  return record !== undefined && members.includes(record);
}

/** Undefined where there is none. */
export function smallest(records: Iterable<bigint>): bigint | undefined {
  let least: bigint | undefined;
  for (const record of records) {
    least = least === undefined || record < least ? record : least;
  }
  return least;
}
