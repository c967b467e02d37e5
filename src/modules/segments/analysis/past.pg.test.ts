import fc from "fast-check";
import { beforeAll, afterAll, describe, expect, test } from "vitest";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { testDatabase, testScope, type TestDatabase } from "../../../../tests/support/database.ts";
import { worldCatalogue } from "../../../../tests/criteria/world.ts";
import type { SegmentClient } from "../segments.ts";
import { bitsOf } from "../membership/bits.ts";
import { encodeIds } from "../membership/id-list.ts";
import { countsOnly, EVERYTHING } from "./counts-view.ts";
import { history } from "./history.ts";
import { compareInstants, countAt, membersAt, pastMembers } from "./past.ts";
import { trend } from "./trend.ts";

const BEGIN = Date.parse("2026-03-01T00:00:00Z");
const hour = (count: number): Date => new Date(BEGIN + count * 3_600_000);
const segment = "watched";

/** What happens in an hour: members move one by one, another version comes into force, or the segment goes. */
interface Happening {
  readonly kind: "moves" | "version" | "removal";
  /** Who moves; of a version, who is in. */
  readonly members: readonly number[];
}

const happening: fc.Arbitrary<Happening> = fc.record({
  kind: fc.constantFrom("moves", "moves", "moves", "moves", "version", "version", "removal"),
  members: fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { maxLength: 6 }),
});

interface Move {
  readonly change: number;
  readonly hour: number;
  readonly member: number;
  readonly entered: boolean;
}

interface Version {
  readonly version: number;
  readonly hour: number;
  readonly isRemoval: boolean;
  /** Undefined where it took the place of none. */
  readonly change: number | undefined;
  readonly entered: readonly number[];
  readonly left: readonly number[];
}

/** What the engine writes, and who was in after each hour. */
interface Course {
  readonly moves: readonly Move[];
  readonly versions: readonly Version[];
  readonly snapshots: readonly (readonly number[])[];
  readonly isInForce: boolean;
}

/** The first hour brings the first version. */
function courseOf(happenings: readonly Happening[]): Course {
  const [moves, versions, snapshots]: [Move[], Version[], number[][]] = [[], [], []];
  let inside = new Set<number>();
  let change = 0;
  let isInForce = false;
  for (const [at, { kind, members }] of happenings.entries()) {
    if (kind === "moves" && isInForce) {
      for (const member of members) {
        const entered = !inside.has(member);
        inside = inside.symmetricDifference(new Set([member]));
        moves.push({ change: (change += 1), hour: at, member, entered });
      }
    } else if (kind !== "moves" && (kind === "version" || isInForce)) {
      const next = new Set(kind === "version" ? members : []);
      versions.push({
        version: versions.length + 1,
        hour: at,
        isRemoval: kind === "removal",
        change: isInForce ? (change += 1) : undefined,
        entered: ascending(next.difference(inside)),
        left: ascending(inside.difference(next)),
      });
      isInForce = kind === "version";
      inside = next;
    }
    snapshots.push(ascending(inside));
  }
  return { moves, versions, snapshots, isInForce };
}

const ascending = (members: Iterable<number>): number[] => [...members].sort((a, b) => a - b);
const ids = (members: readonly number[]): bigint[] => members.map(BigInt);

const SLOT = 70;

async function write(tx: Transaction, { moves, versions, snapshots, isInForce }: Course) {
  const tables = [
    "_membership_switches",
    "_membership_moves",
    "_moved_members",
    "_members",
    "_segment_versions",
  ];
  for (const table of [...tables, "_segments", "_definitions", "_member_subjects"]) {
    await tx.run(`delete from ${table}`);
  }
  const { subject } = await tx.row<{ subject: number }>(
    "insert into _member_subjects (dataset) values ('customers') returning subject",
  );
  const last = versions.at(-1)?.version ?? null;
  const { id } = await tx.row<{ id: number }>(
    "insert into _segments (name, version) values ($1, $2) returning segment as id",
    [segment, isInForce ? last : null],
  );
  const now = snapshots.at(-1) ?? [];
  for (const one of versions) {
    const isLive = isInForce && one.version === last;
    await tx.run(
      `insert into _definitions (kind, name, version, sha256, body, applied_at, applied_by)
       values ('segment', $1, $2, '', $3, $4, 'test')`,
      [segment, one.version, one.isRemoval ? null : {}, hour(one.hour)],
    );
    await tx.run(
      `insert into _segment_versions (segment, version, slot, subject, state, registered_at, switched_at, retired_at, members)
       values ($7, $1, $2, $8, $3, $4, $4, $5, $6)`,
      [
        one.version,
        isLive ? SLOT : null,
        isLive ? "live" : "retired",
        hour(one.hour),
        isLive ? null : hour(one.hour),
        isLive ? now.length : 0,
        id,
        subject,
      ],
    );
    if (one.change !== undefined) {
      await tx.run(
        `insert into _membership_switches (segment, version, part, at, change, entered, "left")
         values ($6, $1, 0, $2, $3, $4, $5)`,
        [
          one.version,
          hour(one.hour),
          one.change,
          encodeIds(ids(one.entered)),
          encodeIds(ids(one.left)),
          id,
        ],
      );
    }
  }
  for (const { change, hour: at, member, entered } of moves) {
    await tx.run(
      `with found as (
         insert into _moved_members (member, first, last) values ($3, $1, $1)
       )
       insert into _membership_moves (change, at, members, segment, version, entered, cause)
       values ($1, $2, array[$3::bigint], $5, 1, $4, 'change')`,
      [change, hour(at), member, entered, id],
    );
  }
  for (const member of now) {
    await tx.run("insert into _members (member, subject, bits) values ($1, $3, $2)", [
      member,
      Buffer.from(bitsOf([SLOT])),
      subject,
    ]);
  }
}

describe("the past of a segment", () => {
  let database: TestDatabase;
  let client: SegmentClient;

  beforeAll(async () => {
    database = await testDatabase();
    const scope = await testScope(database.db);
    client = { db: database.db, scope, catalogue: worldCatalogue("Europe/Berlin") };
  });

  afterAll(async () => {
    await database[Symbol.asyncDispose]();
  });

  const put = async (happenings: readonly Happening[]): Promise<Course> => {
    const course = courseOf(happenings);
    await client.db.scoped(client.scope, (tx) => write(tx, course));
    return course;
  };

  const first: Happening = { kind: "version", members: [1, 2, 3] };
  const courses = fc
    .array(happening, { minLength: 1, maxLength: 14 })
    .map((happenings) => [first, ...happenings]);

  test("is who was in at every instant, whatever moved, switched or was archived since", async () => {
    await fc.assert(
      fc.asyncProperty(courses, async (happenings) => {
        const { snapshots } = await put(happenings);

        for (const [count, members] of snapshots.entries()) {
          const instant = { segment, at: hour(count + 0.5) };
          await client.db.scoped(client.scope, async (tx) => {
            expect(await membersAt(tx, { ...instant, limit: 100 })).toEqual({
              members: ids(members),
              next: undefined,
            });
            expect(await countAt(tx, instant)).toBe(members.length);
          });
        }
      }),
      { numRuns: 8 },
    );
  });

  test("compares two instants like the two sets, and knows who was away or only passed", async () => {
    const pair = fc.tuple(fc.nat(), fc.nat());
    await fc.assert(
      fc.asyncProperty(courses, pair, async (happenings, [one, other]) => {
        const { snapshots } = await put(happenings);
        const count = snapshots.length;
        const [from, to] = ascending([one % count, other % count]);
        const [start, end] = [from ?? 0, to ?? 0];

        const compared = await compareInstants(client, {
          segment,
          from: hour(start + 0.5),
          to: hour(end + 0.5),
          sample: 2,
          view: EVERYTHING,
        });

        const before = new Set(snapshots[start]);
        const after = new Set(snapshots[end]);
        const entered = ascending(after.difference(before));
        const left = ascending(before.difference(after));
        expect(compared).toMatchObject({
          from: { members: before.size },
          to: { members: after.size },
          moves: {
            entered: { members: entered.length, sample: ids(entered).slice(0, 2) },
            left: { members: left.length, sample: ids(left).slice(0, 2) },
            stayed: before.intersection(after).size,
          },
        });
      }),
      { numRuns: 12 },
    );
  });

  test("has a trend that ends each step with who was in then", async () => {
    await fc.assert(
      fc.asyncProperty(courses, async (happenings) => {
        const { snapshots } = await put(happenings);

        const { points } = await trend(client, {
          segment,
          from: hour(-50),
          to: hour(snapshots.length - 1),
          step: "hour",
          view: EVERYTHING,
        });

        expect(points.map(({ members }) => members)).toEqual(snapshots.map(({ length }) => length));
        const sum = points.reduce(
          (size, { began, entered, left }) => size + began + entered - left,
          0,
        );
        expect(sum).toBe(points.at(-1)?.members);
        expect(points[0]?.began).toBe(snapshots[0]?.length);
      }),
      { numRuns: 8 },
    );
  });

  test("shows to people who see counts the same rounded course, wherever a question begins", async () => {
    const many = Array.from({ length: 25 }, (_, index) => index + 1);
    await put([
      { kind: "version", members: many },
      { kind: "moves", members: [1, 2, 3, 4, 26, 27, 28] },
      { kind: "moves", members: [29, 30, 31, 32, 33, 5] },
      { kind: "moves", members: [6, 7, 8, 9, 10, 11] },
    ]);
    const view = countsOnly(client.catalogue);
    const ask = async (from: number) =>
      (
        await trend(client, { segment, from: hour(from), to: hour(3), step: "hour", view })
      ).points.map(({ members, began, entered, left }) => [members, began, entered, left]);

    expect(await ask(0)).toEqual([
      [20, 20, 0, 0],
      [20, 0, 0, 0],
      [30, 0, 10, 0],
      [20, 0, 0, 10],
    ]);
    expect(await ask(2)).toEqual((await ask(0)).slice(2));
    await client.db.scoped(client.scope, async (tx) => {
      expect(await countAt(tx, { segment, at: hour(2.5), view })).toBe(30);
    });
    const ends = { from: hour(0.5), to: hour(3.5) };
    expect(await compareInstants(client, { segment, ...ends, view })).toMatchObject({
      from: { members: 20 },
      to: { members: 20 },
      moves: undefined,
    });
  });

  test("tells members who were away from those who only passed", async () => {
    await put([
      { kind: "version", members: [1, 2] },
      { kind: "moves", members: [1, 7] },
      { kind: "version", members: [1, 2, 9] },
      { kind: "moves", members: [9] },
    ]);

    const ends = { from: hour(0), to: hour(3), view: EVERYTHING };
    const { moves } = await compareInstants(client, { segment, ...ends });

    expect(moves).toMatchObject({ stayed: 2, returned: 1, visited: 2 });
  });

  test("is told newest first, page by page; of one member also what a new version did", async () => {
    await put([
      { kind: "version", members: [1, 2] },
      { kind: "moves", members: [1, 7] },
      { kind: "version", members: [1, 2] },
    ]);

    const all = await history(client, { segment, limit: 2, view: EVERYTHING });
    const rest = await history(client, {
      segment,
      before: all.next,
      limit: 2,
      view: EVERYTHING,
    });
    const ofOne = await history(client, { member: 7n, limit: 5, view: EVERYTHING });

    expect(all.entries).toMatchObject([
      { kind: "switched", version: 2, entered: 1, left: 1 },
      { kind: "entered", member: 7n, cause: "change" },
    ]);
    expect(rest).toMatchObject({ entries: [{ kind: "left", member: 1n }], next: undefined });
    expect(ofOne.entries.map(({ kind, version }) => [kind, version])).toEqual([
      ["left", 2],
      ["entered", 1],
    ]);
  });

  test("before its first version is not known, and said so", async () => {
    await put([{ kind: "version", members: [1] }]);

    await client.db.scoped(client.scope, async (tx) => {
      await expect(countAt(tx, { segment, at: hour(-1) })).rejects.toMatchObject({
        code: "segment-not-yet",
        message: expect.stringContaining("2026-03-01T00:00:00.000Z"),
      });
      await expect(countAt(tx, { segment: "other", at: hour(1) })).rejects.toMatchObject({
        code: "segment-not-found",
      });
    });
  });

  test("is not told while it is being noted whom a switch since then moved", async () => {
    await put([
      { kind: "version", members: [1] },
      { kind: "version", members: [2] },
    ]);

    await client.db.scoped(client.scope, async (tx) => {
      await tx.run(
        "update _segment_versions set state = 'retiring', slot = 9, retired_at = null where version = 1",
      );
      const conflict = { kind: "conflict", code: "segment-switching" };

      await expect(countAt(tx, { segment, at: hour(0.5) })).rejects.toMatchObject(conflict);
      expect(await countAt(tx, { segment, at: hour(1.5) })).toBe(1);
    });
  });

  test("shows no single member to people who see counts", async () => {
    const view = countsOnly(client.catalogue);
    const refused = { kind: "forbidden", code: "counts-only" };

    await expect(
      pastMembers(client, { segment, at: hour(1), limit: 5, view }),
    ).rejects.toMatchObject(refused);
    await expect(history(client, { segment, limit: 5, view })).rejects.toMatchObject(refused);
  });

  test("has days that begin in the client's time zone, also where the clock is changed", async () => {
    await put([{ kind: "version", members: [1] }]);

    const { points } = await trend(client, {
      segment,
      from: new Date("2026-03-28T12:00:00Z"),
      to: new Date("2026-03-30T12:00:00Z"),
      step: "day",
      view: EVERYTHING,
    });

    expect(points.map(({ from }) => from.toISOString())).toEqual([
      "2026-03-27T23:00:00.000Z",
      "2026-03-28T23:00:00.000Z",
      "2026-03-29T22:00:00.000Z",
    ]);
  });
});
