import { expect, test } from "vitest";
import { KeptWorld, order } from "../../../../tests/segments/kept-world.ts";
import { explainSegment } from "../index.ts";
import { pinMember, unpinMember } from "../versions/pins.ts";
import { plainSubjects } from "../../../../tests/ledger/plain-subjects.ts";

const by = { who: "ann", at: new Date("2026-03-01T12:00:00Z"), subjects: plainSubjects };

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

/** A and B become one customer, who keeps the id of B. */
async function merged(kept: KeptWorld & { readonly ann: bigint }): Promise<{
  readonly record: bigint;
  readonly bob: bigint;
}> {
  const [ann] = await kept.world.query<{ record: bigint; bob: bigint }>(
    `select _record as record, (select _id from customers where customer_no = 'B') as bob
       from customers__records where _id = $1`,
    [kept.ann],
  );
  const { record, bob } = ann ?? { record: 0n, bob: 0n };
  await kept.world.regroup([{ record, id: bob }]);
  await kept.follow();
  return { record, bob };
}

async function regulars(kept: KeptWorld): Promise<readonly string[] | undefined> {
  const stored = await kept.stored();
  expect(stored).toEqual(await kept.onDemand());
  return stored["regulars"];
}

test("the pin of a customer who is merged away counts for the one it leads to, and goes back with the split", async () => {
  await using kept = await opened();
  const regular = { segment: "regulars", direction: "in", ...by } as const;
  await pinMember(kept.client, { ...regular, member: kept.ann, reason: "knows us" });
  await kept.follow();
  expect(await regulars(kept)).toEqual(["A"]);

  const { record, bob } = await merged(kept);
  expect(await regulars(kept)).toHaveLength(1);
  const asOf = kept.clock.now();
  const why = await explainSegment(kept.client, { segment: "regulars", member: bob, asOf });
  expect([why.member, why.pin?.reason]).toEqual([true, "knows us"]);

  await kept.world.regroup([{ record, id: kept.ann }]);
  await kept.follow();
  expect(await regulars(kept)).toEqual(["A"]);
});

test("a customer's own pin counts before those of who was merged into it", async () => {
  await using kept = await opened();
  const { ann } = kept;
  const { bob } = await merged(kept);
  await kept.run(
    `insert into _pins (segment, member, direction, pinned_at, pinned_by)
     values ('regulars', $1, 'in', now(), 'ann')`,
    [ann],
  );

  await pinMember(kept.client, { segment: "regulars", member: bob, direction: "out", ...by });
  await kept.follow();
  expect(await regulars(kept)).toEqual([]);

  await unpinMember(kept.client, { segment: "regulars", member: bob, ...by });
  await kept.follow();
  expect(await regulars(kept)).toEqual([]);
  expect(await kept.world.query("select pin from _pins where removed_at is null")).toEqual([]);
});

test("of two pins that lead to one customer the newest counts, until it expires", async () => {
  await using kept = await opened();
  const expiresAt = new Date("2026-03-03T00:00:00Z");
  const [bob] = await kept.world.query<{ id: bigint }>(
    "select _id as id from customers where customer_no = 'B'",
  );
  const member = bob?.id ?? 0n;
  await pinMember(kept.client, { segment: "regulars", member, direction: "in", ...by });
  const out = {
    segment: "regulars",
    member: kept.ann,
    direction: "out",
    expiresAt,
    ...by,
  } as const;
  await pinMember(kept.client, out);
  // Both go to somebody new, whose source brings nobody into the segment.
  await kept.people(["C", { city: "Berlin" }]);
  const [home] = await kept.world.query<{ id: bigint }>(
    "select _id as id from customers where customer_no = 'C'",
  );
  const records = await kept.world.query<{ record: bigint }>(
    "select _record as record from customers__records where _id <> $1",
    [home?.id ?? 0n],
  );
  await kept.world.regroup(records.map(({ record }) => ({ record, id: home?.id ?? 0n })));
  await kept.follow();
  expect(await regulars(kept)).toEqual([]);

  kept.clock.set(expiresAt);
  await kept.follow();
  expect(await regulars(kept)).toHaveLength(1);
});

test("taking the pin of a former customer back moves the one it counts for", async () => {
  await using kept = await opened();
  await pinMember(kept.client, { segment: "regulars", member: kept.ann, direction: "in", ...by });
  await kept.follow();
  await merged(kept);

  await unpinMember(kept.client, { segment: "regulars", member: kept.ann, ...by });
  await kept.follow();

  expect(await regulars(kept)).toEqual([]);
});
