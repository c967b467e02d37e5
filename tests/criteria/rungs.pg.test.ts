import { expect, test } from "vitest";
import type { EvaluationRow } from "../../src/modules/criteria/index.ts";
import { evaluationQuery, parseCriteria } from "../../src/modules/criteria/index.ts";
import { testDatabase, testScope } from "../support/database.ts";
import { createTables, loadWorld } from "./agreement.ts";
import type { CustomerData } from "./world.ts";
import { worldCatalogue } from "./world.ts";

const catalogue = worldCatalogue("Europe/Berlin");

/** One customer, asked at noon UTC on 1 March 2026. */
const CUSTOMER: CustomerData = {
  id: 1,
  fields: {
    customer_no: "C1",
    birth_date: "2008-02-29",
    since: "2026-02-20T09:30:00.000Z",
  },
  orders: [
    { id: 11, at: "2025-11-01T08:00:00.000000Z", fields: { paid: true } },
    { id: 12, at: "2026-02-19T08:00:00.000400Z", fields: { paid: false } },
    { id: 13, at: "2026-06-01T08:00:00.000000Z", fields: { paid: false } },
  ],
  tickets: [],
  scores: {},
};

const CASES: readonly (readonly [string, readonly string[], string | undefined])[] = [
  [
    "of several windows over the same events the shortest that is still open ends first",
    ['orders.within("7d").any()', 'orders.within("30d").any()', 'orders.within("365d").any()'],
    "2026-03-21T08:00:00.001Z",
  ],
  [
    "an event that a where does not take ends no window",
    ['orders.within("30d").where(e, e.paid == true).any()'],
    "2026-06-01T08:00:00.000Z",
  ],
  [
    "each where has windows of its own",
    [
      'orders.within("200d").where(e, e.paid == true).any()',
      'orders.within("365d").where(e, e.paid == false).any()',
    ],
    "2026-05-20T08:00:00.000Z",
  ],
  [
    "a calendar window ends at a midnight of the client",
    ['orders.within("1mo").any()', 'orders.within("6mo").any()'],
    "2026-03-19T23:00:00.000Z",
  ],
  [
    "of several ages the next birthday counts, on 1 March where there is no 29 February",
    ["age(customer.birth_date) >= 18", "age(customer.birth_date) >= 21"],
    "2029-02-28T23:00:00.000Z",
  ],
  [
    "of several days the next that begins counts",
    [
      "daysSince(customer.since) > 5",
      "daysSince(customer.since) >= 14",
      "daysSince(customer.since) < 30",
    ],
    "2026-03-05T23:00:00.000Z",
  ],
  [
    "of several distances from an instant the next counts",
    [
      'customer.since < now() - duration("24h")',
      'customer.since < now() - duration("240h")',
      'customer.since < now() - duration("720h")',
    ],
    "2026-03-02T09:30:00.000Z",
  ],
  ["what no clock moves has no end", ["customer.visits > 3"], undefined],
];

test("the next flip is the nearest rung that is still ahead, for some members and for everybody", async () => {
  await using database = await testDatabase();
  const scope = await testScope(database.db);
  await createTables(database.db, scope, catalogue);
  const asOf = new Date("2026-03-01T12:00:00Z");

  const answers = await database.db.scoped(scope, async (tx) => {
    await loadWorld(tx, { timeZone: "UTC", clocks: [], accounts: [], customers: [CUSTOMER] });
    const found = new Map<string, readonly (string | undefined)[]>();
    for (const [name, texts] of CASES) {
      const slots = texts.map((text, slot) => ({ slot, criteria: parseCriteria(text, catalogue) }));
      const dues: (string | undefined)[] = [];
      for (const members of [undefined, [1n]]) {
        const options = { catalogue, asOf, members, width: 8, flips: "due" } as const;
        const query = evaluationQuery(slots, options);
        const row = await tx.row<EvaluationRow>(query.sql, query.values);
        dues.push(row.due?.toISOString());
      }
      found.set(name, dues);
    }
    return found;
  });

  expect(answers).toEqual(new Map(CASES.map(([name, , due]) => [name, [due, due]])));
});
