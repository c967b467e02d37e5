/** A client whose customers use their rights: records that merge, orders, recipients that were sent some of it. */
import { randomUUID } from "node:crypto";
import { lastChange } from "../../src/modules/customers/index.ts";
import {
  type Disclosure,
  DisclosureRoll,
  type FieldForms,
  recordDisclosure,
} from "../../src/modules/distribution/index.ts";
import { memoryProtection } from "../../src/modules/protection/testing/memory-protection.ts";
import {
  destroyKeys,
  eraseData,
  prepareErasure,
  type DataErased,
  type PreparedErasure,
  type RightsClient,
  type RightsDeps,
} from "../../src/modules/rights/index.ts";
import { FixedClock, must } from "../../src/kernel/index.ts";
import type { Database } from "../../src/platform/postgres/index.ts";
import { customers, orders, testCatalogue } from "../support/catalogue.ts";
import { testScope } from "../support/database.ts";
import { createTables } from "../support/tables.ts";
import { applyDefinition, signer } from "../distribution/scene.ts";
import { testRecipient } from "../support/policies.ts";
import { order, person, World } from "../customers/world.ts";

export const NOW = new Date("2026-07-01T10:00:00Z");

export interface RightsScene {
  readonly world: World;
  readonly client: RightsClient;
  readonly deps: RightsDeps & { readonly clock: FixedClock };
}

let clients = 0;

/** Ada, whom two sources know; Bea, who shares Ada's town and nothing else; and their orders. A client of its own. */
export async function openRights(database: Database): Promise<RightsScene> {
  clients += 1;
  const scope = await testScope(database, `acme${clients}`);
  await createTables(database, scope, testCatalogue);
  const world = new World({ db: database, scope, catalogue: testCatalogue });
  await world.merge({
    source: "billing",
    dataset: customers,
    rows: [
      person("AL-1815", { email: "ada@lovelace.example", name: "Ada Lovelace", city: "Bonn" }),
      person("B-1", { email: "bea@example", name: "Bea Bell", city: "Bonn", phone: "+49228555" }),
    ],
  });
  await world.merge({
    source: "crm",
    dataset: customers,
    rows: [
      person("crm-7", { email: "ada@old.example", name: "A. Lovelace", phone: "+4922812345" }),
    ],
  });
  await world.merge({
    source: "shop",
    dataset: orders,
    rows: ["AL-1815", "AL-1815", "crm-7", "B-1"].map((who) => order(who, "2025-05-01", "12.50")),
  });
  const { db, catalogue } = world;
  for (const recipient of ["partner", "warehouse"]) {
    const body = testRecipient(recipient, { kind: "partner" });
    await applyDefinition(db, scope, { kind: "recipient", name: recipient, body });
  }
  return { world, client: { key: "acme", scope, catalogue }, deps: depsFor(db) };
}

/** What rights are carried out with; keys in memory. */
export function depsFor(db: Database): RightsScene["deps"] {
  return {
    db,
    clock: new FixedClock(NOW),
    operator: "Operator GmbH",
    signer,
    newId: randomUUID,
    protection: memoryProtection(),
    subjectOf: (customer) =>
      Promise.resolve(Buffer.alloc(32, Number(customer % 251n)).toString("hex")),
  };
}

/** The living customer of a source's key, and the record. */
export async function recordOf(
  world: World,
  key: string,
): Promise<{ readonly customer: bigint; readonly record: bigint }> {
  const [found] = await world.query<{ customer: bigint; record: bigint }>(
    "select _id as customer, _record as record from customers__records where _key = $1",
    [key],
  );
  return must(found, "the record is there");
}

/** Lets records of some keys be one customer: that of the first. */
export async function unite(world: World, ...keys: string[]): Promise<bigint> {
  const records = await Promise.all(keys.map((key) => recordOf(world, key)));
  const { customer } = must(records[0], "there is a first");
  await world.regroup(records.map(({ record }) => ({ record, id: customer })));
  return customer;
}

/** Enters a disclosure of customers as a delivery does, and returns its waybill's id. */
export async function disclose(
  world: World,
  of: readonly bigint[],
  more: Partial<Disclosure> & { readonly forms?: FieldForms } = {},
): Promise<string> {
  const waybillId = randomUUID();
  const { forms = { customer_no: "clear", email: "clear", city: "partial" }, ...changes } = more;
  await world.db.scoped(world.scope, async (tx) => {
    const roll = new DisclosureRoll();
    const number = roll.forms(forms);
    of.forEach((id) => roll.add(id, number));
    await recordDisclosure(
      tx,
      {
        at: NOW,
        channel: "delivery",
        recipient: "partner",
        recipientKind: "partner",
        purpose: "essential.service",
        actor: "tester",
        seen: await lastChange(tx),
        delivery: { delivery: 1n, waybillId, destination: "folder" },
        ...changes,
      },
      roll,
    );
  });
  return waybillId;
}

/** Erases a customer wholly: data, then keys. */
export async function erase(
  { deps, client }: Pick<RightsScene, "deps" | "client">,
  customer: bigint,
): Promise<{ readonly prepared: PreparedErasure; readonly erased: DataErased }> {
  const input = { client, customer, reason: "asked by letter", actor: "cli:tester" };
  const prepared = await prepareErasure(deps, input);
  const erased = await eraseData(deps, input, prepared);
  await destroyKeys(deps, { client, request: prepared.request, actor: "cli:tester" });
  return { prepared, erased };
}
