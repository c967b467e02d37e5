import fc from "fast-check";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { customers, orders, testCatalogue } from "../../../tests/support/catalogue.ts";
import type { Catalogue, EventDataset } from "../contracts/index.ts";
import { type Move, readChanges } from "./index.ts";
import { goldenRowsQuery } from "./store/survivorship.ts";
import { order, person, World } from "../../../tests/customers/world.ts";

/** Events that name their customer by e-mail, which changes, unlike a customer's number. */
const visits: EventDataset = {
  ...orders,
  name: "visits",
  subject: { field: "customer", dataset: "customers", target: "email" },
};
const catalogue: Catalogue = {
  ...testCatalogue,
  datasets: [...testCatalogue.datasets, visits],
};

const TABLES = [
  "customers",
  "customers__records",
  "orders",
  "visits",
  "_redirects",
  "_event_anchors",
  "_homes",
  "_changes",
  "_history",
  "_change_head",
];
const FIELDS = customers.fields.map((field) => `"${field.name}"`).join(", ");

/**
 * Twelve records of ten customers. Three visits are not where the rule of events says: one names an
 * address that nobody has any more, one an address of two customers, one another customer's.
 */
async function fill(world: World): Promise<void> {
  const on = "2025-05-01";
  const people = (city: string) => [
    person("A", { email: "a@x", name: "Ada", city, plan: "S", tags: ["x", "y"] }),
    person("B", { email: "b@x", name: "Bea B.", plan: "M", balance: "1.00" }),
    person("C", { email: "c@x", name: "Cleo", city, plan: "S" }),
    person("D", { email: "d@x", plan: "L", tags: ["z"] }),
    person("E", { name: "Eve", phone: "+1" }),
  ];
  await world.merge({ source: "billing", dataset: customers, rows: people("Bonn") });
  await world.merge({
    source: "crm",
    dataset: customers,
    precedence: 5,
    rows: [
      person("crm-1", { email: "a@x", name: "Ada L.", city: "Trier" }),
      person("crm-2", { email: "b@x", plan: "L" }),
      person("crm-3", { email: "z@x", name: "Zoe", city: "Ulm", balance: "2.00" }),
      person("crm-4", { name: "Yva", phone: "+2", plan: "M" }),
      person("crm-5", {}),
      person("crm-6", { name: "Xen", tags: [] }),
      person("crm-7", { email: "w@x", plan: "L" }),
    ],
  });
  await world.merge({
    source: "shop",
    dataset: orders,
    rows: ["A", "A", "B", "C", "crm-1", "crm-5", "nobody"].map((who) => order(who, on, "1.00")),
  });
  await world.merge({
    source: "web",
    dataset: visits,
    rows: ["a@x", "b@x", "c@x", "d@x", "z@x", "w@x"].map((who) => order(who, on, "2.00")),
  });
  // C's visit names nobody any more; that of `crm-7` stays although an older customer has the address now.
  const changed = [person("C", { email: "new@x" }), person("E", { email: "w@x" })];
  await world.merge({ source: "billing", dataset: customers, rows: changed });
  // The visit of `crm-3` stays too, although its address belongs to `crm-6` alone now.
  const swapped = [
    person("crm-3", { email: "y@x", name: "Zoe" }),
    person("crm-6", { email: "z@x" }),
  ];
  await world.merge({ source: "crm", dataset: customers, precedence: 5, rows: swapped });
}

let world: World & AsyncDisposable;
let records: readonly bigint[];

beforeAll(async () => {
  world = await World.open(catalogue);
  await fill(world);
  await world.db.defining(world.scope, async (tx) => {
    for (const name of TABLES) {
      await tx.run(`create table saved${name} as table ${name}`);
      await tx.run(`grant select on saved${name} to ${world.scope.role}`);
    }
  });
  const rows = await world.query<{ record: bigint }>(
    "select _record as record from customers__records order by _record",
  );
  records = rows.map(({ record }) => record);
  return () => world[Symbol.asyncDispose]();
});

const restore = (): Promise<void> =>
  world.db.scoped(world.scope, async (tx) => {
    for (const name of TABLES) {
      await tx.run(`delete from ${name}`);
      await tx.run(`insert into ${name} table saved${name}`);
    }
  });

beforeEach(restore);

/** A record and where it goes, both as places in lists that are known only when it is their turn. */
interface Wish {
  readonly record: number;
  readonly to: number;
}

const wish = fc.record({ record: fc.nat({ max: 11 }), to: fc.nat({ max: 15 }) });
const wishes = fc.array(
  fc.uniqueArray(wish, { selector: ({ record }) => record, minLength: 1, maxLength: 8 }),
  { minLength: 1, maxLength: 4 },
);

/** Every id that may be asked for: of living rows, of merged ones, and two that are new. */
async function targets(): Promise<bigint[]> {
  const rows = await world.query<{ id: bigint }>(
    `(select _id as id from customers union select old_id from _redirects order by id)
      union all select nextval('_ids') from generate_series(1, 2)`,
  );
  return rows.map(({ id }) => id);
}

/** The records that old ids follow. */
async function followed(): Promise<Map<bigint, bigint>> {
  const rows = await world.query<Move>("select old_id as id, record from _redirects order by id");
  return new Map(rows.map(({ record, id }) => [id, record]));
}

/** Does what is wished, old ids coming back with the record they follow. @returns the moves that undo it */
async function regroup(step: readonly Wish[]): Promise<Move[]> {
  const ids = await targets();
  const follows = await followed();
  const before = await partition();
  const wanted = new Map(
    step.map(({ record, to }) => [records[record] ?? 0n, ids[to % ids.length] ?? 0n]),
  );
  for (const id of wanted.values()) {
    const record = follows.get(id);
    if (record !== undefined && !wanted.has(record)) {
      wanted.set(record, id);
    }
  }
  const isWhole = (id: bigint): boolean => {
    const record = follows.get(id);
    return record === undefined || wanted.get(record) === id;
  };
  const moves = [...wanted].filter(([, id]) => isWhole(id)).map(([record, id]) => ({ record, id }));
  await world.regroup(moves);
  return moves.map(({ record }) => ({ record, id: before.get(record) ?? 0n }));
}

async function partition(): Promise<Map<bigint, bigint>> {
  const rows = await world.query<Move>(
    "select _record as record, _id as id from customers__records order by _record",
  );
  return new Map(rows.map(({ record, id }) => [record, id]));
}

interface EventPlace {
  readonly event: bigint;
  readonly customer: bigint | null;
  readonly subject: string;
  readonly target: "customer_no" | "email";
}

function events(): Promise<EventPlace[]> {
  return world.query<EventPlace>(
    `select _id as event, _customer as customer, _subject as subject, 'customer_no' as target from orders
      union all select _id, _customer, _subject, 'email' from visits order by event`,
  );
}

/** The customer that each event's subject names, worked out from the records alone. */
async function ruledCustomers(): Promise<Map<bigint, bigint>> {
  const held = await world.query<{ id: bigint; customer_no: string; email: string | null }>(
    "select _id as id, customer_no, email from customers__records order by _id desc",
  );
  const ruled = (await events()).flatMap(({ event, subject, target }) => {
    const holder = held.findLast((record) => record[target] === subject);
    return holder === undefined ? [] : [[event, holder.id] as const];
  });
  return new Map(ruled);
}

const golden = () =>
  world.query<{ _id: bigint }>(`select _id, _created_at, ${FIELDS} from customers order by _id`);

async function forEachStory(
  check: (story: readonly (readonly Wish[])[]) => Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty(wishes, check).beforeEach(restore);
  await fc.assert(property, { numRuns: 20 });
}

test("after any regroupings each golden row is what survivorship makes of its records", async () => {
  await forEachStory(async (story) => {
    for (const step of story) {
      await regroup(step);
    }

    const recomputed = await world.query(
      `select _id, ${FIELDS} from (${goldenRowsQuery(customers, "select _id from customers__records")}) g order by _id`,
    );
    const stored = await world.query(`select _id, ${FIELDS} from customers order by _id`);
    expect(stored).toEqual(recomputed);
  });
});

test("after any regroupings an old id leads to a living customer, and no living customer has a redirect", async () => {
  await forEachStory(async (story) => {
    for (const step of story) {
      await regroup(step);
    }

    const wrong = await world.query(
      `select d.old_id from _redirects d
        where not exists (select 1 from customers c where c._id = d.new_id)
           or exists (select 1 from customers c where c._id = d.old_id)
           or d.new_id is distinct from (select _id from customers__records r where r._record = d.record)`,
    );
    expect(wrong).toEqual([]);
  });
});

test("after any regroupings events are where the rule says, but those that never were, and none is lost", async () => {
  const ruledAtFirst = await ruledCustomers();
  const strays = (await events())
    .filter(({ event, customer }) => customer !== (ruledAtFirst.get(event) ?? null))
    .map(({ event }) => event);
  expect(strays).toHaveLength(3);
  await forEachStory(async (story) => {
    for (const step of story) {
      await regroup(step);
    }

    const ruled = await ruledCustomers();
    const all = await events();
    const living = new Set((await golden()).map((row) => row._id));
    expect(
      all.filter(
        ({ event, customer }) => !strays.includes(event) && customer !== (ruled.get(event) ?? null),
      ),
    ).toEqual([]);
    expect(all.filter(({ customer }) => customer !== null && !living.has(customer))).toEqual([]);
  });
});

test("undoing regroupings in reverse restores rows, their ids and times of creation, and events", async () => {
  await forEachStory(async ([first = [], ...rest]) => {
    // So that what is restored has been regrouped before.
    await regroup(first);
    const before = [await golden(), await events()] as const;

    const undoing: Move[][] = [];
    for (const step of rest) {
      undoing.unshift(await regroup(step));
    }
    for (const moves of undoing) {
      await world.regroup(moves);
    }

    expect([await golden(), await events()]).toEqual(before);
  });
});

test("unmerging customers in reverse restores what old ids lead to", async () => {
  const redirects = () =>
    world.query("select old_id, new_id, record, created_at from _redirects order by old_id");
  const merges = fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 6 });
  const story = fc.asyncProperty(merges, async (pairs) => {
    const states: unknown[] = [];
    const undoing: Move[][] = [];
    for (const [from, to] of pairs) {
      states.unshift(await redirects());
      const living = await golden();
      const gone = living[from % living.length]?._id;
      const id = living[to % living.length]?._id ?? 0n;
      const moving = [...(await partition())].filter(([, row]) => row === gone);
      await world.regroup(moving.map(([record]) => ({ record, id })));
      undoing.unshift(moving.map(([record, row]) => ({ record, id: row })));
    }

    const restored: unknown[] = [];
    for (const moves of undoing) {
      await world.regroup(moves);
      restored.push(await redirects());
    }

    expect(restored).toEqual(states);
  });
  await fc.assert(story.beforeEach(restore), { numRuns: 20 });
});

test("a reader of the change log hears of every customer whose fields or events change", async () => {
  const state = async () => {
    const placed = await events();
    const rows = await golden();
    return new Map(
      rows.map((row) => [
        row._id,
        { row, events: placed.filter(({ customer }) => customer === row._id) },
      ]),
    );
  };
  await forEachStory(async (story) => {
    const copy = await state();
    let last = await lastChange();
    for (const step of story) {
      await regroup(step);
      const changes = await world.db.scoped(world.scope, (tx) => readChanges(tx, last, 1000));
      expect(changes.map(({ change }) => change)).toEqual(
        changes.map((_, n) => last + BigInt(n + 1)),
      );
      last += BigInt(changes.length);
      const now = await state();
      const named = changes.flatMap(({ kind, rowId, customer }) =>
        kind.startsWith("customer-") ? [rowId, customer] : [customer],
      );
      for (const id of named.filter((each) => each !== null)) {
        const row = now.get(id);
        void (row === undefined ? copy.delete(id) : copy.set(id, row));
      }
      expect(copy).toEqual(now);
      expect(await lastChange()).toBe(last);
    }
  });
});

async function lastChange(): Promise<bigint> {
  const [row] = await world.query<{ last: bigint }>("select last from _change_head");
  return row?.last ?? 0n;
}
