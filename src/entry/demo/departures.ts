/** The end of the demo: what left, and whether that can be proven. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { must } from "../../kernel/index.ts";
import type { Client } from "../../modules/contracts/index.ts";
import {
  deliver,
  type DeliveryReport,
  type Verification,
  payloadAt,
  verifyWaybill,
} from "../../modules/distribution/index.ts";
import { renderTable } from "../cli/table.ts";
import type { Context } from "../context.ts";
import { deliveryDeps } from "../delivering.ts";
import type { Story } from "./story.ts";

/** Routes into folders; the ones to webhooks need somebody who listens. */
const ROUTES: readonly (readonly [client: string, route: string])[] = [
  ["telecom", "retention-list"],
  ["telecom", "churn-report"],
  ["health", "bronchitis-figures"],
];

export async function tellDeliveries(
  story: Story,
  context: Context,
  { clients, signal }: { readonly clients: readonly Client[]; readonly signal: AbortSignal },
): Promise<DeliveryReport> {
  story.chapter("What left");
  story.say(
    "Data leaves by routes only: the fields named and no others, to a recipient with an agreement in force, for a purpose of the contract. Each delivery writes its waybill beside it.",
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
      { head: "fields", cell: (row) => row.waybill?.fields.length },
      { head: "format", cell: (row) => row.waybill?.payload.format },
    ]),
  );
  return must(reports[0], "the demo has routes");
}

export async function tellProof(story: Story, delivery: DeliveryReport): Promise<string> {
  story.chapter("Whether that can be proven");
  const file = must(delivery.waybillFile, "a delivery has a waybill");
  story.say(`The recipient checks the waybill and the bytes with the public key alone: ${file}`);
  story.show(renderChecks(await judge(file, delivery)));
  const folder = await mkdtemp(join(tmpdir(), "waybill-demo-"));
  try {
    await cp(dirname(file), folder, { recursive: true });
    const copy = join(folder, basename(file));
    const payload = must(delivery.waybill, "a delivery has a waybill").payload.file;
    await tamper(join(folder, payload));
    story.say("Now one digit of the delivered file is changed, in a copy:");
    story.show(renderChecks(await judge(copy, delivery), "failed"));
    await cp(join(dirname(file), payload), join(folder, payload));
    await writeFile(copy, (await readFile(copy, "utf8")).replace('"purpose": "', '"purpose": "x.'));
    story.say("And the purpose on the waybill:");
    story.show(renderChecks(await judge(copy, delivery), "failed"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return file;
}

async function judge(file: string, { waybill }: DeliveryReport): Promise<Verification> {
  const payload = join(dirname(file), must(waybill, "a delivery has a waybill").payload.file);
  return verifyWaybill({ waybillBytes: await readFile(file), payload: payloadAt(payload) });
}

function renderChecks(verification: Verification, only?: "failed"): string {
  const checks = verification.checks.filter((check) =>
    only === undefined ? check.outcome !== "skipped" : check.outcome === only,
  );
  const table = renderTable(checks, [
    { head: "check", cell: (row) => row.name },
    { head: "", cell: (row) => (row.outcome === "passed" ? "ok" : "FAILED") },
    { head: "found", cell: (row) => row.detail },
  ]);
  return `${table}\n\n${verification.ok ? "accepted" : "refused"}`;
}

/** Changes the last digit of a file. */
async function tamper(file: string): Promise<void> {
  const bytes = await readFile(file);
  const at = bytes.findLastIndex((byte) => byte >= 0x30 && byte <= 0x38);
  bytes[at] = must(bytes[at], "the payload has a digit") + 1;
  await writeFile(file, bytes);
}
