import { expect, test } from "vitest";
import { testCatalogue } from "../../../../tests/support/catalogue.ts";
import { dependencies, parseCriteria } from "../../criteria/index.ts";
import type { FollowedChange } from "../store/following.ts";
import { addChange, concerns, countTouched, interestsOf, nothingTouched } from "./touched.ts";

const entry = (more: Partial<FollowedChange>): FollowedChange => ({
  change: 1n,
  kind: "customer-changed",
  dataset: "customers",
  rowId: 7n,
  customer: 7n,
  fields: null,
  ...more,
});

function touchedBy(...entries: readonly Partial<FollowedChange>[]) {
  const touched = nothingTouched(["companies", "customers", "orders"]);
  for (const each of entries) {
    addChange(touched, entry(each), "customers");
  }
  return touched;
}

function interests(text: string, subject?: string) {
  const catalogue = testCatalogue;
  const criteria = parseCriteria(text, catalogue, { subject });
  return interestsOf(dependencies(criteria, { catalogue }), catalogue);
}

test("many changes of one row touch it once, with all that changed and the newest of them", () => {
  const touched = touchedBy(
    { change: 3n, fields: "city" },
    { change: 5n, fields: "plan\ncity" },
    { change: 4n, fields: "name" },
  );

  expect(countTouched(touched)).toBe(1);
  const touch = touched.rows.get("customers")?.get(7n);
  expect(touch?.change).toBe(5n);
  expect([...(touch?.aspects ?? [])].sort()).toEqual([
    "field customers city",
    "field customers name",
    "field customers plan",
  ]);
});

test("an event touches itself and its customer, and one without a customer only itself", () => {
  const known = touchedBy({ kind: "event-added", dataset: "orders", rowId: 70n, customer: 7n });
  const waiting = touchedBy({ kind: "event-added", dataset: "orders", rowId: 70n, customer: null });

  expect([...(known.rows.get("customers")?.keys() ?? [])]).toEqual([7n]);
  expect([...(known.rows.get("orders")?.keys() ?? [])]).toEqual([70n]);
  expect(countTouched(waiting)).toBe(1);
});

test("a merge, a split and a regrouping touch both rows", () => {
  for (const kind of ["customer-merged", "customer-split", "customer-regrouped"] as const) {
    const touched = touchedBy({ kind, rowId: 7n, customer: 8n });
    expect([...(touched.rows.get("customers")?.keys() ?? [])]).toEqual([7n, 8n]);
  }
});

test("a statement about a purpose concerns whoever asks for consents of that customer", () => {
  const touched = touchedBy({ kind: "consent-changed", rowId: 7n, customer: 7n });
  const aspects = touched.rows.get("customers")?.get(7n)?.aspects ?? new Set();
  const catalogue = { ...testCatalogue, purposes: ["marketing"] };
  const ofOrders = parseCriteria('has_consent("marketing")', catalogue, { subject: "orders" });
  const asked = interestsOf(dependencies(ofOrders, { catalogue }), catalogue);

  expect(concerns(asked, aspects)).toBe(true);
  expect(asked.customers).toBe(true);
  expect(concerns(interests('customer.city == "Berlin"'), aspects)).toBe(false);
});

test("what following itself logs touches nobody", () => {
  const touched = touchedBy({ kind: "segment-switched", dataset: "vip" });

  expect(countTouched(touched)).toBe(0);
});

test("a change concerns criteria only if they ask about what changed", () => {
  const city = interests('customer.city == "Berlin"');
  const buyers = interests("orders.any()");
  const steel = interests('account.industry == "steel"');

  expect(concerns(city, new Set(["field customers city"]))).toBe(true);
  expect(concerns(city, new Set(["field customers plan", "events orders"]))).toBe(false);
  expect(concerns(buyers, new Set(["events orders"]))).toBe(true);
  expect(concerns(buyers, new Set(["events tickets"]))).toBe(false);
  expect(concerns(buyers, new Set(["events"]))).toBe(true);
  expect(concerns(steel, new Set(["field companies industry"]))).toBe(true);
  expect(concerns(steel, new Set(["field customers company"]))).toBe(true);
  expect(concerns(city, new Set(["everything"]))).toBe(true);
});

test("an erased customer is everything that changed about the one row", () => {
  const touched = touchedBy({ kind: "customer-erased" });

  expect([...(touched.rows.get("customers") ?? [])]).toEqual([
    [7n, { aspects: new Set(["everything"]), change: 1n }],
  ]);
});

test("another place by a score concerns whoever asks for that score", () => {
  const touched = touchedBy({ kind: "customer-scored", fields: "spend" });
  const aspects = touched.rows.get("customers")?.get(7n)?.aspects ?? new Set();

  expect(concerns(interests('score("spend") >= 4'), aspects)).toBe(true);
  expect(concerns(interests('score("visits") >= 4'), aspects)).toBe(false);
});
