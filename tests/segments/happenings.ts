/** What can happen to a client, at random. */
import fc from "fast-check";
import { type Condition, printCriteria } from "../../src/modules/criteria/index.ts";
import { conditionArbitrary } from "../criteria/tree-arbitrary.ts";
import { type Datum, PURPOSES, worldArbitrary } from "../criteria/world.ts";
import type { MovingWorld, Subject } from "./moving-world.ts";

/** Something that happens, with a name for whoever reads of a failure. */
export interface Happening {
  readonly name: string;
  readonly happens: (world: MovingWorld) => Promise<void> | void;
}

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

const numbered = (letter: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
const PEOPLE = numbered("C", 24);
/** Of whom more is heard than of the others. */
const TALKED_OF = PEOPLE.slice(0, 8);
const FIRMS = numbered("A", 3);
const TICKETS = numbered("T", 12);
const LONG_AGO = "1900-01-01T00:00:00.000000Z";

/** Each with the names that its criteria may ask for besides. */
const SEGMENTS: readonly {
  readonly segment: string;
  readonly subject: Subject;
  readonly names: readonly string[];
}[] = [
  ...[1, 2, 3, 4, 5, 6].map((n) => ({
    segment: `customers-${n}`,
    subject: "customers" as const,
    names: n === 1 ? [] : ["customers-1", "customers-2", "customers-3"],
  })),
  ...[1, 2, 3].map((n) => ({
    segment: `accounts-${n}`,
    subject: "accounts" as const,
    names: n === 1 ? [] : ["accounts-1"],
  })),
  ...[1, 2, 3].map((n) => ({
    segment: `tickets-${n}`,
    subject: "tickets" as const,
    names: n === 1 ? ["customers-1"] : ["tickets-1", "customers-2"],
  })),
];

const segmentName = fc.constantFrom(...SEGMENTS.map(({ segment }) => segment));
const source = fc.constantFrom("billing", "crm");
const place = fc.nat(30);

/** Data as the criteria's own tests have them: few values, close to each other's boundaries. */
const data = worldArbitrary(1).map(({ customers, accounts }) => ({
  person: customers[0]?.fields ?? {},
  orders: customers[0]?.orders ?? [],
  tickets: customers[0]?.tickets ?? [],
  firm: accounts[0],
}));

type Row = Readonly<Record<string, Datum>>;

const personRow = fc
  .tuple(fc.constantFrom(...TALKED_OF), data)
  .map(([customerNo, { person }]): Row => ({ ...person, customer_no: customerNo }));
const firmRow = fc
  .tuple(fc.constantFrom(...FIRMS), data)
  .map(([accountNo, { firm }]): Row => ({ ...firm, account_no: accountNo }));
const ticketRow = fc
  .tuple(fc.constantFrom(...TICKETS), fc.constantFrom(...TALKED_OF, "C99"), data)
  .map(([ticketNo, customerNo, { tickets }]): Row => ({
    ...tickets[0]?.fields,
    ticket_no: ticketNo,
    channel: customerNo,
    seen_at: tickets[0]?.at ?? LONG_AGO,
  }));

function arriving(dataset: string, row: fc.Arbitrary<Row>): fc.Arbitrary<Happening> {
  return fc.tuple(source, row).map(([from, values]) => ({
    name: `${dataset} from ${from}: ${JSON.stringify(values)}`,
    happens: (world) => world.arrive({ source: from, dataset, rows: [values] }),
  }));
}

/** Sometimes just now, sometimes long ago or in times to come. */
const orderArrives = fc
  .tuple(fc.constantFrom(...TALKED_OF, "C99"), data, fc.constantFrom("now", "then", "long ago"))
  .map(([customerNo, { orders }, when]): Happening => ({
    name: `${customerNo} orders, ${when}`,
    happens: (world) => {
      const [order] = orders;
      const instants: Readonly<Record<typeof when, string>> = {
        now: world.clock.now().toISOString(),
        then: order?.at ?? LONG_AGO,
        "long ago": LONG_AGO,
      };
      const values = { ...order?.fields, channel: customerNo, seen_at: instants[when] };
      return world.arrive({ source: "shop", dataset: "orders", rows: [values] });
    },
  }));

const recordsMove = fc
  .tuple(
    fc.constantFrom("customers" as const, "customers" as const, "accounts" as const),
    place,
    place,
  )
  .map(([dataset, which, whither]): Happening => ({
    name: `record ${which} of ${dataset} moves to ${whither}`,
    happens: (world) => world.regroup(dataset, which, whither),
  }));

const pinChanges = fc
  .record({
    segment: segmentName,
    which: place,
    direction: fc.constantFrom("in" as const, "out" as const),
    lastsMs: fc.constantFrom(undefined, 1, SECOND, HOUR, 40 * DAY),
  })
  .map(({ segment, which, ...how }): Happening => ({
    name: `member ${which} is pinned ${how.direction} ${segment}`,
    happens: (world) => world.pin(segment, which, how),
  }));

const pinEnds = place.map((which): Happening => ({
  name: `pin ${which} ends`,
  happens: (world) => world.unpin(which),
}));

const somebodyStates = fc
  .record({
    which: place,
    purpose: fc.constantFrom(...PURPOSES),
    channel: fc.constantFrom("any" as const, "any" as const, "email" as const),
    granted: fc.constantFrom(true, true, false),
    agoMs: fc.constantFrom(0, 0, SECOND, 40 * DAY),
    waitsMs: fc.constantFrom(0, 0, 1, DAY),
    lastsMs: fc.constantFrom(undefined, 1, HOUR, 30 * DAY),
  })
  .map(({ which, ...said }): Happening => ({
    name: `customer ${which} ${said.granted ? "grants" : "withdraws"} ${said.purpose}`,
    happens: (world) => world.state(which, said),
  }));

const scored = fc.constant<Happening>({
  name: "scores are calculated",
  happens: (world) => world.score(),
});

const clockMoves = fc
  .constantFrom(1, SECOND, HOUR, 23 * HOUR, DAY, 30 * DAY, 365 * DAY, -1, -SECOND, -DAY, -40 * DAY)
  .map((byMs): Happening => ({
    name: `the clock moves by ${byMs} ms`,
    happens: (world) => world.moveClock(byMs),
  }));

const clockMovesToDay = fc
  .constantFrom("2026-03-29T00:59:59.999Z", "2026-10-25T00:30:00Z", "2028-02-29T00:00:00Z")
  .map((instant): Happening => ({
    name: `the clock moves to ${instant}`,
    happens: (world) => world.clock.set(new Date(instant)),
  }));

/** To the millisecond before somebody is due, at which nothing may change, or to the instant itself. */
const dueComes = fc.constantFrom(-1, 0, 0, 1).map((besideMs): Happening => ({
  name: `the next due comes, ${besideMs} ms beside it`,
  happens: async (world) => {
    const due = await world.nextDue();
    const beside = new Date((due?.getTime() ?? 0) + besideMs);
    if (due === undefined || beside <= world.clock.now()) {
      return;
    }
    world.clock.set(beside);
    const { entered, left } = await world.follow();
    if (besideMs < 0 && entered + left > 0) {
      throw new Error("somebody moved before anybody was due");
    }
  },
}));

/** Random criteria hardly ever ask for more than whether there is a score, or a consent beside many others. */
const TELLING: Readonly<Record<Subject, readonly string[]>> = {
  customers: [
    'has_consent("marketing.communications.email", "email")',
    'has_consent("marketing") || orders.within("30d").any()',
    'score("spend") >= 4',
    'score("spend") <= 2 && orders.within("30d").any()',
  ],
  accounts: ["customers.where(c, c.vip == true).count() >= 2"],
  tickets: ['score("spend") == 5 || event.paid', 'has_consent("analytics.reporting")'],
};

/** A first definition, or another one. */
function definitionOf(segment: string): fc.Arbitrary<Happening> {
  const { subject, names } = SEGMENTS.find((one) => one.segment === segment) ?? {
    subject: "customers" as const,
    names: [],
  };
  const random = conditionArbitrary(subject, names).map((root: Condition) =>
    printCriteria({ root, warnings: [] }),
  );
  const criteria = fc.oneof(
    { weight: 4, arbitrary: random },
    { weight: 1, arbitrary: fc.constantFrom(...TELLING[subject]) },
  );
  return criteria.map((text): Happening => ({
    name: `${segment} becomes ${text}`,
    happens: (world) => world.define(segment, text, subject),
  }));
}

const definitionChanges = segmentName.chain(definitionOf);

/** A version is filled beside the old one while the data change and others follow. */
const definitionChangesMeanwhile = fc
  .tuple(
    definitionChanges,
    fc.array(arriving("customers", personRow), { minLength: 2, maxLength: 4 }),
  )
  .map(([definition, arrivals]): Happening => ({
    name: [definition, ...arrivals].map(({ name }) => name).join(", while "),
    happens: async (world) => {
      const others = async (): Promise<void> => {
        for (const { happens } of arrivals) {
          await happens(world);
          await world.follow();
        }
      };
      await Promise.all([definition.happens(world), others()]);
    },
  }));

const definitionGoesBack = fc
  .tuple(segmentName, fc.nat(2))
  .map(([segment, which]): Happening =>
    which === 0
      ? { name: `${segment} is removed`, happens: (world) => world.remove(segment) }
      : { name: `${segment} is rolled back`, happens: (world) => world.rollback(segment) },
  );

/** What can happen at any time, whatever is followed and what not. */
const anythingElse: readonly {
  readonly weight: number;
  readonly arbitrary: fc.Arbitrary<Happening>;
}[] = [
  { weight: 6, arbitrary: arriving("customers", personRow) },
  { weight: 2, arbitrary: arriving("accounts", firmRow) },
  { weight: 4, arbitrary: orderArrives },
  { weight: 4, arbitrary: arriving("tickets", ticketRow) },
  { weight: 5, arbitrary: recordsMove },
  { weight: 3, arbitrary: pinChanges },
  { weight: 1, arbitrary: pinEnds },
  { weight: 3, arbitrary: somebodyStates },
  { weight: 2, arbitrary: scored },
  { weight: 4, arbitrary: clockMoves },
  { weight: 1, arbitrary: clockMovesToDay },
  { weight: 2, arbitrary: definitionChanges },
  { weight: 2, arbitrary: definitionChangesMeanwhile },
  { weight: 1, arbitrary: definitionGoesBack },
];

/** Changes are evaluated, something else happens, and only then is stored what was found. */
const somethingHappensMeanwhile = fc
  .tuple(
    fc.array(fc.oneof(arriving("customers", personRow), recordsMove, orderArrives), {
      minLength: 3,
      maxLength: 6,
    }),
    fc.oneof(...anythingElse),
  )
  .map(([changes, other]): Happening => ({
    name: `${changes.map(({ name }) => name).join(", ")}; followed a bit, when ${other.name}`,
    happens: async (world) => {
      for (const { happens } of changes) {
        await happens(world);
      }
      // What was remembered of this instant, which may be held, is not to become another past.
      const held = await world.instant();
      world.moveClock(held.getTime() - world.clock.now().getTime() + 1);
      await world.followABit();
      await other.happens(world);
    },
  }));

/** Anything that can happen to a client that has data. */
const anything: fc.Arbitrary<Happening> = fc.oneof(
  ...anythingElse,
  { weight: 6, arbitrary: dueComes },
  { weight: 4, arbitrary: somethingHappensMeanwhile },
);

/** Everybody arrives at once. */
function allArrive(
  dataset: string,
  {
    field,
    keys,
    row,
  }: { readonly field: string; readonly keys: readonly string[]; readonly row: fc.Arbitrary<Row> },
): fc.Arbitrary<Happening> {
  return fc.tuple(...keys.map(() => row)).map((rows) => ({
    name: `all ${dataset}`,
    happens: (world) =>
      world.arrive({
        source: "billing",
        dataset,
        rows: rows.map((values, index) => ({ ...values, [field]: keys[index] ?? null })),
      }),
  }));
}

/** A client's beginning: everybody arrives, every segment is defined. */
const beginning: fc.Arbitrary<readonly Happening[]> = fc.tuple(
  allArrive("accounts", { field: "account_no", keys: FIRMS, row: firmRow }),
  allArrive("customers", { field: "customer_no", keys: PEOPLE, row: personRow }),
  allArrive("tickets", { field: "ticket_no", keys: TICKETS, row: ticketRow }),
  ...SEGMENTS.map(({ segment }) => definitionOf(segment)),
);

/** A client's history. @param length how much happens after the beginning */
export function historyArbitrary(length: number): fc.Arbitrary<{
  readonly beginning: readonly Happening[];
  readonly then: readonly Happening[];
}> {
  return fc.record({
    beginning,
    then: fc.array(anything, { minLength: length, maxLength: length }),
  });
}
