/** A shop with two customers, who are sent to a partner; its commands are processes of their own. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { must } from "../../src/kernel/index.ts";
import { type Database, findScope, type Scope } from "../../src/platform/postgres/index.ts";
import { type Ended, runWaybill, type StartOptions } from "../end-to-end/waybill-process.ts";
import { PERMIT_ALL, testAgreement, testRecipient } from "../support/policies.ts";

export const PURPOSE = "essential.service.operations.support";

const CONTRACT = `
apiVersion: v3.1.0
kind: DataContract
id: shop
name: Shop
version: 1.0.0
status: active
tenant: shop
customProperties:
  - {property: waybill.timeZone, value: Europe/Berlin}
  - {property: waybill.defaultCountry, value: DE}
  - {property: waybill.currency, value: EUR}
  - {property: waybill.purposes, value: [${PURPOSE}]}
schema:
  - name: customers
    customProperties: [{property: waybill.kind, value: customer}]
    properties:
      - {name: number, logicalType: string, primaryKey: true, required: true, customProperties: [{property: waybill.category, value: user.unique_id}, {property: waybill.identifier, value: true}]}
      - {name: name, logicalType: string, customProperties: [{property: waybill.category, value: user.name}]}
`;

const ROUTE = {
  route: "letters",
  criteria: 'customer.number != "none"',
  destination: "partner",
  purpose: PURPOSE,
  legalBasis: "contract",
  fields: ["number", "name"],
  retention: "P30D",
  erasureWithin: "P30D",
};

const FOLDER = { kind: "folder", path: "partner", format: "csv" };

const CUSTOMERS = Buffer.from("number,name\nA-1,Ada Lovelace\nB-2,Bea Bell\n");

/** The shop's files; YAML takes JSON. @param destination where the route leads; a folder by default */
function filesOf(destination: object): Readonly<Record<string, string>> {
  const agreement = testAgreement({ purposes: [PURPOSE] });
  const partner = testRecipient("partner", { kind: "partner", agreement });
  const led = { destination: "partner", recipient: "partner", ...destination };
  return {
    "contract.yaml": CONTRACT,
    "sources/crm.yaml": "source: crm\ndataset: customers\n",
    "recipients/partner.yaml": JSON.stringify(partner),
    "policies/all.cedar": PERMIT_ALL,
    "destinations/partner.yaml": JSON.stringify(led),
    "routes/letters.yaml": JSON.stringify(ROUTE),
  };
}

export interface ShopOptions extends Partial<StartOptions> {
  readonly data: string;
  readonly destination?: object | undefined;
}

/** Applies the shop and brings its customers in. */
export async function openShop({ destination = FOLDER, ...start }: ShopOptions): Promise<void> {
  const folder = join(start.data, "shop");
  for (const [name, content] of Object.entries(filesOf(destination))) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  await succeed(["apply", folder], start);
  await succeed(["import", "shop", "customers", "-"], { ...start, stdin: CUSTOMERS });
}

/** Runs a command that must not fail. */
export async function succeed(args: readonly string[], options: StartOptions): Promise<Ended> {
  const ended = await runWaybill(args, options);
  expect(ended.code, ended.stderr).toBe(0);
  return ended;
}

/** A data directory for the time of a test. */
export async function dataDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "waybill-bad-day-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** What lies at the partner, by the ends of the names. */
export async function atPartner(data: string): Promise<Readonly<Record<string, number>>> {
  const names = await readdir(join(data, "outbox", "partner")).catch(() => []);
  const kinds = [".csv", ".waybill.json", ".notice.json"] as const;
  const count = (end: string): number => names.filter((name) => name.endsWith(end)).length;
  const [payloads = 0, waybills = 0, notices = 0] = kinds.map(count);
  return { payloads, waybills, notices, others: names.length - payloads - waybills - notices };
}

/** What the shop's ledger has been told, how often: what has a number, and what still waits for one. */
const NOTED = `
  select coalesce(jsonb_object_agg(told.kind, told.count), '{}') as noted
    from (select entry::jsonb ->> 'kind' as kind, count(*) as count
            from (select entry from _ledger_entries union all select entry from _ledger_inbox) each
           group by 1) told`;

/** What the journals of the shop say. */
export async function journals(db: Database): Promise<Readonly<Record<string, unknown>>> {
  const row = await db.scoped(await scopeOf(db), (tx) =>
    tx.row<Record<string, unknown>>(
      `select (select count(*)::int from customers) as customers,
              (select array_agg(state order by delivery) from _deliveries) as deliveries,
              (select count(*)::int from _deliveries where waybill is not null) as waybills,
              (select array_agg(coalesce(d.state, 'none') order by s.disclosure)
                 from _disclosures s left join _deliveries d on d.delivery = s.delivery) as disclosed,
              (select array_agg(state) from _rights_requests) as requests,
              (select array_agg(state) from _obligations) as obligations,
              (select count(*)::int from _changes where kind = 'customer-erased') as erased,
              (select count(*)::int from _consents) as consents,
              noted.noted
         from (${NOTED}) noted`,
    ),
  );
  return row;
}

export async function scopeOf(db: Database): Promise<Scope> {
  return must(await findScope(db, "shop"), "the shop was applied");
}

/** The ids of the customers, the oldest first. */
export async function customerIds(db: Database): Promise<string[]> {
  const rows = await db.scoped(await scopeOf(db), (tx) =>
    tx.rows<{ id: bigint }>("select _id as id from customers order by _id"),
  );
  return rows.map(({ id }) => String(id));
}
