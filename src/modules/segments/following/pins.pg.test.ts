import { expect, test } from "vitest";
import { KeptWorld, order } from "../../../../tests/segments/kept-world.ts";
import { pinMember } from "../versions/pins.ts";

const by = { who: "ann", at: new Date("2026-03-01T12:00:00Z") };

async function opened(): Promise<KeptWorld & { readonly ann: bigint }> {
  const kept = await KeptWorld.open(
    { segment: "early", criteria: 'now() < timestamp("2026-03-05T00:00:00Z")' },
    { segment: "regulars", criteria: 'customer.city == "Bonn"' },
    { segment: "of-regulars", criteria: 'in_segment("regulars")', subject: "orders" },
  );
  await kept.people(["A", { city: "Berlin" }], ["B", { city: "Berlin" }]);
  await kept.orders(order("A", "2026-02-20", "1.00"), order("B", "2026-02-20", "2.00"));
  await kept.follow();
  const [row] = await kept.world.query<{ id: bigint }>(
    "select _id as id from customers where customer_no = 'A'",
  );
  return Object.assign(kept, { ann: row?.id ?? 0n });
}

test("a customer's pin is followed in segments of events that have the segment inside", async () => {
  await using kept = await opened();

  await pinMember(kept.client, { segment: "regulars", member: kept.ann, direction: "in", ...by });
  await kept.follow();

  const stored = await kept.stored();
  expect(stored).toEqual(await kept.onDemand());
  expect(stored["of-regulars"]).toEqual(["A 1.00"]);
});

test("a customer who is pinned moves by time as before", async () => {
  await using kept = await opened();
  await pinMember(kept.client, { segment: "regulars", member: kept.ann, direction: "in", ...by });
  await kept.follow();

  kept.clock.set(new Date("2026-03-05T00:00:00Z"));
  await kept.follow();

  expect((await kept.stored())["early"]).toEqual([]);
});
