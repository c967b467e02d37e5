import { expect, test } from "vitest";
import { KeptWorld, order } from "../../../../tests/segments/kept-world.ts";
import { reconcile } from "../index.ts";

/** Everything of a customer goes, as an erasure takes it, with what this says of it in the change log. */
async function erase(kept: KeptWorld, customerNo: string): Promise<void> {
  await kept.run(
    `with person as (select _id, company from customers where customer_no = $1
     ), gone as (
       delete from orders o using person p where o._customer = p._id returning o._id
     ), noted (kind, dataset, row_id, customer) as (
       select 'event-changed'::_change_kind, 'orders', _id, null::bigint from gone
       union all
       select 'account-changed', 'companies', c._id, null from companies c join person p on p.company = c.company_no
       union all
       select 'customer-erased', 'customers', _id, _id from person
     ), head as (
       update _change_head set last = last + (select count(*) from noted) returning last
     ), erased as (
       delete from customers c using person p where c._id = p._id
     ), records as (
       delete from customers__records r using person p where r._id = p._id
     ), told as (
       delete from _history h using person p where h.dataset = 'customers' and h.row_id = p._id
     )
     insert into _changes (change, at, kind, dataset, row_id, customer, actor)
     select head.last - count(*) over () + row_number() over (), now(), kind, dataset, row_id, customer, 'test'
       from noted cross join head`,
    [customerNo],
  );
}

test("an erased customer leaves every segment, his orders theirs, and his account is asked again", async () => {
  await using kept = await KeptWorld.open(
    { segment: "berlin", criteria: 'customer.city == "Berlin"' },
    { segment: "sleepers", criteria: 'orders.within("30d").none()' },
    { segment: "local", criteria: 'customer.city == "Berlin"', subject: "orders" },
    {
      segment: "crowded",
      criteria: 'customers.where(c, c.city == "Berlin").count() >= 2',
      subject: "companies",
    },
  );
  await kept.companies({ company_no: "C1", industry: "steel" });
  await kept.people(
    ["A", { city: "Berlin", company: "C1" }],
    ["B", { city: "Berlin", company: "C1" }],
  );
  await kept.orders(order("A", "2026-02-20", "1.00"));
  await kept.follow();
  expect(await kept.stored()).toEqual({
    berlin: ["A", "B"],
    sleepers: ["B"],
    local: ["A 1.00"],
    crowded: ["C1"],
  });

  await erase(kept, "A");
  await kept.follow();

  expect(await kept.stored()).toEqual({ berlin: ["B"], sleepers: ["B"], local: [], crowded: [] });
  const { client, clock } = kept;
  expect(await reconcile(client, { clock, sample: { at: 0, size: 100 } })).toMatchObject({
    different: 0n,
  });
  const left = (await kept.moves()).filter(({ entered }) => !entered);
  expect(left.map(({ causedByKind, cause }) => `${causedByKind} ${cause}`).toSorted()).toEqual([
    "account-changed change",
    "customer-erased change",
    "event-changed change",
  ]);
});
