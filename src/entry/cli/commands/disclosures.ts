/** `disclosures …`: who has been sent or shown whom, and proof of it. */
import { Readable } from "node:stream";
import { Command } from "commander";
import { InvalidInputError, NotFoundError } from "../../../kernel/index.ts";
import { type Client, customerDataset, getClient } from "../../../modules/contracts/index.ts";
import {
  type CustomerDisclosure,
  holdingsOf,
  idsOfDelivery,
  issueCustomerReceipt,
  knownRecipients,
  occurrencesOf,
  readDeliverySecret,
  receiptBytes,
  type RecipientHolding,
  showRecord,
  summarise,
} from "../../../modules/distribution/index.ts";
import { erasureOf } from "../../../modules/rights/index.ts";
import { type AskingOptions, noteAccess, seeAs, withAsking } from "../asking.ts";
import { action, type Invocation } from "../invocation.ts";
import { refuseExisting, writeNewFile } from "../new-file.ts";
import { parseId, parseLimit, parseRequestId } from "../parse.ts";
import { sequenceAfter } from "../sequence-after.ts";
import { renderTable } from "../table.ts";

export function disclosuresCommand(): Command {
  const command = withAsking(new Command("disclosures"))
    .description("who has been sent or shown a customer, or what a recipient holds")
    .argument("<client>", "the client's key")
    .argument("[customer]", "the customer's id, or one that was merged into it", parseId)
    .option("--recipient <name>", "what this recipient has been sent and shown")
    .option("--after <id>", "of a recipient: go on behind this customer", parseId)
    .option("--limit <n>", "of a recipient: name so many customers", parseLimit, 20)
    .addHelpText(
      "after",
      `
Give a customer or --recipient. A customer's disclosures are those of every id that its records had.`,
    )
    .action(action(disclosures));
  command
    .command("prove")
    .description("prove to others that a customer was in a delivery, or that it was not")
    .argument("<client>", "the client's key")
    .argument("<customer>", "the id under which it left", parseId)
    .argument("<waybill>", "the waybill's id", parseRequestId)
    .requiredOption("--out <file>", "where the receipt goes; nothing is overwritten")
    .option("--payload <file>", "show what the customer's record said: the payload, as it left")
    .addHelpText(
      "after",
      `
The receipt opens one leaf of the waybill's tree of customers and shows nothing of anybody else:
  waybill verify a.waybill.json --key operator.pem --receipt a.receipt.json --customer 6

With --payload it opens one leaf of the tree of records instead, and has the values of that record:
  waybill verify a.waybill.json --key operator.pem --receipt a.record.json`,
    )
    .action(action(prove));
  return command;
}

interface DisclosureOptions extends AskingOptions {
  readonly recipient?: string;
  readonly after?: bigint;
  readonly limit: number;
}

async function disclosures(
  invocation: Invocation,
  key: string,
  customer: bigint | undefined,
  ...[options]: [DisclosureOptions]
): Promise<void> {
  if ((customer === undefined) === (options.recipient === undefined)) {
    throw new InvalidInputError("usage", "give a customer or --recipient: exactly one of them");
  }
  if (customer !== undefined) {
    await ofCustomer(invocation, key, { customer, asked: options });
  } else if (options.recipient !== undefined) {
    const { recipient, after = 0n, limit } = options;
    await ofRecipient(invocation, key, { recipient, page: { after, limit }, asked: options });
  }
}

/**
 * Noted like any other look at a customer: that somebody's data went to a clinic says something of them.
 * Of somebody who was erased only that it was asked: the ledger has no name for them any more.
 */
async function ofCustomer(
  { open, output }: Invocation,
  key: string,
  { customer, asked }: { readonly customer: bigint; readonly asked: AskingOptions },
): Promise<void> {
  const context = await open();
  const client = await getClient(context.db, key);
  const dataset = customerDataset(client.catalogue);
  const found = await context.db.scoped(client.scope, async (tx) => {
    const seeing = await seeAs(tx, context, { ...client, asked });
    const occurrences = dataset === undefined ? [] : await occurrencesOf(tx, dataset, customer);
    const isErased = (await erasureOf(tx, customer)) !== undefined;
    const about = isErased
      ? { by: [], customers: [] }
      : { customers: [{ id: customer, forms: {} }] };
    const shown = { act: "disclosures", channel: "shown", ...about } as const;
    await noteAccess(tx, context, { client, seeing, shown });
    return summarise(occurrences);
  });
  await sequenceAfter({ output }, context, client);
  output.result({ client: key, customer, disclosures: found }, (columns) =>
    found.length === 0
      ? `customer ${customer} of ${key} was never sent or shown to anybody`
      : renderDisclosures(found, columns),
  );
}

function renderDisclosures(found: readonly CustomerDisclosure[], columns?: number): string {
  return renderTable(
    found,
    [
      { head: "recipient", cell: (row) => row.recipient },
      { head: "purpose", cell: (row) => row.purpose },
      { head: "how", cell: (row) => row.channels.join(", ") },
      { head: "first", cell: (row) => row.first },
      { head: "last", cell: (row) => row.last },
      { head: "times", cell: (row) => row.times },
      { head: "last waybill", cell: (row) => row.waybills[0]?.waybillId },
      { head: "fields", cell: (row) => fieldsText(row.fields) },
    ],
    columns,
  );
}

/** `email, name (partial)`: a form is named where it is not clear. */
function fieldsText(fields: Readonly<Record<string, string | readonly string[]>>): string {
  return Object.entries(fields)
    .map(([name, form]) => {
      const forms = typeof form === "string" ? form : form.join("/");
      return forms === "clear" ? name : `${name} (${forms})`;
    })
    .join(", ");
}

async function ofRecipient(
  { open, output }: Invocation,
  key: string,
  {
    recipient,
    page,
    asked,
  }: {
    readonly recipient: string;
    readonly page: { readonly after: bigint; readonly limit: number };
    readonly asked: AskingOptions;
  },
): Promise<void> {
  const context = await open();
  const client = await getClient(context.db, key);
  const held = await context.db.scoped(
    client.scope,
    async (tx) => {
      const seeing = await seeAs(tx, context, { ...client, asked });
      const shown = { act: "disclosures", channel: "listed", by: [], customers: [] } as const;
      await noteAccess(tx, context, { client, seeing, shown });
      const holdings = await holdingsOf(tx, recipient, page);
      return { ...holdings, known: holdings.customers > 0 ? [] : await knownRecipients(tx) };
    },
    { statementTimeoutMs: 0 },
  );
  await sequenceAfter({ output }, context, client);
  if (held.customers === 0) {
    throw nothingDisclosed(client, recipient, held.known);
  }
  const { holdings, customers, page: ids } = held;
  const next = ids.length < page.limit ? undefined : ids.at(-1);
  output.result({ client: key, recipient, customers, holdings, page: ids, next }, (columns) =>
    [
      `${recipient} has been sent or shown ${customers.toLocaleString("en-US")} customers of ${key}`,
      renderHoldings(holdings, columns),
      `customers: ${ids.join(", ")}${next === undefined ? "" : `\n--after ${next} goes on`}`,
    ].join("\n\n"),
  );
}

function nothingDisclosed(
  client: Client,
  recipient: string,
  known: readonly string[],
): NotFoundError {
  return new NotFoundError(
    "nothing-disclosed",
    `nothing of ${client.key} was ever sent or shown to ${recipient}`,
    {
      hint:
        known.length === 0
          ? "nor to anybody else"
          : `something was sent or shown to ${known.join(", ")}`,
    },
  );
}

function renderHoldings(holdings: readonly RecipientHolding[], columns?: number): string {
  return renderTable(
    holdings,
    [
      { head: "purpose", cell: (row) => row.purpose },
      { head: "customers", cell: (row) => row.customers },
      { head: "times", cell: (row) => row.times },
      { head: "first", cell: (row) => row.first },
      { head: "last", cell: (row) => row.last },
      { head: "fields", cell: (row) => fieldsText(row.fields) },
    ],
    columns,
  );
}

async function prove(
  { open, output }: Invocation,
  key: string,
  customer: bigint,
  ...[waybillId, { out, payload }]: [string, { readonly out: string; readonly payload?: string }]
): Promise<void> {
  await refuseExisting(out);
  const { db } = await open();
  const { scope } = await getClient(db, key);
  if (payload !== undefined) {
    const receipt = await showRecord(db, scope, { waybillId, customer, payload });
    await writeNewFile(out, Readable.from([receiptBytes(receipt)]));
    const { index } = receipt;
    output.result(
      { client: key, customer, waybillId, wasIn: true, index, out },
      () => `${out}: record ${index} of the delivery, that of customer ${customer}`,
    );
    return;
  }
  const secret = await readDeliverySecret(db, scope, waybillId);
  const customers = await db.scoped(scope, (tx) => idsOfDelivery(tx, waybillId), {
    readOnly: true,
  });
  const receipt = await issueCustomerReceipt({ waybillId, secret, customers, customer });
  await writeNewFile(out, Readable.from([receiptBytes(receipt)]));
  const wasIn = customers.includes(customer);
  output.result({ client: key, customer, waybillId, wasIn, out }, () =>
    wasIn
      ? `${out}: customer ${customer} was in the delivery`
      : `${out}: customer ${customer} was not in the delivery`,
  );
}
