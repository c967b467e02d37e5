import { expect, test } from "vitest";
import type { Database, Scope } from "../../platform/postgres/index.ts";
import { testDatabase, testScope } from "../../../tests/support/database.ts";
import { createTables, loadWorld } from "../../../tests/criteria/agreement.ts";
import type { CustomerData, Data, EventData } from "../../../tests/criteria/world.ts";
import { worldCatalogue } from "../../../tests/criteria/world.ts";
import {
  countSegment,
  explainSegment,
  listSegments,
  previewCriteria,
  segmentMembers,
  type SegmentClient,
} from "./index.ts";

const catalogue = worldCatalogue("Europe/Berlin");
const asOf = new Date("2026-03-01T12:00:00Z");

function customer(id: number, fields: Data, orders: readonly EventData[] = []): CustomerData {
  return { id, fields: { customer_no: `C${id}`, ...fields }, orders, tickets: [] };
}

const order = (id: number, at: string, amount: string): EventData => ({
  id,
  at,
  fields: { amount },
});

const people = [
  customer(1, { city: "Berlin", vip: true, birth_date: "1990-05-01" }, [
    order(11, "2026-02-20T10:00:00.000Z", "80"),
    order(12, "2026-02-25T10:00:00.000Z", "40.5"),
  ]),
  customer(2, { city: "Berlin", vip: false, birth_date: "2010-05-01" }),
  customer(3, { city: "Hamburg", vip: true }, [order(31, "2025-01-01T10:00:00.000Z", "900")]),
  customer(4, { city: null, vip: null, birth_date: "1970-01-01" }),
  customer(5, { city: "Berlin", vip: true, birth_date: "2008-03-02" }),
];

async function apply(db: Database, scope: Scope, ...segments: readonly [string, string][]) {
  await db.scoped(scope, async (tx) => {
    for (const [segment, criteria] of segments) {
      const body = {
        segment,
        title: segment,
        kind: "behavioural",
        owner: "team",
        purpose: "marketing",
        criteria,
      };
      await tx.run(
        `insert into _definitions (kind, name, version, sha256, body, applied_at, applied_by)
         select 'segment', $1, 1 + count(*), ''::bytea, $2::jsonb, $3, 'test'
         from _definitions where kind = 'segment' and name = $1`,
        [segment, criteria === "" ? null : body, asOf],
      );
    }
  });
}

async function clientWith(
  db: Database,
  ...segments: readonly [string, string][]
): Promise<SegmentClient> {
  const scope = await testScope(db);
  await createTables(db, scope, catalogue);
  await db.scoped(scope, (tx) =>
    loadWorld(tx, { timeZone: catalogue.timeZone, clocks: [], accounts: [], customers: people }),
  );
  await apply(db, scope, ...segments);
  return { db, scope, catalogue };
}

test("all segments are listed with their members, counted in one pass", async () => {
  await using database = await testDatabase();
  const client = await clientWith(
    database.db,
    ["vip-berlin", 'customer.vip && in_segment("berlin")'],
    ["berlin", 'customer.city == "Berlin"'],
    ["gone", "true"],
    ["gone", ""],
  );

  const listed = await listSegments(client, { asOf });

  expect(listed.map(({ segment, members, version }) => [segment, members, version])).toEqual([
    ["berlin", 3n, 1],
    ["vip-berlin", 2n, 1],
  ]);
});

test("pages of members cover every member once", async () => {
  await using database = await testDatabase();
  const client = await clientWith(database.db, ["everybody", "true"]);

  const first = await segmentMembers(client, { segment: "everybody", asOf, limit: 2 });
  const second = await segmentMembers(client, {
    segment: "everybody",
    asOf,
    limit: 3,
    after: first.next,
  });

  expect([first.members, second.members]).toEqual([
    [1n, 2n],
    [3n, 4n, 5n],
  ]);
  expect(second.next).toBeUndefined();
});

test("the newest version of a segment is in force", async () => {
  await using database = await testDatabase();
  const client = await clientWith(database.db, ["big", "true"]);

  await apply(client.db, client.scope, ["big", 'orders.sum("amount") > 100.0']);

  expect(await countSegment(client, { segment: "big", asOf })).toEqual({
    members: 2n,
    basis: "evaluated",
  });
});

test("an explanation says which condition keeps a customer out, with what it looked at", async () => {
  await using database = await testDatabase();
  const client = await clientWith(database.db, [
    "buyers",
    'customer.city == "Berlin" && orders.within("30d").sum("amount") > 200.0',
  ]);

  const { member, explanation } = await explainSegment(client, {
    segment: "buyers",
    member: 1n,
    asOf,
  });

  expect(member).toBe(false);
  expect(explanation.children.map(({ truth, actual }) => [truth, actual])).toEqual([
    ["true", [{ label: "city", value: "Berlin" }]],
    ["false", [{ label: "the sum of amount of orders in the last 30 days", value: "120.5000" }]],
  ]);
});

test("an explanation says until when it holds: an eighteenth birthday begins at local midnight", async () => {
  await using database = await testDatabase();
  const client = await clientWith(database.db, ["adults", "age(customer.birth_date) >= 18"]);

  const today = await explainSegment(client, { segment: "adults", member: 5n, asOf });

  expect(today.member).toBe(false);
  expect(today.until).toEqual(new Date("2026-03-01T23:00:00Z"));
});

test("a missing value is neither true nor false and keeps a customer out", async () => {
  await using database = await testDatabase();
  const client = await clientWith(database.db, ["not-vip", "!customer.vip"]);

  const { member, explanation } = await explainSegment(client, {
    segment: "not-vip",
    member: 4n,
    asOf,
  });

  expect([member, explanation.truth]).toEqual([false, "missing"]);
});

test("a preview counts and samples a text that is no segment yet", async () => {
  await using database = await testDatabase();
  const client = await clientWith(database.db, ["berlin", 'customer.city == "Berlin"']);

  const preview = await previewCriteria(client, {
    criteria: '!in_segment("berlin") && orders.any()',
    asOf,
    sample: 10,
  });

  expect([preview.members, preview.sample]).toEqual([1n, [3n]]);
});

test("segments that name each other in a circle are refused", async () => {
  await using database = await testDatabase();
  const client = await clientWith(
    database.db,
    ["hen", 'in_segment("egg")'],
    ["egg", 'customer.vip || in_segment("hen")'],
  );

  await expect(countSegment(client, { segment: "hen", asOf })).rejects.toThrow(
    "segments name each other in a circle",
  );
});

test("an unknown segment or customer is said to be unknown", async () => {
  await using database = await testDatabase();
  const client = await clientWith(database.db, ["berlin", 'customer.city == "Berlin"']);

  await expect(countSegment(client, { segment: "berln", asOf })).rejects.toThrow(
    'there is no segment "berln"',
  );
  await expect(explainSegment(client, { segment: "berlin", member: 99n, asOf })).rejects.toThrow(
    "customers has no row 99",
  );
});
