/** A client with three customers, and routes to everything that customers can be delivered to. */
import { createPrivateKey, randomUUID } from "node:crypto";
import { FixedClock } from "../../src/kernel/index.ts";
import type { Database, Scope } from "../../src/platform/postgres/index.ts";
import type { Catalogue, FieldType } from "../../src/modules/contracts/index.ts";
import type { DeliveryClient, DeliveryDeps } from "../../src/modules/distribution/index.ts";
import { signingKey } from "../../src/modules/ledger/index.ts";
import { testField } from "../support/catalogue.ts";
import { PERMIT_ALL, putInForce } from "../support/policies.ts";

export const NOW = new Date("2026-03-01T06:00:00Z");
export const HOOK_SECRET = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;

const FIELDS: Readonly<Record<string, FieldType>> = {
  customer_id: { kind: "text" },
  email: { kind: "text" },
  note: { kind: "text" },
  tenure: { kind: "integer" },
  charges: { kind: "decimal", precision: 10, scale: 2 },
  active: { kind: "boolean" },
  born: { kind: "date" },
  seen: { kind: "timestamp" },
  tags: { kind: "text-list" },
};
/** Without a category nothing may leave. */
const CATEGORIES: Readonly<Record<string, string>> = { email: "user.contact.email" };
export const FIELD_NAMES = Object.keys(FIELDS);

export const catalogue: Catalogue = {
  client: "acme",
  contractId: "acme-contract",
  contractVersion: "1.2.0",
  contractSha256: "ab".repeat(32),
  timeZone: "Europe/Berlin",
  defaultCountry: "DE",
  currency: "EUR",
  minimumCount: 10,
  purposes: ["marketing"],
  datasets: [
    {
      kind: "customer",
      name: "customers",
      title: "Customers",
      description: "",
      fields: Object.entries(FIELDS).map(([name, type]) =>
        testField(name, type, {
          identifier: name === "customer_id",
          category: CATEGORIES[name] ?? "user",
        }),
      ),
      key: ["customer_id"],
      rowRules: [],
      account: undefined,
    },
  ],
};

const agreement = { id: "DPA-1", version: "2", from: "2026-01-01", until: "2026-12-31" };
const recipient = {
  recipient: "partner",
  name: "Partner",
  kind: "partner",
  jurisdiction: "DE",
  transferMechanism: "none-needed",
  agreement: {
    ...agreement,
    purposes: ["marketing"],
    categories: ["user"],
    jurisdictions: ["DE"],
    retention: "P1Y",
  },
};
const folder = (destination: string, format: string, path = "partner") => ({
  destination,
  recipient: recipient.recipient,
  kind: "folder",
  path,
  format,
});
const route = (name: string, destination: string) => ({
  route: name,
  criteria: "customer.charges > 10.0",
  destination,
  purpose: "marketing",
  legalBasis: "consent",
  fields: FIELD_NAMES.filter((field) => field !== "email"),
  totals: ["charges", "tenure"],
  retention: "P30D",
  erasureWithin: "P30D",
});

/** Writes a definition as if a folder had been applied. */
export async function applyDefinition(
  db: Database,
  scope: Scope,
  { kind, name, body }: { kind: string; name: string; body: unknown },
): Promise<void> {
  await db.scoped(scope, (tx) =>
    tx.run(
      `insert into _definitions (kind, name, version, sha256, body, applied_at, applied_by)
       select $1, $2, coalesce(max(version), 0) + 1, '', $3::jsonb, now(), 'test'
         from _definitions where kind = $1 and name = $2`,
      [kind, name, JSON.stringify(body)],
    ),
  );
}

export async function applyDestination(
  db: Database,
  scope: Scope,
  body: { destination: string },
): Promise<void> {
  await applyDefinition(db, scope, { kind: "destination", name: body.destination, body });
}

/** A route of this name to this destination, with some members changed. */
export async function applyRoute(
  db: Database,
  scope: Scope,
  {
    name,
    destination,
    ...changes
  }: { name: string; destination: string; [member: string]: unknown },
): Promise<void> {
  await applyDefinition(db, scope, {
    kind: "route",
    name,
    body: { ...route(name, destination), ...changes },
  });
}

export { agreement, folder, recipient };

/** The table, three customers and a route to each format of folder. */
export async function makeClient(db: Database, scope: Scope): Promise<DeliveryClient> {
  await db.defining(scope, (tx) =>
    tx.run(
      `create table customers (
         _id bigint primary key, _version int not null default 1,
         _created_at timestamptz not null default now(), _updated_at timestamptz not null default now(),
         customer_id text, email text, note text, tenure bigint, charges numeric(10,2),
         active boolean, born date, seen timestamptz, tags text[]);
       create table customers__records (_record bigint primary key, _id bigint not null)`,
    ),
  );
  await db.scoped(scope, (tx) =>
    tx.run(
      `insert into customers (_id, customer_id, email, note, tenure, charges, active, born, seen, tags) values
         (30, 'C-30', 'c@private.example', '', 9007199254740993, 99999999.99, null, null, null, null),
         (10, 'C-10', 'a@private.example', '=HYPERLINK("http://evil.example")', 12, 29.85, true, '1980-02-29',
              '2026-01-31 23:59:59.123456+01', array['gold', 'a,b']),
         (20, 'C-20', 'b@private.example', null, -1, 10.01, false, '2001-12-31', '2026-02-01 00:00:00Z', '{}'),
         (40, 'C-40', 'd@private.example', 'stays', 1, 5.00, true, null, null, null)`,
    ),
  );
  // A record each, by which they state consents.
  await db.scoped(scope, (tx) =>
    tx.run("insert into customers__records (_record, _id) select _id + 1000, _id from customers"),
  );
  await putInForce(db, scope, { recipients: [recipient], policies: PERMIT_ALL });
  for (const format of ["csv", "jsonl", "parquet"]) {
    await applyDestination(db, scope, folder(`to-${format}`, format));
    await applyRoute(db, scope, { name: `list-${format}`, destination: `to-${format}` });
  }
  return { key: "acme", scope, catalogue };
}

/** The same key every time, so that a child process signs as its parent does. */
export const signer = signingKey(
  createPrivateKey({
    key: Buffer.concat([
      Buffer.from("302e020100300506032b657004220420", "hex"),
      Buffer.alloc(32, 3),
    ]),
    format: "der",
    type: "pkcs8",
  }),
);

/** Chooses by the criteria that the scene's routes have, without the criteria module. */
export const select: DeliveryDeps["select"] = () =>
  Promise.resolve({
    sql: "select _id from customers where charges > $1::numeric",
    values: ["10.0"],
  });

export function depsFor(
  db: Database,
  dataDir: string,
  changes: Partial<DeliveryDeps> = {},
): DeliveryDeps {
  return {
    db,
    clock: new FixedClock(NOW),
    dataDir,
    operator: "Operator GmbH",
    signer,
    environment: (name) => (name === "HOOK_SECRET" ? HOOK_SECRET : undefined),
    newId: randomUUID,
    random: () => 0.5,
    select,
    protect: () => Promise.reject(new Error("nothing is sealed here")),
    retry: { attempts: 3, firstDelayMs: 5, longestDelayMs: 50, timeoutMs: 2000 },
    ...changes,
  };
}
