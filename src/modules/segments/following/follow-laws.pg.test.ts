import fc from "fast-check";
import { expect, test } from "vitest";
import { KeptWorld, order } from "../../../../tests/segments/kept-world.ts";

/** Something that happens to a client. */
type Step = (kept: KeptWorld) => unknown;

const number = fc.constantFrom("A", "B", "C", "D");
const companyNo = fc.constantFrom("C1", "C2", null);
const city = fc.constantFrom("Berlin", "Bonn", null);
const day = fc.constantFrom("1900-01-01", "2026-02-20", "2026-03-01", "2026-03-02", "2026-04-20");
const amount = fc.constantFrom("1.00", "50.00");
const hours = fc.constantFrom(1, 24, 24 * 29, 24 * 400, -0.0001, -24);

const personComes = fc.tuple(number, city, companyNo).map(
  ([who, lives, company]): Step =>
    (kept) =>
      kept.people([who, { city: lives, company }]),
);
const orderComes = fc.tuple(number, day, amount).map(
  ([who, on, value]): Step =>
    (kept) =>
      kept.orders(order(who, on, value)),
);
const companyComes = fc.tuple(fc.constantFrom("C1", "C2"), fc.constantFrom("steel", "glass")).map(
  ([no, industry]): Step =>
    (kept) =>
      kept.companies({ company_no: no, industry }),
);
const clockMoves = hours.map((by): Step => ({ clock }) => {
  clock.set(new Date(clock.now().getTime() + by * 3_600_000));
});
/** One of the records goes to the golden row of another, or to one of its own. */
const recordMoves = fc
  .tuple(fc.nat(5), fc.nat(5))
  .map(([which, whither]): Step => async ({ world }) => {
    const records = await world.query<{ record: bigint; id: bigint }>(
      "select _record as record, _id as id from customers__records order by _record",
    );
    const from = records[which % records.length];
    const to = records[whither % records.length];
    return from && to && world.regroup([{ record: from.record, id: to.id }]);
  });
const step = fc.oneof(
  { weight: 3, arbitrary: personComes },
  { weight: 3, arbitrary: orderComes },
  { weight: 1, arbitrary: companyComes },
  { weight: 2, arbitrary: clockMoves },
  { weight: 2, arbitrary: recordMoves },
);

const segments = [
  { segment: "berlin", criteria: 'customer.city == "Berlin"' },
  { segment: "sleepers", criteria: 'orders.within("30d").none()' },
  { segment: "spenders", criteria: 'orders.within("30d").sum("amount") > 40.0' },
  { segment: "steel", criteria: 'account.industry == "steel" && !in_segment("berlin")' },
  {
    segment: "crowded",
    criteria: 'customers.where(c, c.city == "Berlin").count() >= 2',
    subject: "companies",
  },
  { segment: "local", criteria: 'customer.city == "Berlin"', subject: "orders" },
];

test("after any history stored memberships are what the data and the clock say", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 14 }), async (steps) => {
      await using kept = await KeptWorld.open(...segments);
      for (const one of steps) {
        await one(kept);
        await kept.follow();
        expect(await kept.stored()).toEqual(await kept.onDemand());
      }
    }),
    { numRuns: 2, endOnFailure: true },
  );
});
