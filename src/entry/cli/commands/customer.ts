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
  type GovernedCustomer,
  type GovernedEvents,
  type GovernedRecord,
  type GovernedValues,
  searchCustomers,
  showCustomer,
} from "../../../modules/customers/index.ts";
import { ConflictError } from "../../../kernel/index.ts";
import { type Form, rankOf } from "../../../modules/policy/index.ts";
import type { Standing } from "../../../modules/resolution/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { askedBy, type AskingOptions, noteAccess, seeAs, withAsking } from "../asking.ts";
import { exportCommand } from "./customer-export.ts";
import type { RecordNames } from "../explanation.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseId, parseLimit } from "../parse.ts";
import { sequenceAfter } from "../sequence-after.ts";
import { type Cell, renderFacts, renderTable, showCell } from "../table.ts";

export function customerCommand(): Command {
  const command = new Command("customer").description("find, show and export customers");
  withAsking(command.command("search"))
    .description("find customers by any identifier or source key, or by the beginnings of names")
    .argument("<client>", "the client's key")
    .argument("<text>", "a key, an e-mail address, a phone number, a name")
    .option("--limit <n>", "at most so many", parseLimit, 20)
    .action(action(search));
  withAsking(command.command("show"))
    .description("what may be seen of one customer, and where it comes from")
    .argument("<client>", "the client's key")
    .argument("<id>", "the customer's id", parseId)
    .option("--history", "with every change: who, when, why and the value before")
    .option("--events <n>", "so many of the newest events of each dataset", parseLimit, 5)
    .action(action(show));
  command.addCommand(exportCommand());
  return command;
}

interface SearchOptions extends AskingOptions {
  readonly limit: number;
}

const search = async (
  { open, output }: Invocation,
  key: string,
  text: string,
  options: SearchOptions,
): Promise<number> => {
  const context = await open();
  const client = await getClient(context.db, key);
  const { found, asked } = await context.db.scoped(client.scope, async (tx) => {
    const seeing = await seeAs(tx, context, { ...client, asked: options });
    const result = await searchCustomers(tx, seeing, { text, limit: options.limit });
    const { by, customers } = result;
    const shown = { act: "search", channel: "searched", by, customers } as const;
    await noteAccess(tx, context, { client, seeing, shown });
    return { found: result, asked: askedBy(seeing) };
  });
  await sequenceAfter({ output }, context, client);
  output.result(
    { client: key, ...asked, matchedBy: found.matchedBy, customers: found.customers },
    () =>
      found.customers.length === 0
        ? nobodyFound(key, asked, found.by)
        : renderTable(found.customers, summaryColumns(client, found.customers)),
  );
  return found.customers.length === 0 ? 4 : 0;
};

function nobodyFound(
  key: string,
  { recipient, purpose }: ReturnType<typeof askedBy>,
  by: readonly string[],
): string {
  const how =
    by.length === 0
      ? `${recipient} may see no field in clear that customers are found by for ${purpose}`
      : `search takes a whole identifier, or the beginning of a name, that ${recipient} may see in clear for ${purpose}`;
  return `nobody found in ${key}; ${how}`;
}

/** The id and the first few fields: identifiers, then names, then the others in the contract's order. */
function summaryColumns(
  client: Client,
  customers: readonly GovernedCustomer[],
): { head: string; cell: (row: GovernedCustomer) => Cell }[] {
  const fields = (customerDataset(client.catalogue)?.fields ?? []).filter(({ name }) =>
    customers.some(({ forms }) => forms[name] !== "absent"),
  );
  const columns = fields
    .toSorted((a, b) => summaryRank(a) - summaryRank(b))
    .slice(0, SUMMARY_FIELDS)
    .map((field) => ({
      head: field.name,
      cell: (row: GovernedCustomer) => valueCell(row.values[field.name]),
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

interface ShowOptions extends AskingOptions {
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
  const client = await getClient(context.db, key);
  const history = options.history === true ? MOST_HISTORY : 0;
  const { view, together, asked } = await context.db.scoped(client.scope, async (tx) => {
    const seeing = await seeAs(tx, context, { ...client, asked: options });
    const seen = await showCustomer(tx, seeing, { id, events: options.events, history });
    const shown = { act: "show", channel: "shown", customers: [formsOfAll(seen)] } as const;
    await noteAccess(tx, context, { client, seeing, shown });
    return { view: seen, together: await togetherOf(tx, client, seen), asked: askedBy(seeing) };
  });
  await sequenceAfter({ output }, context, client);
  output.result({ ...asked, ...view, heldTogetherBy: together.links }, () =>
    renderView(client, { view, together, history: options.history === true }),
  );
};

const MOST_HISTORY = 1000;

/** The forms that a customer's own fields and those of its events were shown in. */
function formsOfAll({ customer, events }: CustomerView): Pick<GovernedCustomer, "id" | "forms"> {
  const ofEvents = events.flatMap(({ dataset, newest }) =>
    newest.flatMap(({ forms }) =>
      Object.entries(forms).map(([field, form]) => [`${dataset}.${field}`, form] as const),
    ),
  );
  const forms: Record<string, Form> = { ...customer.forms };
  for (const [field, form] of ofEvents) {
    forms[field] = mostTelling(forms[field], form);
  }
  return { id: customer.id, forms };
}

function mostTelling(one: Form | undefined, other: Form): Form {
  return one !== undefined && rankOf(one) > rankOf(other) ? one : other;
}

/** The judgements that hold a customer's records together, the weakest first. */
interface Together {
  readonly links: readonly Standing[];
  readonly render: (names: RecordNames) => string;
}

const ALONE: Together = { links: [], render: () => "" };

/**
 * A client never resolved has none. What explains them takes as long to load as all the rest, so customers
 * of one record do without.
 */
async function togetherOf(
  tx: Transaction,
  client: Client,
  { customer, records }: CustomerView,
): Promise<Together> {
  if (records.length < 2) {
    return ALONE;
  }
  const { explainCustomer } = await import("../../../modules/resolution/index.ts");
  const { renderLinks } = await import("../explanation.ts");
  try {
    const { links } = await explainCustomer(tx, client, { customer: customer.id });
    return { links, render: (names) => renderLinks(links, names) };
  } catch (error) {
    if (error instanceof ConflictError && error.code === "never-resolved") {
      return ALONE;
    }
    throw error;
  }
}

function renderView(
  client: Client,
  {
    view,
    together,
    history,
  }: {
    readonly view: CustomerView;
    readonly together: Together;
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
    ...renderTogether(view, together),
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
function renderTogether({ records }: CustomerView, { links, render }: Together): string[] {
  if (records.length < 2) {
    return [];
  }
  const table = renderTable(records, [
    { head: "record", cell: ({ record }) => record.toString() },
    { head: "from", cell: nameOf },
    { head: "intake", cell: ({ intake, line }) => `${intake}:${line}` },
    { head: "stated", cell: ({ statedAt }) => statedAt },
  ]);
  const names = new Map(records.map((each) => [each.record, nameOf(each)]));
  return links.length === 0 ? [table] : [table, render(names)];
}

/** A source record by what may be seen of its name. */
function nameOf({ source, key }: GovernedRecord): string {
  return key === undefined ? source : `${source} ${key}`;
}

/** Fields that are absent are left out: that they exist says the contract. */
function renderFields(client: Client, view: CustomerView): string {
  const { values, forms } = view.customer;
  const records = new Map(view.records.map((record) => [record.record, record]));
  const rows = (customerDataset(client.catalogue)?.fields ?? [])
    .filter(({ name }) => forms[name] !== "absent")
    .map(({ name }) => ({
      field: name,
      value: valueCell(values[name]),
      form: forms[name],
      record: records.get(view.provenance.get(name) ?? -1n),
    }));
  const isMasked = rows.some(({ form }) => form !== "clear");
  return renderTable(rows, [
    { head: "field", cell: (row) => row.field },
    { head: "value", cell: (row) => showCell(row.value) },
    ...(isMasked ? [{ head: "form", cell: (row: (typeof rows)[number]) => row.form }] : []),
    { head: "from", cell: (row) => row.record && nameOf(row.record) },
    { head: "intake", cell: (row) => row.record && `${row.record.intake}:${row.record.line}` },
    { head: "stated", cell: (row) => row.record?.statedAt },
  ]);
}

function renderEvents(client: Client, events: GovernedEvents): string {
  const dataset = client.catalogue.datasets.find(({ name }) => name === events.dataset);
  const fields = (dataset?.fields ?? []).filter(
    ({ name }) => !isSaidElsewhere(dataset, name) && isSeen(events.newest, name),
  );
  const shown = events.newest.length < events.count ? `, the newest ${events.newest.length}` : "";
  const table = renderTable(events.newest, [
    { head: "at", cell: (row) => row.at },
    ...fields.map((field) => ({
      head: field.name,
      cell: (row: GovernedValues) => valueCell(row.values[field.name]),
    })),
  ]);
  return `${events.dataset}: ${events.count}${shown}\n${table}`;
}

function isSeen(rows: readonly GovernedValues[], field: string): boolean {
  return rows.some(({ forms }) => forms[field] !== "absent");
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
