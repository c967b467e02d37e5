/**
 * An export of governed, masked customers, from the plan to the waybill: rows by a condition, names,
 * addresses and numbers in part, a date by its year; encoded, hashed, committed to, on the disk. Beside it,
 * the bare `COPY … TO` of the same columns into a file. Apart from the time by the clock: what both take of
 * the processor on the server, where the masks are compiled into the query, and in this process; and what
 * noting in the index of disclosures whose data has left is of it.
 */
import { createHash, generateKeyPairSync, randomUUID } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "../src/modules/contracts/index.ts";
import {
  type DeliveryDeps,
  DisclosureRoll,
  exportCustomers,
  recordDisclosure,
  selectCustomers,
} from "../src/modules/distribution/index.ts";
import { signingKey } from "../src/modules/ledger/index.ts";
import { memoryProtection } from "../src/modules/protection/testing/memory-protection.ts";
import { systemClock } from "../src/platform/clock.ts";
import { type Database, quoteIdent } from "../src/platform/postgres/index.ts";
import { benchDatabase } from "./bench-scope.ts";
import {
  type BenchOptions,
  type Figure,
  figure,
  type Measurement,
  median,
  timed,
} from "./figure.ts";
import { applyExample } from "./intake.ts";
import { type ProcessorTime, processorTime } from "./processor-time.ts";

/** Times that each is measured, in turn. */
const ROUNDS = 3;
/** As many customers as the figures have to reach something for. */
const STATED_FOR = 1_000_000;

const RECIPIENT = "bench-partner";
const PURPOSE = "essential.service.operations.support";

const FIELDS = [
  "customer_id",
  "given_name",
  "family_name",
  "email",
  "phone",
  "birth_date",
  "postal_code",
  "city",
  "country",
  "contract",
  "tenure_months",
  "monthly_charges",
  "churned",
];

const POLICY = `
permit (principal == Recipient::"${RECIPIENT}", action == Action::"clear", resource)
when { resource in [Category::"user.account", Category::"user.behavior", Category::"user.unique_id", Category::"user.financial", Category::"user.contact.address.city", Category::"user.contact.address.country"] };
permit (principal == Recipient::"${RECIPIENT}", action == Action::"partial", resource)
when { resource in [Category::"user.name", Category::"user.contact"] };
permit (principal == Recipient::"${RECIPIENT}", action == Action::"bucket", resource in Category::"user.demographic");
forbid (principal == Recipient::"${RECIPIENT}", action, resource)
when { context.customer has churned && context.customer.churned == true && context.customer has tenure_months && context.customer.tenure_months < 1 };`;

/** What one run takes. */
interface Run extends ProcessorTime {
  /** By the clock. */
  readonly seconds: number;
}

export async function* benchGovernedExport(options: BenchOptions): AsyncGenerator<Figure> {
  for (const customers of options.rows) {
    await using bench = await benchDatabase();
    options.note(`export of ${customers} governed customers: preparing`);
    const client = await prepared(bench.db, customers);
    const deps = depsFor(bench.db, bench.dataDir);
    const file = join(bench.dataDir, "export.csv");
    const run = (work: () => Promise<unknown>) => measured(bench.db, client, work);
    const bare: Run[] = [];
    const governed: Run[] = [];
    const noting: Run[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      options.note(`export of ${customers} governed customers: round ${round + 1} of ${ROUNDS}`);
      bare.push(await run(() => copyBare(bench.db, client, file)));
      await rm(file);
      governed.push(await run(async () => rm((await exportTo(deps, client, file)).waybillFile)));
      await rm(file);
      noting.push(await run(() => noteDisclosure(bench.db, client, customers)));
    }
    yield* figures(customers, { bare, governed, noting });
  }
}

async function measured(
  db: Database,
  { scope }: Client,
  work: () => Promise<unknown>,
): Promise<Run> {
  const { seconds, result } = await timed(() => processorTime({ db, scope }, work));
  return { seconds, node: result.node, server: result.server };
}

function* figures(
  customers: number,
  runs: Readonly<Record<"bare" | "governed" | "noting", readonly Run[]>>,
): Generator<Figure> {
  const of = (name: keyof typeof runs, what: keyof Run): number =>
    median(runs[name].map((one) => one[what]));
  const reach = (limits: Pick<Measurement, "target" | "holds">) =>
    customers === STATED_FOR ? limits : undefined;
  const microsecondsARow = (seconds: number): number => (seconds * 1_000_000) / customers;
  yield figure({
    name: `policy.export.${customers}`,
    value: customers / of("governed", "seconds"),
    unit: "rows/s",
    limitName: "bare COPY TO of the same columns",
    limit: customers / of("bare", "seconds"),
    ...reach({ target: "≥ 1/2", holds: (_, ratio) => ratio >= 0.5 }),
  });
  yield figure({
    name: `policy.export.server.${customers}`,
    value: microsecondsARow(of("governed", "server")),
    unit: "µs of CPU a row",
    limitName: "bare COPY TO, on the server",
    limit: microsecondsARow(of("bare", "server")),
    ...reach({ target: "≤ 2 ×", holds: (_, ratio) => ratio <= 2 }),
  });
  yield figure({
    name: `policy.export.node.${customers}`,
    value: microsecondsARow(of("governed", "node")),
    unit: "µs of CPU a row",
    limitName: "bare COPY TO, in this process",
    limit: microsecondsARow(of("bare", "node")),
    ...reach({ target: "≤ 7 µs on two threads", holds: (value) => value <= 7 }),
  });
  yield figure({
    name: `policy.export.disclosure.${customers}`,
    value: of("noting", "seconds"),
    unit: "s",
    limitName: "the export without it",
    limit: of("governed", "seconds") - of("noting", "seconds"),
    ...reach({ target: "≤ 20 %", holds: (_, ratio) => ratio <= 0.2 }),
  });
}

/** What an export does to note of each customer that he was in it. */
async function noteDisclosure(db: Database, { scope }: Client, customers: number): Promise<void> {
  const roll = new DisclosureRoll();
  const forms = roll.forms(Object.fromEntries(FIELDS.map((name) => [name, "partial"])));
  for (let id = 1; id <= customers; id += 1) {
    roll.add(BigInt(id), forms);
  }
  const disclosure = {
    at: systemClock.now(),
    channel: "exported",
    recipient: RECIPIENT,
    recipientKind: "partner",
    purpose: PURPOSE,
    actor: "bench",
    seen: 0n,
  } as const;
  await db.scoped(scope, (tx) => recordDisclosure(tx, disclosure, roll));
}

async function copyBare(db: Database, { scope }: Client, file: string): Promise<void> {
  const columns = FIELDS.map(quoteIdent).join(", ");
  const handle = await open(file, "wx");
  try {
    await db.scoped(
      scope,
      async (tx) => {
        for await (const chunk of tx.copyOut(
          `copy (select ${columns} from customers) to stdout (format csv, header)`,
        )) {
          await handle.write(chunk);
        }
      },
      { readOnly: true, statementTimeoutMs: 0 },
    );
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function exportTo(deps: DeliveryDeps, client: Client, file: string) {
  return exportCustomers(deps, {
    client,
    recipient: RECIPIENT,
    purpose: PURPOSE,
    legalBasis: "contract",
    erasureWithin: "P30D",
    fields: FIELDS,
    file,
    format: "csv",
    actor: "bench",
  });
}

function depsFor(db: Database, dataDir: string): DeliveryDeps {
  return {
    db,
    clock: systemClock,
    dataDir,
    operator: "bench",
    signer: signingKey(generateKeyPairSync("ed25519").privateKey),
    environment: () => undefined,
    newId: randomUUID,
    random: Math.random,
    select: selectCustomers,
    protect: (client) => Promise.resolve(memoryProtection(client)),
  };
}

async function prepared(db: Database, customers: number): Promise<Client> {
  const client = await applyExample(db, "telecom");
  const agreement = {
    id: "BENCH-1",
    version: "1",
    from: "2020-01-01",
    until: "2099-12-31",
    purposes: [PURPOSE],
    categories: ["user"],
    jurisdictions: ["US"],
    retention: "P30D",
  };
  const recipient = {
    recipient: RECIPIENT,
    name: "Partner",
    kind: "partner",
    jurisdiction: "US",
    transferMechanism: "none-needed",
    agreement,
    members: [],
  };
  const definitions = [
    { kind: "recipient", name: RECIPIENT, body: recipient },
    { kind: "policy", name: "bench", body: { policy: "bench", text: POLICY } },
  ];
  await db.scoped(
    client.scope,
    async (tx) => {
      for (const { kind, name, body } of definitions) {
        const text = JSON.stringify(body);
        const sha256 = createHash("sha256").update(text).digest("hex");
        await tx.run(
          `insert into _definitions (kind, name, version, sha256, body, applied_at, applied_by)
           values ($1, $2, 1, $3, $4::jsonb, now(), 'bench')`,
          [kind, name, sha256, text],
        );
      }
      await tx.run(
        `insert into customers (_id, _version, _created_at, _updated_at, record_id, customer_id, given_name,
                                family_name, email, phone, birth_date, postal_code, city, country, contract,
                                tenure_months, monthly_charges, churned)
         select n, 1, now(), now(), 'R' || n, 'C-' || n, 'Given' || n % 1000, 'Family' || n % 20000,
                'user' || n || '@example.org', '+1415' || 5550000 + n, date '1950-01-01' + n % 20000,
                lpad((n % 99999)::text, 5, '0'), 'City ' || n % 3000, 'US', 'One year', n % 72,
                (n % 10000) / 100.0, n % 5 = 0
           from generate_series(1, $1::int) n`,
        [customers],
      );
    },
    { statementTimeoutMs: 0 },
  );
  await db.defining(client.scope, (tx) => tx.run("analyze customers"), { statementTimeoutMs: 0 });
  return client;
}
