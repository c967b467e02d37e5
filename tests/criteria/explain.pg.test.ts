import fc from "fast-check";
import { expect, test } from "vitest";
import type { ExplanationRow, Truth } from "../../src/modules/criteria/index.ts";
import {
  explainQuery,
  parseCriteria,
  readExplanation,
  withPins,
} from "../../src/modules/criteria/index.ts";
import { testDatabase, testScope } from "../support/database.ts";
import {
  createTables,
  criteriaOf,
  loadWorld,
  resolverOf,
  segmentsOf,
  SUBJECTS,
} from "./agreement.ts";
import { membersOf, truthOf } from "./oracle.ts";
import { conditionArbitrary } from "./tree-arbitrary.ts";
import { worldArbitrary, worldCatalogue, type Statement } from "./world.ts";

const inWords = (truth: boolean | undefined): Truth =>
  truth === undefined ? "missing" : truth ? "true" : "false";

test.each(SUBJECTS)(
  "an explanation ends in the truth that the oracle finds: %s",
  async (subject, names) => {
    await using database = await testDatabase();
    const scope = await testScope(database.db);
    await createTables(database.db, scope, worldCatalogue("UTC"));

    const property = fc.asyncProperty(
      worldArbitrary(4),
      fc.array(conditionArbitrary(subject, names), { minLength: 15, maxLength: 15 }),
      async (world, trees) => {
        const [asOf = new Date(0)] = world.clocks;
        const catalogue = worldCatalogue(world.timeZone);
        await database.db.scoped(scope, async (tx) => {
          await loadWorld(tx, world);
          const segments = segmentsOf(catalogue, subject);
          const asked = { world, catalogue, asOf, segments };
          for (const criteria of criteriaOf(trees, catalogue, subject)) {
            for (const member of membersOf(world, subject)) {
              const options = {
                catalogue,
                asOf,
                segments: resolverOf(segments),
                member: BigInt(member.id),
              };
              const query = explainQuery(criteria, options);
              const row = await tx.row<ExplanationRow>(query.sql, query.values);
              const explanation = readExplanation(criteria, row, options);
              const expected = inWords(truthOf(criteria.root, member, asked));
              expect(explanation.truth, explanation.criteria).toBe(expected);
            }
          }
        });
      },
    );
    const run = await fc.check(property, { numRuns: 10, endOnFailure: true });

    expect(run.failed ? `seed ${run.seed}: ${String(run.errorInstance)}` : "agreed").toBe("agreed");
  },
  120_000,
);

test("a consent is explained by what was stated last", async () => {
  await using database = await testDatabase();
  const scope = await testScope(database.db);
  const catalogue = worldCatalogue("Europe/Berlin");
  await createTables(database.db, scope, catalogue);
  const criteria = parseCriteria(
    'has_consent("marketing.communications.email", "email")',
    catalogue,
  );
  const options = { catalogue, asOf: new Date("2026-03-01T12:00:00Z"), member: 7n };
  const said = { channel: "any", expiresAt: null, record: 0 } as const;
  const statements: readonly Statement[] = [
    {
      ...said,
      purpose: "marketing",
      granted: true,
      statedAt: "2026-01-01T00:00:00Z",
      startsAt: "2026-01-01T00:00:00Z",
      expiresAt: "2026-07-01T00:00:00Z",
    },
    {
      ...said,
      purpose: "analytics.reporting",
      granted: false,
      statedAt: "2026-02-01T00:00:00Z",
      startsAt: "2026-02-01T00:00:00Z",
    },
  ];
  const customers = [{ id: 7, fields: {}, orders: [], tickets: [], statements }];

  const explanation = await database.db.scoped(scope, async (tx) => {
    await loadWorld(tx, { timeZone: "Europe/Berlin", clocks: [], accounts: [], customers });
    const query = explainQuery(criteria, options);
    const row = await tx.row<ExplanationRow>(query.sql, query.values);
    return readExplanation(criteria, row, options);
  });

  expect(explanation).toMatchObject({
    sentence: "the customer consents to “marketing.communications.email” by e-mail",
    truth: "true",
    actual: [
      { label: "the last statement grants it", value: "true" },
      { label: "stated", value: "2026-01-01T01:00:00.000+01:00" },
      { label: "source", value: "test" },
      { label: "until", value: "2026-07-01T02:00:00.000+02:00" },
    ],
  });
});

test("a pin is explained by who set it, until when and why", async () => {
  await using database = await testDatabase();
  const scope = await testScope(database.db);
  const catalogue = worldCatalogue("Europe/Berlin");
  await createTables(database.db, scope, catalogue);
  const criteria = withPins(parseCriteria("customer.vip", catalogue), "friends");
  const options = { catalogue, asOf: new Date("2026-03-01T12:00:00Z"), member: 7n };
  const pins = [
    { segment: "friends", member: 7, direction: "in", expiresAt: "2026-04-01T00:00:00.000Z" },
  ] as const;
  const customers = [{ id: 7, fields: { vip: false }, orders: [], tickets: [] }];

  const explanation = await database.db.scoped(scope, async (tx) => {
    await loadWorld(tx, { timeZone: "Europe/Berlin", clocks: [], accounts: [], customers, pins });
    const query = explainQuery(criteria, options);
    const row = await tx.row<ExplanationRow>(query.sql, query.values);
    return readExplanation(criteria, row, options);
  });

  const [either, notOut] = explanation.children;
  expect(explanation.truth).toBe("true");
  expect(either?.children[1]).toMatchObject({
    sentence: "the customer is pinned into the segment “friends” by hand",
    truth: "true",
    actual: [
      { label: "pinned by", value: "test" },
      { label: "until", value: "2026-04-01T02:00:00.000+02:00" },
      { label: "reason", value: undefined },
    ],
  });
  expect(notOut?.children[0]).toMatchObject({ truth: "false", actual: [{}, {}, {}] });
});

test.each([
  ["Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00.000+02:00"],
  ["Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00.000+01:00"],
  ["America/St_Johns", "2026-01-01T00:00:00Z", "2025-12-31T20:30:00.000-03:30"],
  ["UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000+00:00"],
])("an instant is explained with its offset: in %s %s is %s", async (zone, since, text) => {
  await using database = await testDatabase();
  const scope = await testScope(database.db);
  const catalogue = worldCatalogue(zone);
  await createTables(database.db, scope, catalogue);
  const criteria = parseCriteria("customer.since > now()", catalogue);
  const options = { catalogue, asOf: new Date("2026-03-01T12:00:00Z"), member: 7n };
  const customers = [{ id: 7, fields: { since }, orders: [], tickets: [] }];

  const explanation = await database.db.scoped(scope, async (tx) => {
    await loadWorld(tx, { timeZone: zone, clocks: [], accounts: [], customers });
    const query = explainQuery(criteria, options);
    const row = await tx.row<ExplanationRow>(query.sql, query.values);
    return readExplanation(criteria, row, options);
  });

  expect(explanation.actual).toContainEqual(expect.objectContaining({ value: text }));
});
