import { Command } from "commander";
import {
  type Client,
  customerDataset,
  type Dataset,
  type Field,
  getClient,
} from "../../../modules/contracts/index.ts";
import {
  type CustomerView,
  type GoldenRow,
  searchCustomers,
  showCustomer,
} from "../../../modules/customers/index.ts";
import { recordInLedger } from "../../../modules/ledger/index.ts";
import { ConflictError } from "../../../kernel/index.ts";
import { explainCustomer, type Standing } from "../../../modules/resolution/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { openSubjects } from "../../ledgers.ts";
import { renderLinks } from "../explanation.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseId, parseLimit } from "../parse.ts";
import { sequenceAfter } from "../sequence-after.ts";
import { type Cell, renderFacts, renderTable, showCell } from "../table.ts";

export function customerCommand(): Command {
  const command = new Command("customer").description("find and show customers");
  command
    .command("search")
    .description("find customers by any identifier or source key, or by the beginnings of names")
    .argument("<client>", "the client's key")
    .argument("<text>", "a key, an e-mail address, a phone number, a name")
    .option("--limit <n>", "at most so many", parseLimit, 20)
    .action(action(search));
  command
    .command("show")
    .description("everything that is known of one customer, and where it comes from")
    .argument("<client>", "the client's key")
    .argument("<id>", "the customer's id", parseId)
    .option("--history", "with every change: who, when, why and the value before")
    .option("--events <n>", "so many of the newest events of each dataset", parseLimit, 5)
    .action(action(show));
  return command;
}

interface SearchOptions {
  readonly limit: number;
}

const search = async (
  { open, output }: Invocation,
  key: string,
  text: string,
  options: SearchOptions,
): Promise<number> => {
  const { db } = await open();
  const client = await getClient(db, key);
  const found = await db.scoped(
    client.scope,
    (tx) => searchCustomers(tx, client.catalogue, { text, limit: options.limit }),
    { readOnly: true },
  );
  output.result({ client: key, matchedBy: found.matchedBy, customers: found.customers }, () =>
    found.customers.length === 0
      ? `nobody found in ${key}; search takes a whole identifier, or the beginning of a name`
      : renderTable(found.customers, summaryColumns(client)),
  );
  return found.customers.length === 0 ? 4 : 0;
};

/** The id and the first few fields: identifiers, then names, then the others in the contract's order. */
function summaryColumns(client: Client): { head: string; cell: (row: GoldenRow) => Cell }[] {
  const fields = [...(customerDataset(client.catalogue)?.fields ?? [])];
  fields.sort((a, b) => summaryRank(a) - summaryRank(b));
  const columns = fields.slice(0, SUMMARY_FIELDS).map((field) => ({
    head: field.name,
    cell: (row: GoldenRow) => valueCell(row.values[field.name]),
  }));
  return [{ head: "id", cell: (row) => row.id.toString() }, ...columns];
}

const SUMMARY_FIELDS = 5;

function summaryRank({ identifier, normaliser }: Field): number {
  if (identifier) {
    return 0;
  }
  return normaliser === "person-name" || normaliser === "company-name" ? 1 : 2;
}

function valueCell(value: unknown): Cell {
  if (Array.isArray(value)) {
    return value.join(", ");
  }
  return value as Cell;
}

interface ShowOptions {
  readonly history?: boolean;
  readonly events: number;
}

/** Nothing is shown before it is in the ledger that it was: both are one transaction. */
const show = async (
  { open, output }: Invocation,
  key: string,
  id: bigint,
  options: ShowOptions,
): Promise<void> => {
  const context = await open();
  const { db, clock, actor } = context;
  const client = await getClient(db, key);
  const { subjectCommitment } = await openSubjects(context, key);
  const history = options.history === true ? 1000 : 0;
  const { view, links } = await db.scoped(client.scope, async (tx) => {
    const shown = await showCustomer(tx, client.catalogue, { id, events: options.events, history });
    const about = subjectCommitment(shown.customer.id);
    const at = clock.now().toISOString();
    await recordInLedger(tx, [{ version: "1", kind: "customer-shown", at, actor, about }]);
    return { view: shown, links: await linksOf(tx, client, shown) };
  });
  await sequenceAfter({ output }, context, client);
  output.result({ ...view, heldTogetherBy: links }, () =>
    renderView(client, { view, links, history: options.history === true }),
  );
};

/** The judgements that hold its records together, the weakest first. A client never resolved has none. */
async function linksOf(
  tx: Transaction,
  client: Client,
  { customer, records }: CustomerView,
): Promise<readonly Standing[]> {
  if (records.length < 2) {
    return [];
  }
  try {
    return (await explainCustomer(tx, client, { customer: customer.id })).links;
  } catch (error) {
    if (error instanceof ConflictError && error.code === "never-resolved") {
      return [];
    }
    throw error;
  }
}

function renderView(
  client: Client,
  {
    view,
    links,
    history,
  }: {
    readonly view: CustomerView;
    readonly links: readonly Standing[];
    readonly history: boolean;
  },
): string {
  const { customer, redirectedFrom } = view;
  const parts = [
    ...(redirectedFrom === undefined
      ? []
      : [
          `customer ${redirectedFrom.oldId} was merged into ${customer.id} on ${showCell(redirectedFrom.mergedAt)}`,
        ]),
    renderIdentity(client, view),
    renderFields(client, view),
    ...renderTogether(view, links),
    ...view.events.filter((each) => each.count > 0).map((each) => renderEvents(client, each)),
  ];
  if (history) {
    parts.push(renderHistory(view));
  }
  return parts.join("\n\n");
}

function renderIdentity(client: Client, { customer, formerIds }: CustomerView): string {
  const facts: (readonly [string, Cell])[] = [
    ["client", client.key],
    ["customer", customer.id.toString()],
    ["version", customer.version],
    ["created", customer.createdAt],
    ["updated", customer.updatedAt],
  ];
  if (formerIds.length > 0) {
    facts.push(["former ids", formerIds.map(({ oldId }) => oldId).join(", ")]);
  }
  return renderFacts(facts);
}

/** A customer of several records: which, and what makes them one. */
function renderTogether({ records }: CustomerView, links: readonly Standing[]): string[] {
  if (records.length < 2) {
    return [];
  }
  const table = renderTable(records, [
    { head: "record", cell: ({ record }) => record.toString() },
    { head: "from", cell: ({ source, key }) => `${source} ${key}` },
    { head: "intake", cell: ({ intake, line }) => `${intake}:${line}` },
    { head: "stated", cell: ({ statedAt }) => statedAt },
  ]);
  const names = new Map(records.map(({ record, source, key }) => [record, `${source} ${key}`]));
  return links.length === 0 ? [table] : [table, renderLinks(links, names)];
}

function renderFields(client: Client, view: CustomerView): string {
  const records = new Map(view.records.map((record) => [record.record, record]));
  const rows = (customerDataset(client.catalogue)?.fields ?? []).map((field) => ({
    field: field.name,
    value: valueCell(view.customer.values[field.name]),
    record: records.get(view.provenance.get(field.name) ?? -1n),
  }));
  return renderTable(rows, [
    { head: "field", cell: (row) => row.field },
    { head: "value", cell: (row) => showCell(row.value) },
    { head: "from", cell: (row) => row.record && `${row.record.source} ${row.record.key}` },
    { head: "intake", cell: (row) => row.record && `${row.record.intake}:${row.record.line}` },
    { head: "stated", cell: (row) => row.record?.statedAt },
  ]);
}

function renderEvents(client: Client, events: CustomerView["events"][number]): string {
  const dataset = client.catalogue.datasets.find(({ name }) => name === events.dataset);
  const fields = (dataset?.fields ?? []).filter(({ name }) => !isSaidElsewhere(dataset, name));
  const shown = events.newest.length < events.count ? `, the newest ${events.newest.length}` : "";
  const table = renderTable(events.newest, [
    { head: "at", cell: (row) => row.at },
    ...fields.map((field) => ({
      head: field.name,
      cell: (row: (typeof events.newest)[number]) => valueCell(row.values[field.name]),
    })),
  ]);
  return `${events.dataset}: ${events.count}${shown}\n${table}`;
}

/** When an event happened stands in the first column, and whose it is above the table. */
function isSaidElsewhere(dataset: Dataset | undefined, field: string): boolean {
  return (
    dataset?.kind === "event" && (dataset.eventTime === field || dataset.subject.field === field)
  );
}

function renderHistory(view: CustomerView): string {
  if (view.history.length === 0) {
    return "history: nothing has changed since the customer was created";
  }
  return renderTable(view.history, [
    { head: "change", cell: (row) => row.change.toString() },
    { head: "at", cell: (row) => row.at },
    { head: "of", cell: (row) => row.dataset },
    { head: "field", cell: (row) => (row.field === "_records" ? "records" : row.field) },
    { head: "before", cell: (row) => row.before },
    { head: "after", cell: (row) => row.after },
    { head: "who", cell: (row) => row.actor },
    {
      head: "why",
      cell: (row) => row.reason ?? (row.intake && `intake ${row.intake} (${row.origin ?? ""})`),
    },
  ]);
}
