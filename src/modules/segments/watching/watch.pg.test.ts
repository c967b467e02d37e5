import { expect, test } from "vitest";
import { CancelledError, NotFoundError } from "../../../kernel/index.ts";
import { testDatabase, testScope } from "../../../../tests/support/database.ts";
import { testCatalogue } from "../../../../tests/support/catalogue.ts";
import { CHANGES_CHANNEL } from "../../customers/index.ts";
import type { SegmentClient } from "../segments.ts";
import type { MembershipChange } from "../store/entries.ts";
import { logMoves } from "../store/history-writes.ts";
import { watchMemberships, type WatchOptions } from "./watch.ts";

const at = new Date("2026-03-01T12:00:00Z");

/** A client with the segments gold and silver, both of customers. */
async function clientWithSegments(db: SegmentClient["db"]): Promise<SegmentClient> {
  const scope = await testScope(db);
  await db.scoped(scope, async (tx) => {
    await tx.run("insert into _member_subjects (dataset) values ('customers')");
    await tx.run("insert into _segments (name, version) values ('gold', 1), ('silver', 1)");
    await tx.run(
      `insert into _segment_versions (segment, version, slot, subject, state, registered_at)
       select segment, 1, segment, 1, 'live', $1 from _segments`,
      [at],
    );
  });
  return { db, scope, catalogue: testCatalogue };
}

/** Logs that members entered a segment, in one transaction. */
async function enter(
  { db, scope }: SegmentClient,
  segment: string,
  members: readonly number[],
): Promise<void> {
  await db.scoped(scope, async (tx) => {
    const { id } = await tx.row<{ id: number }>(
      "select segment as id from _segments where name = $1",
      [segment],
    );
    const alike = { segment: id, version: 1, entered: true, cause: "change" } as const;
    const nothing = members.map(() => null);
    const group = { ...alike, members: members.map(BigInt), causedBy: nothing, untils: nothing };
    await logMoves(tx, [group], at);
  });
}

function watch(
  client: SegmentClient,
  options: Partial<WatchOptions>,
): AsyncGenerator<MembershipChange, void, undefined> {
  const { signal } = new AbortController();
  return watchMemberships(client, {
    signal,
    follow: () => Promise.resolve(undefined),
    now: () => at,
    ...options,
  });
}

async function take(
  entries: AsyncGenerator<MembershipChange, void, undefined>,
  count: number,
): Promise<MembershipChange[]> {
  const taken: MembershipChange[] = [];
  while (taken.length < count) {
    const { value } = await entries.next();
    if (value === undefined) {
      break;
    }
    taken.push(value);
  }
  return taken;
}

test("a backlog of several readings is told once and in the order of the log", async () => {
  await using database = await testDatabase();
  const client = await clientWithSegments(database.db);
  const members = Array.from({ length: 2_500 }, (_, index) => index + 1);
  await enter(client, "gold", members);
  await enter(client, "silver", [7]);

  const entries = watch(client, { after: 0n });
  const told = await take(entries, 2_501);
  await entries.return();

  expect(told.map(({ change }) => Number(change))).toEqual([...members, 2_501]);
  expect(told.map(({ member }) => Number(member))).toEqual([...members, 7]);
  expect(told.at(-1)).toMatchObject({ kind: "entered", segment: "silver", subject: "customers" });
});

test("who watches without a beginning is told what happens from then on, and is woken by it", async () => {
  await using database = await testDatabase();
  const client = await clientWithSegments(database.db);
  await enter(client, "gold", [1]);
  let followed = 0;
  const entries = watch(client, {
    follow: async () => {
      followed += 1;
      // The second time the beginning is known: what comes now is later.
      if (followed === 2) {
        await enter(client, "gold", [2]);
      }
      return undefined;
    },
  });

  const first = await take(entries, 1);
  const next = take(entries, 1);
  await enter(client, "silver", [3]);
  const told = [...first, ...(await next)];
  await entries.return();

  expect(told.map(({ segment, member }) => [segment, Number(member)])).toEqual([
    ["gold", 2],
    ["silver", 3],
  ]);
});

test("only the segments that were asked for are told, and the rest is not waited for", async () => {
  await using database = await testDatabase();
  const client = await clientWithSegments(database.db);
  await enter(client, "gold", [1, 2]);
  await enter(client, "silver", [3]);

  const entries = watch(client, { after: 1n, segments: ["silver"] });
  const told = await take(entries, 1);
  await entries.return();

  expect(told.map(({ segment }) => segment)).toEqual(["silver"]);
});

test("another version in force is told without a member", async () => {
  await using database = await testDatabase();
  const client = await clientWithSegments(database.db);
  await client.db.scoped(client.scope, async (tx) => {
    await tx.run("update _change_head set last = last + 1");
    await tx.run(
      `insert into _changes (change, at, kind, dataset, row_id, actor)
       values (1, $1, 'segment-switched', 'gold', 1, 'alice')`,
      [at],
    );
    await tx.run(`select pg_notify('${CHANGES_CHANNEL}', current_schema())`);
  });

  const entries = watch(client, { after: 0n });
  const told = await take(entries, 1);
  await entries.return();

  expect(told).toMatchObject([{ kind: "switched", segment: "gold", version: 1, member: null }]);
});

test("a flip that is due is looked for when it is due, although nothing wakes the watcher", async () => {
  await using database = await testDatabase();
  const client = await clientWithSegments(database.db);
  let followed = 0;
  const entries = watch(client, {
    after: 0n,
    follow: async () => {
      followed += 1;
      // A follower that writes without telling: what wakes the watcher is the instant alone.
      if (followed === 3) {
        await enter(client, "gold", [1]);
      }
      return new Date(at.getTime() + 20);
    },
  });

  const told = await take(entries, 1);
  await entries.return();

  expect(told).toHaveLength(1);
});

test("the signal ends the watch, also in its sleep", async () => {
  await using database = await testDatabase();
  const client = await clientWithSegments(database.db);
  const stop = new AbortController();
  const entries = watch(client, { signal: stop.signal });

  const ended = entries.next();
  stop.abort();

  expect(await ended).toEqual({ done: true, value: undefined });
});

test("the signal ends the watch well while memberships are brought up to date", async () => {
  await using database = await testDatabase();
  const client = await clientWithSegments(database.db);
  const stop = new AbortController();
  const follow = (): Promise<never> => {
    stop.abort();
    return Promise.reject(new CancelledError("cancelled", "it was stopped"));
  };

  const ended = await watch(client, { signal: stop.signal, follow }).next();

  expect(ended).toEqual({ done: true, value: undefined });
});

test("a name that no segment has ever had is refused", async () => {
  await using database = await testDatabase();
  const client = await clientWithSegments(database.db);

  await expect(watch(client, { segments: ["gold", "gould"] }).next()).rejects.toThrow(
    NotFoundError,
  );
});
