/** `customer export`: customers into a file, as the asker may have them, with a waybill. */
import { resolve } from "node:path";
import { Command, Option } from "commander";
import { getClient } from "../../../modules/contracts/index.ts";
import { parseAsOf } from "../../../modules/criteria/index.ts";
import { refuseUnclear } from "../../../modules/customers/index.ts";
import { type CarriedOut, exportCustomers } from "../../../modules/distribution/index.ts";
import { fieldsAsked } from "../../../modules/segments/index.ts";
import { legalBasis, type Waybill } from "../../../protocol/waybill/index.ts";
import { deliveryDeps } from "../../delivering.ts";
import { sealedCriteria } from "../../sealing.ts";
import { type AskingOptions, seeAs, withAsking } from "../asking.ts";
import { action, type Invocation } from "../invocation.ts";
import { noteUntold } from "../note-untold.ts";
import { collect } from "../parse.ts";
import { sequenceAfter } from "../sequence-after.ts";
import { renderFacts } from "../table.ts";

export function exportCommand(): Command {
  return withAsking(new Command("export"))
    .description(
      "write customers into a file, as you may have them, with a signed waybill beside it",
    )
    .argument("<client>", "the client's key")
    .requiredOption("--out <file>", "the file to write; it must not exist")
    .addOption(
      new Option("--format <format>", "how it is written")
        .choices(["csv", "jsonl", "parquet"])
        .default("csv"),
    )
    .addOption(new Option("--segment <name>", "only the members of a segment"))
    .addOption(
      new Option("--criteria <criteria>", "only those who meet criteria in CEL").conflicts(
        "segment",
      ),
    )
    .option(
      "--field <name>",
      "only this field; may be given several times, in their order",
      collect,
    )
    .option(
      "--as-of <t>",
      "choose customers as of this instant: RFC 3339, or a day (its beginning)",
    )
    .addOption(
      new Option("--legal-basis <basis>", "on what basis it is used")
        .choices(legalBasis.options)
        .makeOptionMandatory(),
    )
    .option("--erasure-within <duration>", "how soon you must act on an erasure (ISO 8601)", "P30D")
    .addHelpText(
      "after",
      `
Only rows and forms that the recipient may have are written; criteria may look at fields only that it may see in
clear. The file is journalled as a delivery: 'waybill deliveries' has it, and 'waybill verify' checks it.`,
    )
    .action(action(runExport));
}

interface ExportOptions extends AskingOptions {
  readonly out: string;
  readonly format: "csv" | "jsonl" | "parquet";
  readonly segment?: string;
  readonly criteria?: string;
  readonly field?: readonly string[];
  readonly asOf?: string;
  readonly legalBasis: Waybill["legalBasis"];
  readonly erasureWithin: string;
}

async function runExport(
  { open, output, signal }: Invocation,
  key: string,
  options: ExportOptions,
): Promise<void> {
  const context = await open();
  const client = await getClient(context.db, key);
  const { catalogue } = client;
  const criteria =
    options.criteria && (await sealedCriteria(context, client, { criteria: options.criteria }));
  const { segment } = options;
  const { access } = await context.db.scoped(
    client.scope,
    async (tx) => {
      const seeing = await seeAs(tx, context, { ...client, asked: options });
      if (segment !== undefined || criteria !== undefined) {
        refuseUnclear(seeing, await fieldsAsked(tx, catalogue, { segment, criteria }));
      }
      return seeing;
    },
    { readOnly: true },
  );
  const done = await exportCustomers(await deliveryDeps(context), {
    client,
    recipient: access.recipient.recipient,
    purpose: access.purpose,
    legalBasis: options.legalBasis,
    erasureWithin: options.erasureWithin,
    segment,
    criteria,
    fields: options.field,
    file: resolve(options.out),
    format: options.format,
    actor: context.actor,
    asOf: options.asOf === undefined ? undefined : parseAsOf(options.asOf, catalogue.timeZone),
    signal,
  });
  noteUntold({ output }, done);
  await sequenceAfter({ output }, context, client);
  const { sealed, waybillFile, delivery, isJournalled } = done;
  const result = { client: key, delivery, isJournalled, waybill: sealed.document, waybillFile };
  output.result(result, () => renderExport(done, options.out));
}

function renderExport({ sealed: { document }, waybillFile }: CarriedOut, file: string): string {
  const { fields, purpose, recipient, records, payload } = document;
  return renderFacts([
    ["file", file],
    ["records", records.count],
    ["recipient", recipient.name],
    ["purpose", purpose],
    ["fields", fields.map(({ name, forms }) => `${name} (${forms.join(", ")})`).join(", ")],
    ["sha-256", payload.sha256],
    ["waybill", waybillFile],
  ]);
}
