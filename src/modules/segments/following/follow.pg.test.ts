import { expect, test } from "vitest";
import { KeptWorld, order } from "../../../../tests/segments/kept-world.ts";
import { membersAt, type MemberPage, pinMember, unpinMember } from "../index.ts";
import { plainSubjects } from "../../../../tests/ledger/plain-subjects.ts";

const berlin = { segment: "berlin", criteria: 'customer.city == "Berlin"' };
const buyers = { segment: "buyers", criteria: 'orders.within("30d").any()' };
const sleepers = { segment: "sleepers", criteria: 'orders.within("30d").none()' };

test("a new customer enters what the criteria say, once", async () => {
  await using kept = await KeptWorld.open(berlin, sleepers);

  await kept.people(["A", { city: "Berlin" }], "B");
  const first = await kept.follow();
  const again = await kept.follow();

  expect(await kept.stored()).toEqual({ berlin: ["A"], sleepers: ["A", "B"] });
  expect(await kept.told()).toEqual(["+berlin A", "+sleepers A", "+sleepers B"]);
  expect([first.entered, again.entered, again.members]).toEqual([3, 0, 0]);
});

test("a changed field moves a customer out, and the history says by which change", async () => {
  await using kept = await KeptWorld.open(berlin);
  await kept.people(["A", { city: "Berlin" }]);
  await kept.follow();

  await kept.people(["A", { city: "Bonn" }]);
  await kept.follow();

  expect(await kept.stored()).toEqual({ berlin: [] });
  expect(await kept.moves()).toMatchObject([
    { entered: true, cause: "change", until: null, causedByKind: "customer-created" },
    { entered: false, cause: "change", until: null, causedByKind: "customer-changed" },
  ]);
});

test("an event moves its customer, and time moves him back at the instant the history foretold", async () => {
  await using kept = await KeptWorld.open(buyers, sleepers);
  await kept.people("A");
  await kept.follow();

  await kept.orders(order("A", "2026-02-20", "10.00"));
  const { nextDue } = await kept.follow();
  const foretold = new Date("2026-03-22T00:00:00Z");
  expect(await kept.stored()).toEqual({ buyers: ["A"], sleepers: [] });
  expect(nextDue).toEqual(foretold);

  kept.clock.set(new Date(foretold.getTime() - 1));
  expect((await kept.follow()).members).toBe(0);
  kept.clock.set(foretold);
  await kept.follow();

  expect(await kept.stored()).toEqual({ buyers: [], sleepers: ["A"] });
  const moves = await kept.moves();
  expect(moves.filter(({ cause, until }) => cause === "time" || until !== null)).toMatchObject([
    { entered: false, cause: "change", until: foretold, at: new Date("2026-03-01T12:00:00Z") },
    { entered: true, cause: "change", until: foretold, at: new Date("2026-03-01T12:00:00Z") },
    { entered: false, cause: "time", until: null, at: foretold },
    { entered: true, cause: "time", until: null, at: foretold },
  ]);
});

test("an event from the future counts when its time has come, one from 1900 never in a window", async () => {
  await using kept = await KeptWorld.open(buyers, {
    segment: "ever",
    criteria: "orders.any()",
  });
  await kept.people("A", "B");

  await kept.orders(order("A", "2026-04-01", "1.00"), order("B", "1900-01-01", "1.00"));
  const { nextDue } = await kept.follow();
  expect(await kept.stored()).toEqual({ buyers: [], ever: ["B"] });
  expect(nextDue).toEqual(new Date("2026-04-01T00:00:00Z"));

  kept.clock.set(new Date("2026-04-01T00:00:00Z"));
  await kept.follow();
  expect(await kept.stored()).toEqual({ buyers: ["A"], ever: ["A", "B"] });
});

test("a segment inside another is its condition, and both follow at once", async () => {
  await using kept = await KeptWorld.open(berlin, {
    segment: "others",
    criteria: '!in_segment("berlin")',
  });

  await kept.people(["A", { city: "Berlin" }], "B");
  await kept.follow();
  await kept.people(["B", { city: "Berlin" }]);
  await kept.follow();

  expect(await kept.stored()).toEqual({ berlin: ["A", "B"], others: [] });
});

test("an account that changes moves all its people, also those of the number it had", async () => {
  await using kept = await KeptWorld.open({
    segment: "steel",
    criteria: 'account.industry == "steel"',
  });
  await kept.companies({ company_no: "C1", industry: "steel" }, { company_no: "C2" });
  await kept.people(["A", { company: "C1" }], ["B", { company: "C1" }], ["C", { company: "C2" }]);
  await kept.follow();
  expect(await kept.stored()).toEqual({ steel: ["A", "B"] });

  await kept.companies({ company_no: "C1", industry: "glass" });
  await kept.companies({ company_no: "C2", industry: "steel" });
  await kept.follow();

  expect(await kept.stored()).toEqual({ steel: ["C"] });
});

test("a merge takes the customer that is gone out of everything, and an unmerge brings him back", async () => {
  await using kept = await KeptWorld.open(berlin, buyers);
  await kept.people(["A", { city: "Berlin" }], "B");
  await kept.orders(order("A", "2026-02-20", "10.00"));
  await kept.follow();
  const rows = await kept.world.query<{ record: bigint; id: bigint }>(
    "select _record as record, _id as id from customers__records order by customer_no",
  );
  const [a, b] = rows;
  if (a === undefined || b === undefined) {
    throw new Error("two people are there");
  }

  await kept.world.regroup([{ record: a.record, id: b.id }]);
  await kept.follow();
  expect(await kept.stored()).toEqual(await kept.onDemand());
  expect(await kept.world.query("select member from _members where member = $1", [a.id])).toEqual(
    [],
  );

  await kept.world.regroup([{ record: a.record, id: a.id }]);
  await kept.follow();
  expect(await kept.stored()).toEqual({ berlin: ["A"], buyers: ["A"] });
});

test("a flood of changes to one customer is one evaluation", async () => {
  await using kept = await KeptWorld.open(berlin);
  await kept.people("A");
  await kept.follow();
  await kept.run(
    `with head as (update _change_head set last = last + 5000 returning last)
     insert into _changes (change, at, kind, dataset, row_id, customer, fields, actor)
     select head.last - 5000 + n, now(), 'customer-changed', 'customers', c._id, c._id, '{city}', 'test'
       from head, customers c, generate_series(1, 5000) n`,
  );

  expect(await kept.follow()).toMatchObject({ changes: 5000, members: 1 });
});

test("a change of a field that no segment asks about evaluates nobody", async () => {
  await using kept = await KeptWorld.open(berlin);
  await kept.people("A");
  await kept.follow();

  await kept.people(["A", { plan: "gold" }]);

  expect(await kept.follow()).toMatchObject({ members: 0 });
});

test("a version that is being filled is kept right without anybody being told", async () => {
  await using kept = await KeptWorld.open();
  await kept.people(["A", { city: "Berlin" }]);
  const slot = await kept.register(berlin);
  await kept.people(["B", { city: "Berlin" }]);
  await kept.follow();
  await kept.fill(slot);

  expect(await kept.stored()).toEqual({ berlin: ["A", "B"] });
  expect(await kept.told()).toEqual([]);
  const counts = await kept.world.query("select members from _segment_versions");
  expect(counts).toEqual([{ members: 2n }]);
});

test("a clock that was set back by more than a second is believed, and everybody evaluated anew", async () => {
  await using kept = await KeptWorld.open(buyers);
  await kept.people("A");
  await kept.orders(order("A", "2026-02-20", "10.00"));
  kept.clock.set(new Date("2026-05-01T00:00:00Z"));
  await kept.follow();
  expect(await kept.stored()).toEqual({ buyers: [] });

  kept.clock.set(new Date("2026-03-01T00:00:00Z"));
  await kept.follow();

  expect(await kept.stored()).toEqual({ buyers: ["A"] });
  kept.clock.set(new Date("2026-05-01T00:00:00Z"));
  await kept.follow();
  expect(await kept.stored()).toEqual({ buyers: [] });

  // Of what came twice there are two histories; what came after is told again.
  const { db, scope } = kept.client;
  const past = (instant: string): Promise<MemberPage> =>
    db.scoped(scope, (tx) =>
      membersAt(tx, { segment: "buyers", at: new Date(instant), limit: 10 }),
    );
  await expect(past("2026-03-15T00:00:00Z")).rejects.toThrow("came a second time");
  expect(await past("2026-05-01T00:00:00Z")).toMatchObject({ members: [] });
});

test("a clock that is a little behind is waited for", async () => {
  await using kept = await KeptWorld.open(buyers);
  await kept.people("A");
  await kept.follow();
  await kept.orders(order("A", "2026-03-01", "10.00"));

  kept.clock.set(new Date(kept.clock.now().getTime() - 900));
  await kept.follow();

  const [row] = await kept.world.query<{ as_of: Date; rescan: string | null }>(
    "select as_of, rescan from _following",
  );
  expect(row).toEqual({ as_of: new Date("2026-03-01T12:00:00Z"), rescan: null });
});

test("the first pin of a segment counts, and so does the end of its last, also where it stands inside", async () => {
  await using kept = await KeptWorld.open(berlin, {
    segment: "others",
    criteria: '!in_segment("berlin")',
  });
  await kept.people("A");
  await kept.follow();
  const [a] = await kept.world.query<{ member: bigint }>("select _id as member from customers");
  const pin = {
    segment: "berlin",
    member: a?.member ?? 0n,
    who: "tester",
    at: kept.clock.now(),
    subjects: plainSubjects,
  };

  await pinMember(kept.client, { ...pin, direction: "in" });
  await kept.follow();
  expect(await kept.stored()).toEqual({ berlin: ["A"], others: [] });

  await unpinMember(kept.client, pin);
  await kept.follow();
  expect(await kept.stored()).toEqual({ berlin: [], others: ["A"] });
  expect(new Set((await kept.moves()).map(({ cause }) => cause))).toEqual(
    new Set(["change", "pin"]),
  );
});
