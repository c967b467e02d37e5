import { Command, Option } from "commander";
import { getClient } from "../../../modules/contracts/index.ts";
import { parseAsOf } from "../../../modules/criteria/index.ts";
import {
  deliver,
  type DeliveryReport,
  listDeliveries,
} from "../../../modules/distribution/index.ts";
import { deliveryDeps } from "../../delivering.ts";
import { enqueueDelivery } from "../../worker/enqueue.ts";
import { action, type Invocation } from "../invocation.ts";
import { renderEnqueued } from "./jobs.ts";
import { noteUntold } from "../note-untold.ts";
import { parseId, parseLimit } from "../parse.ts";
import { sequenceAfter } from "../sequence-after.ts";
import { type Cell, renderFacts, renderTable } from "../table.ts";

export function deliverCommand(): Command {
  return new Command("deliver")
    .description("deliver what a route says, with a signed waybill")
    .argument("<client>", "the client's key")
    .argument("<route>", "the route's name")
    .option(
      "--as-of <t>",
      "choose customers as of this instant: RFC 3339, or a day (its beginning)",
    )
    .addOption(
      new Option("--dry-run", "read and count, write nothing and tell nobody").conflicts(
        "background",
      ),
    )
    .addOption(
      new Option("--background", "let 'waybill serve' do it, and return at once").conflicts("asOf"),
    )
    .action(action(runDeliver));
}

export function deliveriesCommand(): Command {
  return new Command("deliveries")
    .description("what left, newest first")
    .argument("<client>", "the client's key")
    .option("--limit <n>", "at most so many", parseLimit, 20)
    .option("--before <delivery>", "go on behind this one", parseId)
    .action(action(list));
}

interface Options {
  readonly asOf?: string;
  readonly dryRun?: boolean;
  readonly background?: boolean;
}

async function runDeliver(
  { open, output, signal }: Invocation,
  key: string,
  route: string,
  options: Options,
): Promise<void> {
  const context = await open();
  if (options.background === true) {
    const job = await enqueueDelivery(context, { client: key, route });
    output.result({ jobs: [job] }, () => renderEnqueued([job]));
    return;
  }
  const client = await getClient(context.db, key);
  const report = await deliver(await deliveryDeps(context), {
    client,
    route,
    actor: context.actor,
    asOf:
      options.asOf === undefined ? undefined : parseAsOf(options.asOf, client.catalogue.timeZone),
    signal,
    dryRun: options.dryRun === true,
  });
  noteUntold({ output }, report);
  await sequenceAfter({ output }, context, client);
  output.result(report, () => renderDelivery(report));
}

export function renderDelivery(report: DeliveryReport): string {
  const { waybill } = report;
  const facts: (readonly [string, Cell])[] = [
    ["route", report.route],
    ["state", report.state === "dry-run" ? "a dry run: nothing left" : report.state],
    ["destination", report.destination],
    ["as of", report.asOf],
    ["records", report.records],
  ];
  for (const [field, total] of Object.entries(report.totals)) {
    facts.push([`total of ${field}`, total]);
  }
  if (waybill !== undefined) {
    facts.push(
      ["recipient", `${waybill.recipient.name} (${waybill.recipient.jurisdiction})`],
      ["purpose", waybill.purpose],
      ["fields", waybill.fields.map((field) => field.name).join(", ")],
      ["payload", waybill.payload.file],
      ["sha-256", waybill.payload.sha256],
      ["waybill", report.waybillFile],
    );
  }
  return renderFacts(facts);
}

async function list(
  { open, output }: Invocation,
  key: string,
  options: { readonly limit: number; readonly before?: bigint },
): Promise<void> {
  const { db } = await open();
  const client = await getClient(db, key);
  const deliveries = await listDeliveries(db, client.scope, options);
  output.result({ client: key, deliveries }, () =>
    deliveries.length === 0
      ? `nothing of ${key} has left yet; deliver with: waybill deliver ${key} ROUTE`
      : renderTable(deliveries, [
          { head: "delivery", cell: (row) => row.delivery.toString() },
          { head: "route", cell: (row) => row.route },
          { head: "destination", cell: (row) => row.destination },
          { head: "state", cell: (row) => row.state },
          { head: "records", cell: (row) => row.records },
          { head: "started", cell: (row) => row.startedAt },
          { head: "by", cell: (row) => row.actor },
        ]),
  );
}
