import { expect, test } from "vitest";
import { KeptWorld, order } from "../../../../tests/segments/kept-world.ts";
import { followClient } from "./follow.ts";

test("accounts follow their own fields, the people in them and what these do", async () => {
  await using kept = await KeptWorld.open(
    { segment: "steel", criteria: 'account.industry == "steel"', subject: "companies" },
    {
      segment: "crowded",
      criteria: 'customers.where(c, c.city == "Berlin").count() >= 2',
      subject: "companies",
    },
    { segment: "idle", criteria: 'orders.within("30d").none()', subject: "companies" },
  );
  await kept.companies({ company_no: "C1", industry: "steel" }, { company_no: "C2" });
  await kept.people(["A", { company: "C1", city: "Berlin" }], ["B", { company: "C1" }]);
  await kept.follow();
  expect(await kept.stored()).toEqual({ steel: ["C1"], crowded: [], idle: ["C1", "C2"] });

  await kept.people(["B", { company: "C1", city: "Berlin" }]);
  await kept.orders(order("A", "2026-02-25", "1.00"));
  await kept.companies({ company_no: "C2", industry: "steel" });
  await kept.follow();
  expect(await kept.stored()).toEqual({ steel: ["C1", "C2"], crowded: ["C1"], idle: ["C2"] });

  await kept.people(["A", { company: "C2", city: "Berlin" }]);
  await kept.follow();
  expect(await kept.stored()).toEqual({ steel: ["C1", "C2"], crowded: [], idle: ["C1"] });
  expect(await kept.stored()).toEqual(await kept.onDemand());

  kept.clock.set(new Date("2026-04-01T00:00:00Z"));
  await kept.follow();
  expect(await kept.stored()).toMatchObject({ idle: ["C1", "C2"] });
  expect((await kept.told()).at(-1)).toBe("+idle C2");
});

test("events follow their own fields, their customer, the account and the clock", async () => {
  await using kept = await KeptWorld.open(
    {
      segment: "large",
      criteria: 'event.amount > 10.0 && customer.city == "Berlin"',
      subject: "orders",
    },
    {
      segment: "stale",
      criteria: 'daysSince(event.ordered_on) >= 2 && account.industry == "steel"',
      subject: "orders",
    },
  );
  await kept.companies({ company_no: "C1" });
  await kept.people(["A", { company: "C1" }]);
  await kept.orders(
    order("A", "2026-02-28", "20.00"),
    order("A", "2026-02-28", "5.00"),
    order("X", "2026-02-28", "30.00"),
  );
  await kept.follow();
  expect(await kept.stored()).toEqual({ large: [], stale: [] });

  await kept.people(["A", { company: "C1", city: "Berlin" }], ["X", { city: "Berlin" }]);
  await kept.companies({ company_no: "C1", industry: "steel" });
  const { nextDue } = await kept.follow();
  expect(await kept.stored()).toEqual({ large: ["A 20.00", "X 30.00"], stale: [] });
  expect(nextDue).toEqual(new Date("2026-03-02T00:00:00Z"));

  kept.clock.set(new Date("2026-03-02T00:00:00Z"));
  await kept.follow();
  expect(await kept.stored()).toMatchObject({ stale: ["A 20.00", "A 5.00"] });
  expect(await kept.stored()).toEqual(await kept.onDemand());
  expect((await kept.told()).slice(-2)).toEqual(["+stale A 20.00", "+stale A 5.00"]);
});

test("an account whose number changes lets go of those who name the old one", async () => {
  await using kept = await KeptWorld.open({
    segment: "steel",
    criteria: 'account.industry == "steel"',
  });
  await kept.companies({ company_no: "C1", industry: "steel" });
  await kept.people(["A", { company: "C1" }], ["B", { company: "C9" }]);
  await kept.follow();
  expect(await kept.stored()).toEqual({ steel: ["A"] });

  await kept.rename("C1", "C9");
  await kept.follow();

  expect(await kept.stored()).toEqual({ steel: ["B"] });
});

test("one change that reaches thousands is followed in batches, to the last of them", async () => {
  await using kept = await KeptWorld.open({
    segment: "steel",
    criteria: 'account.industry == "steel"',
  });
  await kept.companies({ company_no: "C1" });
  await kept.crowd(9_000, "C1");
  await kept.follow();

  await kept.companies({ company_no: "C1", industry: "steel" });
  const done = await kept.follow();

  expect(done).toMatchObject({ changes: 1, members: 9_000, entered: 9_000 });
  expect(await kept.world.query("select members from _segment_versions")).toEqual([
    { members: 9_000n },
  ]);
});

test("who is put off to a later batch, and due by time in this one, is asked about both", async () => {
  await using kept = await KeptWorld.open(
    { segment: "steel", criteria: 'account.industry == "steel"' },
    { segment: "sleepers", criteria: 'orders.within("30d").none()' },
  );
  const names = ["A", "B", "C", "D", "E"];
  await kept.companies({ company_no: "C1" });
  await kept.people(...names.map((no): [string, { company: string }] => [no, { company: "C1" }]));
  // The last of them is due first.
  await kept.orders(...names.slice(0, 4).map((no) => order(no, "2026-02-20", "1.00")));
  await kept.orders(order("E", "2026-02-10", "1.00"));
  await kept.follow();

  await kept.companies({ company_no: "C1", industry: "steel" });
  kept.clock.set(new Date("2026-04-01T00:00:00Z"));
  const { client, clock } = kept;
  await followClient(client, { clock, size: { members: 2, changes: 1, page: 1 } });

  expect(await kept.stored()).toEqual({ steel: names, sleepers: names });
});
