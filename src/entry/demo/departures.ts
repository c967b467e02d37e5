/** The end of the demo: what left, and whether that can be proven. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { must } from "../../kernel/index.ts";
import type { Client } from "../../modules/contracts/index.ts";
import { deliver, type DeliveryReport } from "../../modules/distribution/index.ts";
import type { Waybill } from "../../protocol/waybill/index.ts";
import { renderTable } from "../cli/table.ts";
import type { Context } from "../context.ts";
import { deliveryDeps } from "../delivering.ts";
import { Auditor, proofAbout, renderVerdict } from "./auditor.ts";
import type { Story } from "./story.ts";

/** Routes into folders; the ones to webhooks need somebody who listens. */
const ROUTES: readonly (readonly [client: string, route: string])[] = [
  ["telecom", "retention-list"],
  ["telecom", "churn-report"],
  ["health", "bronchitis-figures"],
  ["health", "north-west-visits"],
];

export async function tellDeliveries(
  story: Story,
  context: Context,
  { clients, signal }: { readonly clients: readonly Client[]; readonly signal: AbortSignal },
): Promise<readonly DeliveryReport[]> {
  story.chapter("What left");
  story.say(
    "Data leaves by routes only: the fields named and no others, to a recipient with an agreement in force, for a purpose of the contract, in the forms that the policies give. Each delivery writes its waybill beside it.",
  );
  const deps = await deliveryDeps(context);
  const reports: DeliveryReport[] = [];
  for (const [key, route] of ROUTES) {
    const client = must(
      clients.find((each) => each.key === key),
      "every route is of a client of the demo",
    );
    const { actor } = context;
    reports.push(await deliver(deps, { client, route, actor, signal }));
  }
  story.show(
    renderTable(reports, [
      { head: "route", cell: (row) => row.route },
      { head: "records", cell: (row) => row.records },
      { head: "to", cell: (row) => row.waybill?.recipient.name },
      { head: "in", cell: (row) => row.waybill?.recipient.jurisdiction },
      { head: "purpose", cell: (row) => row.waybill?.purpose },
      { head: "fields", cell: (row) => row.waybill && formsOf(row.waybill) },
      { head: "format", cell: (row) => row.waybill?.payload.format },
    ]),
  );
  return reports;
}

/** `4 clear, 1 pseudonym` */
function formsOf({ fields }: Waybill): string {
  const forms = Map.groupBy(fields, ({ forms: [form = "absent"] }) => form);
  return [...forms].map(([form, { length }]) => `${length} ${form}`).join(", ");
}

/** What the proof of a delivery is about. */
interface Proving {
  readonly client: Client;
  readonly delivery: DeliveryReport;
}

export async function tellProof(
  story: Story,
  context: Context,
  { client, delivery }: Proving,
): Promise<string> {
  story.chapter("Whether that can be proven");
  const waybillFile = must(delivery.waybillFile, "a delivery has a waybill");
  const { waybillId, payload } = must(delivery.waybill, "a delivery has a waybill");
  await using auditor = await Auditor.arrive(context, client);
  const waybill = await auditor.receiveDelivery(waybillFile, payload.file);
  await auditor.receive("ledger.tlog-proof", await proofAbout(context, client, waybillId));
  story.say(
    `An auditor has no Waybill, only five files in a folder: waybill, payload, the operator's public key, a proof that the ledger tells of the delivery, and one program in one file, waybill-verify.mjs, that judges them with Node alone:`,
  );
  const proof = ["--proof", "ledger.tlog-proof"];
  story.show(renderVerdict(await auditor.verify(waybill, proof)));
  await spoil(join(auditor.folder, payload.file), lastDigitUp);
  story.say("Now one digit of the delivered file is changed:");
  story.show(renderVerdict(await auditor.verify(waybill), "failed"));
  await auditor.receiveDelivery(waybillFile, payload.file);
  await spoil(join(auditor.folder, waybill), anotherPurpose);
  story.say("And the purpose on the waybill:");
  story.show(renderVerdict(await auditor.verify(waybill, proof), "failed"));
  return waybillFile;
}

async function spoil(file: string, change: (bytes: Buffer) => Uint8Array): Promise<void> {
  await writeFile(file, change(await readFile(file)));
}

function lastDigitUp(bytes: Buffer): Buffer {
  const at = bytes.findLastIndex((byte) => byte >= 0x30 && byte <= 0x38);
  bytes[at] = must(bytes[at], "the payload has a digit") + 1;
  return bytes;
}

function anotherPurpose(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString("utf8").replace('"purpose": "', '"purpose": "x.'));
}
