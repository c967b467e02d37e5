/** What a recipient gets: its rows and forms only, as they are when they leave. */
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  applyDefinition,
  applyRoute,
  catalogue,
  depsFor,
  makeClient,
  NOW,
  recipient,
  select,
} from "../../../../tests/distribution/scene.ts";
import { testDatabase, testScope, type TestDatabase } from "../../../../tests/support/database.ts";
import { companies } from "../../../../tests/support/catalogue.ts";
import { PERMIT_ALL, putInForce } from "../../../../tests/support/policies.ts";
import { FixedClock, must } from "../../../kernel/index.ts";
import type { Catalogue, CustomerDataset } from "../../contracts/index.ts";
import { memoryProtection } from "../../protection/testing/memory-protection.ts";
import { deliver, type DeliveryReport } from "./deliver.ts";
import type { DeliveryClient, DeliveryDeps } from "./deps.ts";
import { listDeliveries } from "./list-deliveries.ts";
import { selectCustomers } from "./select-customers.ts";

let database: TestDatabase;
let client: DeliveryClient;
let dataDir = "";

beforeEach(async () => {
  database = await testDatabase({ poolSize: 8 });
  client = await makeClient(database.db, await testScope(database.db));
  dataDir = await mkdtemp(path.join(tmpdir(), "waybill-governed-"));
});
afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true });
});

const permit = async (policies: string): Promise<void> => {
  await putInForce(database.db, client.scope, { recipients: [recipient], policies });
};

async function run(sql: string): Promise<void> {
  await database.db.scoped(client.scope, (tx) => tx.run(sql));
}

async function send(
  changes: Partial<DeliveryDeps> = {},
  { of = catalogue, asOf }: { readonly of?: Catalogue; readonly asOf?: Date } = {},
): Promise<DeliveryReport> {
  const deps = depsFor(database.db, dataDir, changes);
  return await deliver(deps, {
    client: { ...client, catalogue: of },
    route: "masked",
    actor: "job",
    asOf,
  });
}

/** Each staging asks for the id of its waybill once. */
function countingStagings(): Pick<DeliveryDeps, "newId"> & { readonly count: () => number } {
  let count = 0;
  return {
    count: () => count,
    newId: () => {
      count += 1;
      return randomUUID();
    },
  };
}

async function linesOf(report: DeliveryReport): Promise<string[]> {
  const { file } = must(report.waybill, "delivered").payload;
  const folder = path.dirname(must(report.waybillFile, "delivered"));
  return (await readFile(path.join(folder, file), "utf8")).trimEnd().split("\r\n");
}

async function applyMasked(fields: readonly string[], more: object = {}): Promise<void> {
  await applyRoute(database.db, client.scope, {
    name: "masked",
    destination: "to-csv",
    fields,
    totals: [],
    ...more,
  });
}

const CONSENTING = 'customer.charges > 10.0 && has_consent("marketing", "email")';
/** Routes for whom nothing but their selection asks for consent. */
const ASKING_FOR_CONSENT: [string, object][] = [
  ["the route", { criteria: CONSENTING }],
  ["its segment", { criteria: undefined, segment: "consenting" }],
];

async function applyConsenting(): Promise<void> {
  const body = {
    segment: "consenting",
    title: "Consenting",
    owner: "marketing",
    kind: "demographic",
    purpose: "marketing",
    criteria: CONSENTING,
  };
  await applyDefinition(database.db, client.scope, { kind: "segment", name: "consenting", body });
}

/** Two companies of retail; the second is that of C-20. */
async function makeCompanies(): Promise<Catalogue> {
  await database.db.defining(client.scope, (tx) =>
    tx.run(
      `create table companies (_id bigint primary key, company_no text, industry text);
       create table companies__records (_record bigint primary key, _id bigint not null, company_no text)`,
    ),
  );
  await run(
    `insert into companies values (1, 'B-1', 'retail'), (2, 'B-2', 'retail');
     update customers set note = case _id when 20 then 'B-2' else 'B-1' end where charges > 10`,
  );
  const [customers] = catalogue.datasets;
  const account = { field: "note", dataset: companies.name, target: "company_no" };
  const linked = { ...must(customers, "there are customers"), account } as CustomerDataset;
  return { ...catalogue, datasets: [linked, companies] };
}

interface Stated {
  readonly granted?: boolean;
  readonly stated?: string;
  readonly channel?: string;
  readonly expires?: string;
}

/** What a customer states about marketing; a grant of January for e-mail, where nothing else is said. */
async function state(
  customer: number,
  { granted = true, stated = "2026-01-01T00:00:00Z", channel = "email", expires }: Stated = {},
): Promise<void> {
  await database.db.scoped(client.scope, (tx) =>
    tx.run(
      `with stated as (
         insert into _consents (record, purpose, channel, granted, stated_at, starts_at, expires_at, source, recorded_at, recorded_by)
         values ($1::bigint + 1000, 'marketing', $2, $3, $4, $4, $5, 'form', $4, 'test')),
       head as (update _change_head set last = last + 1 returning last)
       insert into _changes (change, at, kind, dataset, row_id, customer, actor)
       select last, $4, 'consent-changed', 'customers', $1, $1, 'test' from head`,
      [customer, channel, granted, stated, expires ?? null],
    ),
  );
}

const permitted = (action: string, field: string, when = ""): string =>
  `permit (principal, action == Action::"${action}", resource == Field::"customers.${field}")${when};`;

describe("a delivery to a recipient that may have some rows and some forms", () => {
  test("holds those, and its waybill says which form each field left in", async () => {
    await applyMasked(["customer_id", "email", "born", "charges", "tags"]);
    await permit(`
      ${permitted("clear", "customer_id")}
      ${permitted("partial", "email")}
      ${permitted("clear", "email", " when { context.customer has active && context.customer.active == true }")}
      ${permitted("bucket", "born")}
      ${permitted("clear", "tags")}
      ${permitted("bucket", "charges")}
      forbid (principal, action, resource)
      when { context.customer has tenure && context.customer.tenure > 1000 };`);

    const report = await send();

    expect(await linesOf(report)).toEqual([
      "customer_id,email,born,charges,tags",
      'C-10,a@private.example,1980,20..29,"[""gold"",""a,b""]"',
      'C-20,b***@private.example,2001,10..19,"[]"',
    ]);
    expect(report.waybill?.fields).toEqual([
      { name: "customer_id", type: "text", forms: ["clear"] },
      { name: "email", type: "text", forms: ["clear", "partial"] },
      { name: "born", type: "text", forms: ["bucket"] },
      { name: "charges", type: "text", forms: ["bucket"] },
      { name: "tags", type: "text-list", forms: ["clear"] },
    ]);
    expect(report.records).toBe(2);
  });

  test("is refused before anything is read when a field would be absent of everybody, or a total tell more", async () => {
    await applyMasked(["customer_id", "email", "charges"], { totals: ["charges"] });
    await permit(`${permitted("clear", "customer_id")} ${permitted("bucket", "charges")}`);

    await expect(send()).rejects.toMatchObject({
      code: "route-not-permitted",
      issues: [
        { at: "fields.email", message: expect.stringContaining("no policy permits partner") },
        { at: "totals.charges" },
      ],
    });
    expect(await listDeliveries(database.db, client.scope, { limit: 1 })).toEqual([]);
  });

  test("opens sealed values and gives them their form, and leaves out those whose key was destroyed", async () => {
    const protection = memoryProtection();
    const place = { dataset: "customers", field: "email" };
    const handle = (id: string) => protection.handleOf(["customers", "billing", id]);
    const sealer = await protection.sealer([handle("C-10"), handle("C-20")]);
    await database.db.defining(client.scope, (tx) =>
      tx.run("alter table customers alter column email type bytea using null"),
    );
    for (const id of ["C-10", "C-20"]) {
      await database.db.scoped(client.scope, (tx) =>
        tx.run("update customers set email = $2 where customer_id = $1", [
          id,
          sealer.seal(handle(id), place, `secret\t${id}@private.example`),
        ]),
      );
    }
    await protection.destroy([handle("C-20")]);
    const [dataset] = catalogue.datasets;
    const sealed = must(dataset, "there are customers").fields.map((field) =>
      field.name === "email" ? { ...field, sealed: true as const } : field,
    );
    await applyMasked(["customer_id", "email"]);
    await permit(`${permitted("clear", "customer_id")} ${permitted("partial", "email")}`);

    const report = await send(
      { protect: () => Promise.resolve(protection) },
      {
        of: {
          ...catalogue,
          datasets: [{ ...must(dataset, "there are customers"), fields: sealed }],
        },
      },
    );

    expect(await linesOf(report)).toEqual([
      "customer_id,email",
      "C-10,s***@private.example",
      "C-20,",
      "C-30,",
    ]);
  });
});

describe("what changes while a delivery is made ready", () => {
  const slowly: DeliveryDeps["select"] = () =>
    Promise.resolve({
      sql: "select _id from customers where charges > 10 and pg_sleep(0.4) is not null",
      values: [],
    });
  /** As routes choose, but that everybody takes a while. */
  const slowlyByRoute: DeliveryDeps["select"] = async (tx, request) => {
    const { sql, values } = await selectCustomers(tx, request);
    return request.members === undefined
      ? { sql: `select s._id from (${sql}) s where pg_sleep(0.4) is not null`, values }
      : { sql, values };
  };

  /** Waits until the rows are being read: their snapshot is taken. */
  async function reading(): Promise<void> {
    for (let attempt = 0; attempt < 400; attempt += 1) {
      const { active } = await database.db.control((tx) =>
        tx.row<{ active: boolean }>(
          `select exists (select from pg_stat_activity
             where datname = current_database() and query like 'copy (select c._id%' and state = 'active') as active`,
        ),
      );
      if (active) {
        return;
      }
      await sleep(10);
    }
    throw new Error("nothing was read");
  }

  beforeEach(() => applyMasked(["customer_id"]));

  test("a customer who may not be had any more by the time of sending is not sent", async () => {
    await permit(`${PERMIT_ALL}
      forbid (principal, action, resource)
      when { context.customer has note && context.customer.note == "withdrawn" };`);

    const sending = send({ select: slowly });
    await reading();
    await run(
      `with changed as (update customers set note = 'withdrawn' where _id = 20),
            head as (update _change_head set last = last + 1 returning last)
       insert into _changes (change, at, kind, dataset, row_id, customer, fields, actor)
       select last, now(), 'customer-changed', 'customers', 20, 20, '{note}', 'test' from head`,
    );

    const report = await sending;

    expect(await linesOf(report)).toEqual(["customer_id", "C-10", "C-30"]);
    expect(report.records).toBe(2);
  });

  test("a change that takes nothing away, or is of somebody who is not sent, does not hold the delivery up", async () => {
    const stagings = countingStagings();
    const sending = send({ ...stagings, select: slowly });
    await reading();
    await run(
      `with head as (update _change_head set last = last + 2 returning last)
       insert into _changes (change, at, kind, dataset, row_id, customer, fields, actor)
       select last - 1 + place, now(), 'customer-changed', 'customers', id, id, '{note}', 'test'
         from head, (values (0, 20), (1, 40)) as changed (place, id)`,
    );

    expect((await sending).records).toBe(3);
    expect(stagings.count()).toBe(1);
  });

  test("who may be had in less telling forms only is staged anew in those, and the last time taken out", async () => {
    await applyMasked(["customer_id", "email"]);
    await permit(`
      ${permitted("clear", "customer_id")}
      ${permitted("partial", "email")}
      ${permitted("clear", "email", " when { context.customer has active && context.customer.active == true }")}`);
    await run("update customers set active = true");
    const [stagings, lessened] = [countingStagings(), [10, 20, 30]];
    let asked = 0;
    const report = await send({
      ...stagings,
      select: async (tx, request) => {
        asked += request.members === undefined ? 1 : 0;
        // Each plan asks for everybody, and so does each last look.
        const customer = asked % 2 === 0 ? lessened[asked / 2 - 1] : undefined;
        if (customer !== undefined && request.members === undefined) {
          await run(
            `with changed as (update customers set active = false where _id = ${customer}),
                  head as (update _change_head set last = last + 1 returning last)
             insert into _changes (change, at, kind, dataset, row_id, customer, fields, actor)
             select last, now(), 'customer-changed', 'customers', ${customer}, ${customer}, '{active}', 'test' from head`,
          );
        }
        return await select(tx, request);
      },
    });

    expect(await linesOf(report)).toEqual([
      "customer_id,email",
      "C-10,a***@private.example",
      "C-20,b***@private.example",
    ]);
    expect(stagings.count()).toBe(3);
  });

  test("a new policy is the one that counts", async () => {
    const sending = send({ select: slowly });
    await reading();
    await permit(
      `${permitted("clear", "customer_id", " when { context.customer has active && context.customer.active == true }")}`,
    );

    expect(await linesOf(await sending)).toEqual(["customer_id", "C-10"]);
  });

  test.each(ASKING_FOR_CONSENT)(
    "a customer who withdraws the consent that %s asks for is not sent, and another who states something else is",
    async (_, more) => {
      await applyConsenting();
      await applyMasked(["customer_id"], more);
      for (const customer of [10, 20, 30]) {
        await state(customer);
      }

      const sending = send({ select: slowlyByRoute });
      await reading();
      await state(10, { granted: false, stated: "2026-03-01T05:59:59Z" });
      await state(30, { granted: false, stated: "2026-03-01T05:59:59Z", channel: "phone" });

      expect(await linesOf(await sending)).toEqual(["customer_id", "C-20", "C-30"]);
    },
  );

  test("a customer whose account becomes another than the route asks for is not sent", async () => {
    const of = await makeCompanies();
    await applyMasked(["customer_id"], { criteria: 'account.industry == "retail"' });

    const sending = send({ select: slowlyByRoute }, { of });
    await reading();
    await run(
      `with changed as (update companies set industry = 'banking' where _id = 2),
            head as (update _change_head set last = last + 1 returning last)
       insert into _changes (change, at, kind, dataset, row_id, fields, actor)
       select last, now(), 'account-changed', 'companies', 2, '{industry}', 'test' from head`,
    );

    expect(await linesOf(await sending)).toEqual(["customer_id", "C-10", "C-30"]);
  });

  test("an agreement that is ended meanwhile stops it, and nothing has left", async () => {
    const sending = send({ select: slowly });
    await reading();
    await putInForce(database.db, client.scope, {
      recipients: [
        {
          ...recipient,
          agreement: { ...recipient.agreement, until: "2026-02-28" },
        },
      ],
      policies: PERMIT_ALL,
    });

    await expect(sending).rejects.toMatchObject({ code: "nothing-seen" });
    const [entry] = await listDeliveries(database.db, client.scope, { limit: 1 });
    expect(entry).toMatchObject({ state: "failed", waybill: null });
  });
});

describe("what merely turns with time while a delivery is made ready", () => {
  /** The clock stands at six when the rows are chosen, and at ten past six when the payload is staged. */
  function slowClock(by = select): Partial<DeliveryDeps> & { readonly count: () => number } {
    const clock = new FixedClock(NOW);
    return {
      ...countingStagings(),
      clock,
      select: async (tx, request) => {
        const selection = await by(tx, request);
        clock.set(new Date("2026-03-01T06:10:00Z"));
        return selection;
      },
    };
  }

  beforeEach(() => applyMasked(["customer_id"]));

  test("a customer whose consent has expired by the time of sending is not sent", async () => {
    await permit(`${PERMIT_ALL}
      forbid (principal, action, resource)
      unless { context.consents.email.contains(context.purpose) };`);
    await state(10, { expires: "2026-03-01T06:10:00Z" });
    await state(30, { expires: "2026-03-01T06:10:00.001Z" });
    const deps = slowClock();

    const report = await send(deps);

    expect(await linesOf(report)).toEqual(["customer_id", "C-30"]);
    expect(deps.count()).toBe(1);
  });

  test.each(ASKING_FOR_CONSENT)(
    "a customer whose consent expires is not sent where %s asks for it",
    async (_, more) => {
      await permit(PERMIT_ALL);
      await applyConsenting();
      await applyMasked(["customer_id"], more);
      await state(10, { expires: "2026-03-01T06:10:00Z" });
      await state(30, { expires: "2026-03-01T06:10:00.001Z" });
      const deps = slowClock(selectCustomers);

      expect(await linesOf(await send(deps))).toEqual(["customer_id", "C-30"]);
      expect(deps.count()).toBe(1);
    },
  );

  test("a customer whom the route chooses no more by the clock alone is not sent", async () => {
    await permit(PERMIT_ALL);
    await run("update customers set seen = '2026-01-31T23:06:00Z' where _id = 20");
    const criteria = '!has(customer.seen) || customer.seen > now() - duration("28d6h55m")';
    await applyMasked(["customer_id"], { criteria });
    const deps = slowClock(selectCustomers);

    expect(await linesOf(await send(deps))).toEqual(["customer_id", "C-30", "C-40"]);
    expect(deps.count()).toBe(1);
  });

  test("whoever was chosen for an instant that was asked for is asked about for that instant again", async () => {
    await permit(PERMIT_ALL);
    await applyMasked(["customer_id"], { criteria: CONSENTING });
    await state(10, { expires: "2026-03-01T06:10:00Z" });
    const deps = slowClock(selectCustomers);

    const report = await send(deps, { asOf: NOW });

    expect(await linesOf(report)).toEqual(["customer_id", "C-10"]);
    expect(deps.count()).toBe(1);
  });

  test("a condition on the clock that has turned counts row by row, and one that has not is not asked again", async () => {
    await permit(`${PERMIT_ALL}
      forbid (principal, action, resource)
      when { context.customer has seen && context.customer.seen.offset(duration("28d6h5m")) < context.now };`);
    const deps = slowClock();

    expect(await linesOf(await send(deps))).toEqual(["customer_id", "C-30"]);
    expect(deps.count()).toBe(1);

    await permit(`${PERMIT_ALL}
      forbid (principal, action, resource)
      when { context.now < datetime("2026-03-01T06:00:00Z") };`);
    const same = slowClock();
    expect((await send(same)).records).toBe(3);
    expect(same.count()).toBe(1);
  });

  test("an agreement that has ended by the time of sending stops it", async () => {
    await putInForce(database.db, client.scope, {
      recipients: [{ ...recipient, agreement: { ...recipient.agreement, until: "2026-03-01" } }],
      policies: PERMIT_ALL,
    });
    const clock = new FixedClock(new Date("2026-03-01T22:59:00Z"));

    const sending = send({
      clock,
      select: (tx, request) => {
        clock.set(new Date("2026-03-01T23:00:00Z"));
        return select(tx, request);
      },
    });

    await expect(sending).rejects.toMatchObject({ code: "nothing-seen" });
  });
});
