import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Dependencies } from "../../src/modules/criteria/index.ts";
import { dependencies, parseCriteria, withPins } from "../../src/modules/criteria/index.ts";
import { criteriaOf, resolverOf, segmentsOf, SUBJECTS } from "./agreement.ts";
import { belongs, membersOf } from "./oracle.ts";
import { conditionArbitrary } from "./tree-arbitrary.ts";
import type { Data, EventData, World } from "./world.ts";
import { worldArbitrary, worldCatalogue } from "./world.ts";

/** The world without everything that the answer is said not to depend on. */
function reduced(world: World, needs: Dependencies): World {
  const isAccount = needs.subject === "accounts";
  const people = isAccount ? (needs.people ?? []) : needs.customerFields;
  const own = new Set(needs.eventFields);
  const eventsOf = (dataset: string, events: readonly EventData[]): readonly EventData[] => {
    const fields = new Set(needs.events.get(dataset) ?? []);
    const isMember = dataset === needs.subject;
    return needs.events.has(dataset) || isMember
      ? events.map((event) => ({ ...event, fields: only(event.fields, fields.union(own)) }))
      : [];
  };
  return {
    ...world,
    accounts: world.accounts.map((account) => only(account, new Set(needs.accountFields))),
    customers: world.customers.map((one) => ({
      ...one,
      fields: only(one.fields, new Set(people)),
      orders: eventsOf("orders", one.orders),
      tickets: eventsOf("tickets", one.tickets),
      scores: needs.scores.length === 0 ? {} : one.scores,
      statements: (one.statements ?? []).filter((said) =>
        needs.consents.some((purpose) => `${purpose}.`.startsWith(`${said.purpose}.`)),
      ),
    })),
    pins: needs.pins.length === 0 ? [] : world.pins,
  };
}

function only(data: Data, names: ReadonlySet<string>): Data {
  return Object.fromEntries(
    Object.entries(data).map(([name, datum]) => [name, names.has(name) ? datum : null]),
  );
}

test.each(SUBJECTS)("what is not a dependency cannot change an answer: %s", (subject, names) => {
  const property = fc.property(
    worldArbitrary(6),
    fc.array(conditionArbitrary(subject, names), { minLength: 10, maxLength: 10 }),
    (world, trees) => {
      const catalogue = worldCatalogue(world.timeZone);
      const segments = segmentsOf(catalogue, subject);
      const [asOf = new Date(0)] = world.clocks;
      for (const criteria of criteriaOf(trees, catalogue, subject)) {
        const needs = dependencies(criteria, { catalogue, segments: resolverOf(segments) });
        const answers = (in_: World): readonly number[] =>
          membersOf(in_, subject)
            .filter((one) => belongs(criteria.root, one, { world: in_, catalogue, asOf, segments }))
            .map(({ id }) => id);
        expect(answers(reduced(world, needs))).toEqual(answers(world));
      }
    },
  );
  fc.assert(property, { numRuns: 60 });
});

describe("dependencies", () => {
  const catalogue = worldCatalogue("UTC");
  const of = (text: string, subject?: "accounts" | "tickets"): Dependencies =>
    dependencies(parseCriteria(text, catalogue, { subject }), { catalogue });

  test("of a customer name its fields, its account's, and its events'", () => {
    const needs = of(
      'account.industry == "x" && orders.where(e, e.paid).sum("amount") > age(customer.birth_date) * 1.0',
    );

    expect(needs).toMatchObject({
      subject: "customers",
      customerFields: ["account_no", "birth_date"],
      accountFields: ["account_no", "industry"],
      eventFields: [],
      people: undefined,
      segments: [],
      scores: [],
      time: true,
    });
    expect([...needs.events]).toEqual([["orders", ["amount", "paid"]]]);
  });

  test("of an account name its people, whose account matters when their events do", () => {
    const people = of("customers.where(c, c.vip).count() >= 5", "accounts");
    const events = of("tickets.none()", "accounts");
    const neither = of("account.employees > 5", "accounts");

    expect(people).toMatchObject({ people: ["account_no", "vip"], time: false });
    expect(events).toMatchObject({ people: ["account_no"], accountFields: ["account_no"] });
    expect(neither).toMatchObject({ people: undefined, accountFields: ["employees"] });
  });

  test("of an event name its own fields, and time, for it may be of the future", () => {
    expect(of("event.amount > 1.0 && customer.vip", "tickets")).toMatchObject({
      subject: "tickets",
      eventFields: ["amount"],
      customerFields: ["vip"],
      time: true,
    });
  });

  test("name scores, pins and segments, with what these depend on only when it is known", () => {
    const text = 'score("spend") > 3 && in_segment("large")';
    const criteria = withPins(parseCriteria(text, catalogue), "friends");
    const segments = resolverOf(segmentsOf(catalogue, "customers"));

    expect(dependencies(criteria, { catalogue })).toMatchObject({
      customerFields: [],
      segments: ["large"],
      scores: ["spend"],
      pins: ["friends"],
      time: true,
    });
    expect(dependencies(criteria, { catalogue, segments }).customerFields).toEqual([
      "city",
      "visits",
    ]);
  });
});
