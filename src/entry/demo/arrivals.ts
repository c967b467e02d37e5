/** The first half of the demo: what was agreed, what arrived, what was refused, who was known already. */
import { createReadStream } from "node:fs";
import { basename, join } from "node:path";
import { must } from "../../kernel/index.ts";
import {
  applyFolder,
  type Client,
  customerDataset,
  getClient,
  readFolder,
} from "../../modules/contracts/index.ts";
import { sharedCustomers, showCustomer } from "../../modules/customers/index.ts";
import { importInput, type ImportReport, quarantineSummary } from "../../modules/intake/index.ts";
import { settleSegments } from "../../modules/segments/index.ts";
import { noteAccess, seeAs } from "../cli/asking.ts";
import { renderTable } from "../cli/table.ts";
import type { Context } from "../context.ts";
import { definitionChecks } from "../definition-checks.ts";
import { sealedFolder } from "../sealing.ts";
import { generate, type GeneratedClient } from "../generator/index.ts";
import type { Story } from "./story.ts";

export interface DemoOptions {
  /** Customers of the largest client; the others have fewer. */
  readonly customers: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** What is generated for a client, and the datasets its files belong to in the order of their arrival. */
interface DemoClient {
  readonly key: GeneratedClient;
  readonly share: number;
  readonly files: readonly (readonly [file: string, dataset: string])[];
}

/** Events come before the patients they belong to, to show that they wait. */
export const DEMO_CLIENTS: readonly DemoClient[] = [
  {
    key: "telecom",
    share: 1,
    files: [
      ["billing.csv", "customers"],
      ["crm_contacts.csv", "customers"],
      ["calls.csv", "calls"],
      ["tickets.csv", "tickets"],
    ],
  },
  {
    key: "retail",
    share: 0.6,
    files: [
      ["orders.txt", "orders"],
      ["profiles.csv", "customers"],
      ["answers.csv", "answers"],
    ],
  },
  {
    key: "freight",
    share: 0.3,
    files: [
      ["accounts.csv", "accounts"],
      ["contacts.csv", "customers"],
      ["shipments.csv", "shipments"],
      ["tickets.csv", "tickets"],
      ["calls.csv", "calls"],
    ],
  },
  {
    key: "health",
    share: 0.1,
    files: [
      ["conditions.csv", "conditions"],
      ["patients.csv", "customers"],
      ["medications.csv", "medications"],
      ["immunizations.csv", "immunizations"],
      ["careplans.csv", "careplans"],
    ],
  },
];

/** The folder of the example clients in the package. */
const EXAMPLES = join(import.meta.dirname, "..", "..", "..", "examples");

export async function tellContracts(story: Story, context: Context): Promise<Client[]> {
  story.chapter("What was agreed");
  story.say(
    "Four companies have given their customers' records into this operator's hands. Each is a folder of files: a contract, where records come from, who belongs together, who may have what. Applying a folder makes a schema with two roles of its own; one client's role cannot see another's tables.",
  );
  const clients: Client[] = [];
  for (const { key } of DEMO_CLIENTS) {
    const folder = await sealedFolder(context, await readFolder(join(EXAMPLES, key)));
    const { actor, clock } = context;
    await applyFolder(context.db, folder, definitionChecks(), { actor, clock, allow: [] });
    const client = await getClient(context.db, key);
    await settleSegments({ db: context.db, ...client }, { actor, clock });
    clients.push(client);
  }
  story.show(
    renderTable(clients, [
      { head: "client", cell: (row) => row.key },
      {
        head: "contract",
        cell: (row) => `${row.catalogue.contractId} ${row.catalogue.contractVersion}`,
      },
      {
        head: "datasets",
        cell: (row) => row.catalogue.datasets.map((each) => each.name).join(", "),
      },
    ]),
  );
  return clients;
}

export async function tellArrivals(
  story: Story,
  context: Context,
  { clients, options }: { readonly clients: readonly Client[]; readonly options: DemoOptions },
): Promise<void> {
  story.chapter("What arrived");
  story.say(
    `Files of invented people, made from seed ${options.seed}, in the layout of the published ones, with the mistakes that people make. Each file is published as a whole or not at all.`,
  );
  const reports: { readonly report: ImportReport; readonly seconds: number }[] = [];
  for (const { key, share, files } of DEMO_CLIENTS) {
    const client = must(
      clients.find((each) => each.key === key),
      "every client of the demo was applied",
    );
    const out = join(context.dataDir, "demo", key);
    const customers = Math.ceil(options.customers * share);
    const { seed, signal } = options;
    // Histories end today, so that windows that look back from now have something to see.
    const until = context.clock.now();
    await generate({ client: key, customers, seed, out, until, signal });
    for (const [file, dataset] of files) {
      reports.push(await arrive(context, { client, dataset, path: join(out, file), signal }));
    }
  }
  story.show(
    renderTable(reports, [
      { head: "client", cell: ({ report }) => report.client },
      { head: "file", cell: ({ report }) => report.origin },
      { head: "rows", cell: ({ report }) => report.read },
      { head: "new", cell: ({ report }) => report.accepted },
      { head: "changed", cell: ({ report }) => report.changed },
      { head: "known", cell: ({ report }) => report.unchanged },
      { head: "refused", cell: ({ report }) => report.quarantined },
      { head: "waiting", cell: ({ report }) => (report.waiting === 0 ? "" : report.waiting) },
      { head: "attached", cell: ({ report }) => (report.attached === 0 ? "" : report.attached) },
      { head: "rows/s", cell: ({ report, seconds }) => Math.round(report.read / seconds) },
    ]),
  );
  story.say(
    "Every row is accounted for: new, changed, known already, or refused. Events whose customer was not there yet waited, and were attached when the customer arrived.",
  );
}

async function arrive(
  context: Context,
  input: {
    readonly client: Client;
    readonly dataset: string;
    readonly path: string;
    readonly signal: AbortSignal;
  },
): Promise<{ readonly report: ImportReport; readonly seconds: number }> {
  const start = performance.now();
  const report = await importInput(context, {
    client: input.client,
    dataset: input.dataset,
    input: createReadStream(input.path, { highWaterMark: 1024 * 1024 }),
    origin: basename(input.path),
    expected: { sums: {} },
    actor: context.actor,
    dryRun: false,
    signal: input.signal,
    onProgress: () => {},
    onNote: () => {},
  });
  return { report, seconds: (performance.now() - start) / 1000 };
}

export async function tellRefusals(
  story: Story,
  context: Context,
  clients: readonly Client[],
): Promise<void> {
  story.chapter("What was refused, and why");
  const groups = [];
  for (const client of clients) {
    const found = await quarantineSummary(context.db, client);
    groups.push(...found.slice(0, 4).map((group) => ({ client: client.key, ...group })));
  }
  story.say(
    "Refused rows wait in quarantine with the rule, the field, the reason and their original bytes; after the source or the contract is mended, they are read again. The commonest reasons:",
  );
  story.show(
    renderTable(groups, [
      { head: "client", cell: (row) => row.client },
      { head: "file", cell: (row) => row.origin },
      { head: "rows", cell: (row) => row.rows },
      { head: "field", cell: (row) => row.field },
      { head: "reason", cell: (row) => row.message },
    ]),
  );
}

/** Fields shown of each record: enough to see that both have their share. */
const MOST_FIELDS = 6;

export async function tellIdentity(story: Story, context: Context, telecom: Client): Promise<void> {
  story.chapter("Who was known already");
  const dataset = customerDataset(telecom.catalogue);
  const shared = await context.db.scoped(
    telecom.scope,
    (tx) => sharedCustomers(tx, telecom.catalogue),
    { readOnly: true },
  );
  story.say(
    `Billing and the CRM of the telecom company know the same people under different numbers. ${shared.customers.toLocaleString("en-US")} customers have more than one record, by a shared customer number or e-mail address; each field of such a customer is chosen from its records by the contract's rule. One of them:`,
  );
  if (shared.example === undefined || dataset === undefined) {
    return;
  }
  const id = shared.example;
  const view = await context.db.scoped(telecom.scope, async (tx) => {
    const seeing = await seeAs(tx, context, { ...telecom, asked: {} });
    const seen = await showCustomer(tx, seeing, { id, events: 0, history: 0 });
    const shown = { act: "show", channel: "shown", customers: [seen.customer] } as const;
    await noteAccess(tx, context, { client: telecom, seeing, shown });
    return seen;
  });
  const records = new Map(view.records.map((record) => [record.record, record]));
  const shown = view.records.flatMap((record) =>
    dataset.fields
      .filter((field) => view.provenance.get(field.name) === record.record)
      .slice(0, MOST_FIELDS),
  );
  story.show(
    renderTable(shown, [
      { head: "field", cell: (field) => field.name },
      { head: "value", cell: (field) => String(view.customer.values[field.name]) },
      {
        head: "from",
        cell: (field) => {
          const record = records.get(view.provenance.get(field.name) ?? -1n);
          return record && `${record.source} ${record.key ?? ""}, line ${record.line}`;
        },
      },
    ]),
  );
}
