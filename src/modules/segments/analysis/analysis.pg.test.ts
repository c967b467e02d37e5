import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, testScope, type TestDatabase } from "../../../../tests/support/database.ts";
import { createTables, loadWorld } from "../../../../tests/criteria/agreement.ts";
import type { CustomerData, Data } from "../../../../tests/criteria/world.ts";
import { worldCatalogue } from "../../../../tests/criteria/world.ts";
import { bitsOf } from "../membership/bits.ts";
import type { SegmentClient } from "../segments.ts";
import { countsOnly, EVERYTHING } from "./counts-view.ts";
import { funnel } from "./funnel.ts";
import { overlap, upset } from "./overlap.ts";
import { bestLift, profile } from "./profile.ts";

const asOf = new Date("2026-03-01T12:00:00Z");
const view = EVERYTHING;

/** A hundred people: every second one in Berlin, every fifth a VIP, born in 1950 to 1999. */
const people = Array.from({ length: 100 }, (_, index): CustomerData => {
  const id = index + 1;
  const fields = {
    customer_no: `C${id}`,
    city: id % 2 === 0 ? "Berlin" : id % 3 === 0 ? null : "Hamburg",
    vip: id % 5 === 0,
    points: String(id),
    birth_date: `${1950 + (id % 50)}-06-01`,
    tags: id % 4 === 0 ? ["a", "b"] : id % 4 === 1 ? ["a"] : [],
  } satisfies Data;
  return { id, fields, orders: [], tickets: [] };
});

/** Segments by name: their criteria, and who is stored as a member. */
const segments: Readonly<Record<string, { criteria: string; has: (customer: number) => boolean }>> =
  {
    berlin: { criteria: 'customer.city == "Berlin"', has: (id) => id % 2 === 0 },
    few: { criteria: "customer.points <= 3", has: (id) => id <= 3 },
    vip: {
      criteria: 'customer.vip && customer.points > 50 && customer.city == "Berlin"',
      has: (id) => id % 10 === 0 && id > 50,
    },
  };

/** Far apart, so that bits of several widths are read. */
const SLOTS: Readonly<Record<string, number>> = { berlin: 3, few: 64, vip: 200 };

describe("analysis", () => {
  let database: TestDatabase;
  let client: SegmentClient;

  beforeAll(async () => {
    database = await testDatabase();
    const catalogue = worldCatalogue("Europe/Berlin");
    const scope = await testScope(database.db);
    client = { db: database.db, scope, catalogue };
    await createTables(database.db, scope, catalogue);
    await database.db.scoped(scope, async (tx) => {
      await loadWorld(tx, {
        timeZone: catalogue.timeZone,
        clocks: [],
        accounts: [],
        customers: people,
      });
      const { subject } = await tx.row<{ subject: number }>(
        "insert into _member_subjects (dataset) values ('customers') returning subject",
      );
      for (const [name, { criteria }] of Object.entries(segments)) {
        const body = {
          segment: name,
          title: name,
          kind: "behavioural",
          owner: "team",
          purpose: "marketing",
          criteria,
        };
        await tx.run(
          `insert into _definitions (kind, name, version, sha256, body, applied_at, applied_by)
           values ('segment', $1, 1, '', $2, $3, 'test')`,
          [name, body, asOf],
        );
        await tx.run(
          `with added as (insert into _segments (name, version) values ($1, 1) returning segment)
           insert into _segment_versions (segment, version, slot, subject, state, registered_at, switched_at)
           select segment, 1, $2, $3, 'live', $4, $4 from added`,
          [name, SLOTS[name] ?? 0, subject, asOf],
        );
      }
      for (const { id } of people) {
        const slots = Object.entries(segments)
          .filter(([, { has }]) => has(id))
          .map(([name]) => SLOTS[name] ?? 0);
        await tx.run("insert into _members (member, subject, bits) values ($1, $2, $3)", [
          id,
          subject,
          Buffer.from(bitsOf(slots)),
        ]);
      }
      await tx.run("insert into _segments (name) values ('filling')");
    });
  });

  afterAll(async () => {
    await database[Symbol.asyncDispose]();
  });

  test("says of every pair how much they share", async () => {
    const { segments: sizes, pairs } = await overlap(client, { view });

    expect(sizes).toEqual([
      { name: "berlin", members: 50 },
      { name: "few", members: 3 },
      { name: "vip", members: 5 },
    ]);
    expect(pairs.map(({ left, right, both }) => [left, right, both])).toEqual([
      ["berlin", "few", 1],
      ["berlin", "vip", 5],
      ["few", "vip", 0],
    ]);
    expect(pairs[1]).toMatchObject({ shareOfLeft: 0.1, shareOfRight: 1, jaccard: 0.1 });
  });

  test("says who is in exactly which segments, the largest combinations first", async () => {
    const found = await upset(client, { names: ["vip", "few", "berlin"], view, limit: 2 });

    expect(found.combinations).toEqual([
      { segments: ["berlin"], members: 44 },
      { segments: ["vip", "berlin"], members: 5 },
    ]);
    expect(found.others).toEqual({ combinations: 2, members: 3 });
    expect(found.segments.map(({ members }) => members)).toEqual([5, 3, 50]);
  });

  test("shows to people who see counts an overlap in tens, all of one table", async () => {
    const question = { view: countsOnly(client.catalogue) };
    const { segments: sizes, pairs } = await overlap(client, question);
    const { combinations } = await upset(client, { ...question, limit: 9 });

    expect(sizes.map(({ members }) => members)).toEqual([40, 0, 0]);
    expect(pairs.map(({ both }) => both)).toEqual([0, 0, 0]);
    expect(combinations).toEqual([{ segments: ["berlin"], members: 40 }]);
  });

  test("refuses to overlap what is not there or not filled", async () => {
    await expect(overlap(client, { names: ["berlin", "other"], view })).rejects.toMatchObject({
      code: "segment-not-found",
    });
    await expect(overlap(client, { names: ["filling"], view })).rejects.toMatchObject({
      code: "segment-filling",
    });
  });

  test("a funnel says what each condition keeps, alone, in turn, and what it costs", async () => {
    const { everybody, steps, members } = await funnel(client, { segment: "vip", asOf, view });

    expect(everybody).toBe(100);
    expect(steps).toMatchObject([
      { condition: "customer.vip", alone: 20, together: 20, without: 25 },
      { condition: "customer.points > 50", alone: 50, together: 10, without: 10 },
      { condition: 'customer.city == "Berlin"', alone: 50, together: 5, without: 10 },
    ]);
    expect(members).toBe(5);
  });

  test("a funnel of criteria of one's own is refused to people who see counts", async () => {
    const counts = countsOnly(client.catalogue);
    const own = { criteria: "customer.vip", asOf };

    expect((await funnel(client, { ...own, view })).members).toBe(20);
    await expect(funnel(client, { ...own, view: counts })).rejects.toMatchObject({
      code: "counts-only",
    });
    const { steps } = await funnel(client, { segment: "vip", asOf, view: counts });
    expect(steps.map(({ together }) => together % 10)).toEqual([0, 0, 0]);
  });

  test("a profile of texts has the most frequent values, the others, and who has none", async () => {
    const question = { segment: "few", field: "city", asOf, view };
    const { buckets, inside, outside } = await profile(client, question);

    expect([inside, outside]).toEqual([3, 97]);
    expect(buckets.map(({ label, inside: n, outside: m }) => [label, n, m])).toEqual([
      ["Berlin", 1, 49],
      ["Hamburg", 1, 32],
      ["no value", 1, 16],
    ]);
    expect(buckets[2]?.lift).toBeCloseTo(1 / 3 / 0.17, 10);
    const [, other] = (await profile(client, { ...question, field: "customer_no", buckets: 2 }))
      .buckets;
    expect(other).toMatchObject({ kind: "value" });
  });

  test("values beyond the most frequent ones are counted together", async () => {
    const question = { segment: "berlin", field: "customer_no", asOf, view, buckets: 2 };
    const { buckets } = await profile(client, question);

    expect(buckets.map(({ kind }) => kind)).toEqual(["value", "value", "other"]);
    expect(buckets[2]).toMatchObject({ inside: 49, outside: 49, label: "other values" });
  });

  test("numbers are divided at round quantiles, dates by spans people count in", async () => {
    const points = await profile(client, {
      segment: "vip",
      field: "points",
      asOf,
      view,
      buckets: 4,
    });
    const born = await profile(client, { segment: "vip", field: "birth_date", asOf, view });

    expect(points.buckets.map(({ label, inside, outside }) => [label, inside, outside])).toEqual([
      ["below 25", 0, 24],
      ["25 to below 50", 0, 25],
      ["50 to below 75", 2, 23],
      ["75 and above", 3, 23],
    ]);
    expect(born.buckets.map(({ label }) => label)).toEqual([
      "1950s",
      "1960s",
      "1970s",
      "1980s",
      "1990s",
    ]);
  });

  test("a row of a list counts for each of its entries", async () => {
    const { buckets, kind } = await profile(client, {
      segment: "berlin",
      field: "tags",
      asOf,
      view,
    });

    expect(kind).toBe("list");
    expect(buckets.map(({ label, shareInside, outside }) => [label, shareInside, outside])).toEqual(
      [
        ["a", 0.5, 25],
        ["b", 0.5, 0],
        ["no value", 0.5, 25],
      ],
    );
  });

  test("a profile in counts has no bucket of few, and none of an identifier", async () => {
    const counts = countsOnly(client.catalogue);
    const question = { segment: "vip", asOf, view: counts };

    const { buckets } = await profile(client, { ...question, field: "city" });

    expect(buckets.every(({ inside, outside }) => (inside + outside) % 10 === 0)).toBe(true);
    const tags = await profile(client, { ...question, segment: "berlin", field: "tags" });
    expect([tags.inside, tags.outside]).toEqual([40, 40]);
    await expect(profile(client, { ...question, field: "customer_no" })).rejects.toMatchObject({
      code: "counts-only",
    });
  });

  test("fields are ranked by what they tell of a segment, and it is said which ones define it", async () => {
    const ranked = await bestLift(client, { segment: "berlin", view });

    expect(ranked[0]).toMatchObject({
      field: "city",
      isInCriteria: true,
      best: { label: "Berlin" },
    });
    expect(ranked.map(({ field }) => field)).not.toContain("customer_no");
    const tags = ranked.find(({ field }) => field === "tags");
    expect(tags).toMatchObject({ isInCriteria: false, best: { label: "b" } });
    expect(ranked.at(-1)?.significance.cramersV).toBe(0);
  });

  test("a field that is not there is refused with the one that was meant", async () => {
    const question = { segment: "vip", field: "citty", asOf, view };

    await expect(profile(client, question)).rejects.toMatchObject({
      code: "field-not-found",
      hint: 'did you mean "city"?',
    });
  });
});
