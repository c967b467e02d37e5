/**
 * Policies: what fifty of them cost an indexed query on the customers, beside the same query without
 * any; how long a governed search takes, from the policies in force to the answer; and how long the
 * policies take to compile.
 */
import { join } from "node:path";
import { generate } from "../src/entry/generator/index.ts";
import {
  type Client,
  customerDataset,
  type Definition,
  readFolder,
} from "../src/modules/contracts/index.ts";
import {
  GovernedFields,
  openSeeing,
  searchCustomers,
  type SeeingRequest,
  StatementValues,
} from "../src/modules/customers/index.ts";
import {
  type Access,
  compileAccess,
  policiesAmong,
  type PolicyScope,
  type Recipient,
} from "../src/modules/policy/index.ts";
import { InvariantError, assert, must } from "../src/kernel/index.ts";
import { type Database, quoteIdent, type SqlValue } from "../src/platform/postgres/index.ts";
import { benchDatabase } from "./bench-scope.ts";
import { type BenchOptions, type Figure, figure, median, percentile, timed } from "./figure.ts";
import { benchGovernedExport } from "./governed-export.ts";
import { applyExample, importFile } from "./intake.ts";

const POLICIES = 50;
const QUERIES = 3000;
const SEARCHES = 1500;
/** What is asked before anything counts, of each role: plans are made, pages are read, code is compiled. */
const WARM_UP = 100;
const COMPILATIONS = 20;
/** As many customers as look-ups and searches have their limits for. */
const STATED_FOR = 1_000_000;
const AT = new Date("2026-11-01T00:00:00Z");

/** Three roles of the example client, each with what it asks for. */
const ROLES = [
  ["operations", "essential.service.operations.support"],
  ["care-krakow", "essential.service.operations.support"],
  ["northlight-outreach", "marketing.communications.email"],
] as const;

type Role = (typeof ROLES)[number];

const CATEGORIES = [
  "user.name",
  "user.contact.email",
  "user.contact.phone_number",
  "user.account",
  "user.financial",
  "user.demographic",
];

/** Policies as they are written: a scope, a purpose, and a condition on the customer; every fifth forbids. */
function policyTexts(): readonly string[] {
  return Array.from({ length: POLICIES }, (_, n) => {
    const category = must(CATEGORIES[n % CATEGORIES.length], "there are categories");
    const [role] = must(ROLES[n % ROLES.length], "there are roles");
    const scope = `principal == Recipient::"${role}"`;
    const condition = `context.customer has tenure_months && context.customer.tenure_months`;
    return n % 5 === 4
      ? `forbid (${scope}, action == Action::"clear", resource in Category::"${category}") when { ${condition} > ${600 + n} };`
      : `permit (${scope}, action in [Action::"clear", Action::"partial"], resource in Category::"${category}") when { ${condition} >= ${n % 3} };`;
  });
}

export async function* benchPolicy(options: BenchOptions): AsyncGenerator<Figure> {
  const policies = await benchPolicies();
  yield await compilation();
  for (const customers of options.rows) {
    await using bench = await benchDatabase();
    options.note(`policies over ${customers} customers: generating and importing`);
    const client = await prepared(bench.db, { customers, dataDir: bench.dataDir });
    const sample = await sampled(bench.db, client);
    options.note(`policies over ${customers} customers: ${QUERIES} look-ups each way`);
    yield await lookUps(bench.db, client, { policies, sample, customers });
    await storePolicies(bench.db, client);
    options.note(`policies over ${customers} customers: ${SEARCHES} searches`);
    yield await searches(bench.db, client, { policies, sample, customers });
  }
  yield* benchGovernedExport(options);
}

/** The example's contract and recipients with fifty policies. */
async function benchPolicies(): Promise<PolicyScope> {
  const { catalogue, definitions } = await readFolder("examples/telecom");
  const recipients = definitions.filter(({ kind }) => kind === "recipient");
  return { catalogue, ...sound(policiesAmong([...recipients, ...policyFiles()], catalogue)) };
}

function sound(read: ReturnType<typeof policiesAmong>): ReturnType<typeof policiesAmong> {
  assert(
    read.issues.length === 0,
    () => `the policies are wrong: ${JSON.stringify(read.issues[0])}`,
  );
  return read;
}

function policyFiles(): Definition[] {
  return policyTexts().map((text, n) => ({
    kind: "policy",
    name: `p${n}`,
    file: `policies/p${n}.cedar`,
    body: { policy: `p${n}`, text },
    sha256: n.toString(16).padStart(64, "0"),
    locate: () => undefined,
  }));
}

function recipientFor({ recipients }: PolicyScope, [role]: Role): Recipient {
  return must(
    recipients.find((one) => one.recipient === role),
    "the example has its roles",
  );
}

function accessFor(scope: PolicyScope, role: Role): Access {
  return compileAccess({
    ...scope,
    recipient: recipientFor(scope, role),
    purpose: role[1],
    at: AT,
    pseudonymKey: () => Buffer.alloc(32),
  });
}

/** From text to SQL: parsed and validated by Cedar, then compiled for three roles; nothing is kept between. */
async function compilation(): Promise<Figure> {
  const times: number[] = [];
  for (let repeat = 0; repeat < COMPILATIONS; repeat++) {
    const { catalogue, definitions } = await readFolder("examples/telecom");
    const recipients = definitions.filter(({ kind }) => kind === "recipient");
    const start = performance.now();
    const read = sound(policiesAmong([...recipients, ...policyFiles()], catalogue));
    for (const role of ROLES) {
      const access = accessFor({ catalogue, ...read }, role);
      access.rowCondition({
        dataset: "customers",
        row: "c",
        customer: "c",
        parameters: new StatementValues(),
      });
    }
    times.push(performance.now() - start);
  }
  return figure({
    name: `policy.compile.${POLICIES}`,
    value: median(times),
    unit: "ms",
    limitName: `${POLICIES} policies for ${ROLES.length} roles`,
    limit: 50,
    target: "≤ 50 ms",
    holds: (value) => value <= 50,
  });
}

async function prepared(
  db: Database,
  { customers, dataDir }: { readonly customers: number; readonly dataDir: string },
): Promise<Client> {
  const client = await applyExample(db, "telecom");
  const out = join(dataDir, "generated");
  await generate({ client: "telecom", customers, seed: 7, out });
  await importFile(db, client, { dataset: "customers", file: join(out, "billing.csv") });
  const analyze = async (): Promise<number> =>
    db.defining(client.scope, (tx) => tx.run("analyze customers"), { statementTimeoutMs: 0 });
  await analyze();
  return client;
}

/** A customer as it is asked for: by id, and by its number with the client. */
interface Sampled {
  readonly id: bigint;
  readonly key: string;
}

async function sampled(db: Database, { scope }: Client): Promise<readonly Sampled[]> {
  return await db.scoped(scope, (tx) =>
    tx.rows<Sampled>(
      `select _id as id, customer_id as key from customers
        where customer_id is not null order by md5(customer_id) limit $1`,
      [WARM_UP + QUERIES],
    ),
  );
}

interface Statement {
  readonly sql: string;
  readonly values: (id: bigint) => readonly SqlValue[];
}

/** All fields of one customer by its id: bare, and as the governed read asks for them. */
function statements(
  { catalogue }: Client,
  access: Access,
): { readonly bare: Statement; readonly governed: Statement } {
  const dataset = must(customerDataset(catalogue), "the example has customers");
  const columns = dataset.fields.map(({ name }) => `c.${quoteIdent(name)}::text`);
  const parameters = new StatementValues([0n]);
  const fields = new GovernedFields(access, dataset, { row: "c", customer: "c", parameters });
  const isAsked = "c._id = $1::bigint";
  return {
    bare: {
      sql: `select c._id, ${columns.join(", ")} from customers c where ${isAsked}`,
      values: (id) => [id],
    },
    governed: {
      sql: `select c._id${fields.columns} from customers c${fields.join} where ${isAsked} and ${fields.condition}`,
      values: (id) => [id, ...parameters.all.slice(1)],
    },
  };
}

/** What look-ups and searches are made of. */
interface Asked {
  readonly policies: PolicyScope;
  readonly sample: readonly Sampled[];
  readonly customers: number;
}

/** One look-up bare, one governed, in turn: so both meet the same load and the same caches. */
async function lookUps(
  db: Database,
  client: Client,
  { policies, sample, customers }: Asked,
): Promise<Figure> {
  const made = ROLES.map((role) => statements(client, accessFor(policies, role)));
  const times = { bare: [] as number[], governed: [] as number[] };
  await db.scoped(
    client.scope,
    async (tx) => {
      for (const [n, { id }] of sample.entries()) {
        const { bare, governed } = must(made[n % made.length], "there are roles");
        const took = {
          bare: await millis(() => tx.rows(bare.sql, bare.values(id))),
          governed: await millis(() => tx.rows(governed.sql, governed.values(id))),
        };
        if (n >= WARM_UP) {
          times.bare.push(took.bare);
          times.governed.push(took.governed);
        }
      }
    },
    { readOnly: true, keepsPlans: true },
  );
  return figure({
    name: `policy.look-up.${customers}`,
    value: median(times.governed),
    unit: "ms",
    limitName: "the bare indexed query",
    limit: median(times.bare),
    ...(customers === STATED_FOR
      ? { target: "≤ 1.25 ×", holds: (_, ratio) => ratio <= 1.25 }
      : undefined),
  });
}

async function millis(work: () => Promise<unknown>): Promise<number> {
  return (await timed(work)).seconds * 1000;
}

/** Puts the policies in force, beside the recipients that applying the example put there. */
async function storePolicies(db: Database, { scope }: Client): Promise<void> {
  await db.scoped(scope, async (tx) => {
    await tx.run("update _definitions set body = null where kind = 'policy'");
    for (const { name, body, sha256 } of policyFiles()) {
      await tx.run(
        `insert into _definitions (kind, name, version, sha256, body, applied_at, applied_by)
         values ('policy', $1, 1, decode($2, 'hex'), $3::jsonb, $4, 'bench')`,
        [name, sha256, JSON.stringify(body), AT],
      );
    }
  });
}

/** Whole searches as the product makes them: policies in force, compiled, looked up, given their forms. */
async function searches(
  db: Database,
  client: Client,
  { policies, sample, customers }: Asked,
): Promise<Figure> {
  const times: number[] = [];
  let found = 0;
  for (const [n, { key }] of sample.slice(0, WARM_UP + SEARCHES).entries()) {
    const role = must(ROLES[n % ROLES.length], "there are roles");
    const recipient = recipientFor(policies, role);
    const { seconds, result } = await timed(() =>
      search(db, client, { recipient, purpose: role[1], text: key }),
    );
    if (n >= WARM_UP) {
      times.push(seconds * 1000);
    }
    found += result.customers.length;
  }
  assert(found > 0, () => "no search found anybody");
  return figure({
    name: `policy.search.${customers}.p99`,
    value: percentile(times, 99),
    unit: "ms",
    limitName: `the median, with ${POLICIES} policies and ${ROLES.length} roles`,
    limit: median(times),
    ...(customers === STATED_FOR
      ? { target: "≤ 20 ms", holds: (value) => value <= 20 }
      : undefined),
  });
}

function search(
  db: Database,
  { scope, catalogue }: Client,
  { text, ...asker }: Pick<SeeingRequest, "recipient" | "purpose"> & { readonly text: string },
) {
  return db.scoped(
    scope,
    async (tx) => {
      const request = { catalogue, ...asker, at: AT, protection: noProtection };
      return await searchCustomers(tx, await openSeeing(tx, request), { text, limit: 20 });
    },
    { readOnly: true, keepsPlans: true },
  );
}

function noProtection(): never {
  throw new InvariantError("nothing is sealed, and there are no pseudonyms");
}
