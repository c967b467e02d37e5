import { expect, test } from "vitest";
import { nextFlipQuery, parseCriteria } from "../../src/modules/criteria/index.ts";
import { testDatabase, testScope } from "../support/database.ts";
import { createTables } from "./agreement.ts";
import { worldCatalogue } from "./world.ts";

/** Every date of two years. */
const FIRST_DAY = "2025-01-01";
const DAYS = 730;

test("a day begins at its first instant in every time zone, also where clocks show midnight twice or never", async () => {
  await using database = await testDatabase();
  const scope = await testScope(database.db);
  await createTables(database.db, scope, worldCatalogue("UTC"));
  const zones = Intl.supportedValuesOf("timeZone");

  const wrong = await database.db.scoped(scope, async (tx) => {
    await tx.run(
      `insert into customers (_id, birth_date)
         select day, $1::date + day from generate_series(0, $2::integer - 1) day`,
      [FIRST_DAY, DAYS],
    );
    const known = await tx.rows<{ name: string }>(
      "select name from pg_timezone_names where name = any($1::text[])",
      [zones],
    );
    const found: string[] = [];
    for (const { name: zone } of known) {
      const criteria = parseCriteria("daysSince(customer.birth_date) >= 0", worldCatalogue(zone));
      const asOf = new Date("2024-12-30T00:00:00Z");
      const flips = nextFlipQuery(criteria, { catalogue: worldCatalogue(zone), asOf });
      const place = `$${flips.values.length + 1}::text`;
      const days = await tx.rows<{ day: string }>(
        `select b.birth_date::text as day from (${flips.sql}) f
           join customers b on b._id = f._id
          where (f.next_flip at time zone ${place})::date <> b.birth_date
             or ((f.next_flip - interval '1 millisecond') at time zone ${place})::date >= b.birth_date`,
        [...flips.values, zone],
      );
      found.push(...days.map(({ day }) => `${zone} ${day}`));
    }
    expect(known.length).toBeGreaterThan(300);
    return found;
  });

  expect(wrong).toEqual([]);
}, 60_000);
