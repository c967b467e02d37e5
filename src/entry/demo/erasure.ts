/** The end of the demo: somebody asks to be erased, and is, everywhere; and the ledger still stands. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { must } from "../../kernel/index.ts";
import { type Client, customerDataset } from "../../modules/contracts/index.ts";
import { readCustomer, showCustomer } from "../../modules/customers/index.ts";
import { type DeliveryReport, idsOfDelivery } from "../../modules/distribution/index.ts";
import { readableJson, sha256 } from "../../modules/ledger/index.ts";
import { shredded } from "../../modules/protection/index.ts";
import {
  certify,
  destroyKeys,
  eraseData,
  prepareErasure,
  requestStatus,
  sendNotices,
  settleObligation,
  type ShownObligation,
} from "../../modules/rights/index.ts";
import { followClient } from "../../modules/segments/index.ts";
import { noteAccess, seeAs } from "../cli/asking.ts";
import { renderFacts, renderTable } from "../cli/table.ts";
import type { Context } from "../context.ts";
import { openRights, type Rights } from "../rights.ts";
import { Auditor, proofAbout, renderVerdict } from "./auditor.ts";
import type { Story } from "./story.ts";

interface Telling {
  readonly health: Client;
  /** Deliveries of that client; of a customer who is in all of them there is the most to erase. */
  readonly deliveries: readonly DeliveryReport[];
  readonly signal: AbortSignal;
}

/** @returns where the certificate lies */
export async function tellErasure(
  story: Story,
  context: Context,
  telling: Telling,
): Promise<string | undefined> {
  const { health, signal } = telling;
  story.chapter("Erased, everywhere");
  const patient = await choosePatient(context, telling);
  if (patient === undefined) {
    story.say(
      "With so few customers nobody was sent anywhere, so there is nobody to show it with.",
    );
    return undefined;
  }
  const sealed = await tellSealed(story, context, { health, patient });
  const rights = await openRights(context, health);
  const { request, opening } = await erase(story, context, { rights, patient, signal });
  await tellObligations(story, context, { rights, request });
  const opener = await rights.deps.protection.opener([sealed.bytes]);
  const copy = opener.open({ dataset: sealed.dataset, field: sealed.field }, sealed.bytes);
  story.say(
    `And the copies in backups? Those bytes of ${sealed.field} that lay in the table are in every backup of yesterday. Put back and opened, they say: ${copy === shredded ? "the key of this person was destroyed" : "what they said before"}.`,
  );
  return await tellCertificate(story, context, { rights, request, opening });
}

/** Somebody who was sent to as many recipients as possible. */
async function choosePatient(
  context: Context,
  { health, deliveries }: Telling,
): Promise<bigint | undefined> {
  const sent: bigint[][] = [];
  for (const { waybill } of deliveries) {
    const { waybillId } = must(waybill, "a delivery has a waybill");
    sent.push(
      await context.db.scoped(health.scope, (tx) => idsOfDelivery(tx, waybillId), {
        readOnly: true,
      }),
    );
  }
  const everybody = sent.flat();
  return everybody.find((id) => sent.every((ids) => ids.includes(id))) ?? everybody[0];
}

/** A sealed value as it lies in the table. */
interface SealedValue {
  readonly dataset: string;
  readonly field: string;
  readonly bytes: Buffer;
}

interface Subject {
  readonly health: Client;
  readonly patient: bigint;
}

async function tellSealed(
  story: Story,
  context: Context,
  { health, patient }: Subject,
): Promise<SealedValue> {
  const dataset = must(customerDataset(health.catalogue), "the practice has patients");
  const { sealed, shown } = await context.db.scoped(health.scope, async (tx) => {
    const options = { id: patient, events: 0, history: 0 };
    const { values } = (await readCustomer(tx, health.catalogue, options)).customer;
    const [found] = dataset.fields.flatMap(({ name }) => {
      const bytes = values[name];
      return Buffer.isBuffer(bytes) ? [{ dataset: dataset.name, field: name, bytes }] : [];
    });
    const value = must(found, "every patient has a number that is sealed");
    const seeing = await seeAs(tx, context, { ...health, asked: {} });
    const { customer } = await showCustomer(tx, seeing, options);
    const access = { act: "show", channel: "shown", customers: [customer] } as const;
    await noteAccess(tx, context, { client: health, seeing, shown: access });
    return { sealed: value, shown: customer.values[value.field] };
  });
  story.say(
    `A patient asks to be erased: customer ${patient}. Numbers of documents and diagnoses are sealed, under a key of each person's own in another database. Who copies the table has only the first line; who asks Waybill has what the policies give:`,
  );
  story.show(
    renderFacts([
      [`${sealed.field} in the table`, `${sealed.bytes.toString("hex").slice(0, 64)}…`],
      ["as operations see it", String(shown)],
    ]),
  );
  return sealed;
}

interface Erased {
  readonly request: string;
  /** For the patient: shows that the certificate is about them. */
  readonly opening: string;
}

async function erase(
  story: Story,
  context: Context,
  {
    rights: { deps, client, tell },
    patient,
    signal,
  }: { readonly rights: Rights; readonly patient: bigint; readonly signal: AbortSignal },
): Promise<Erased> {
  const { actor, clock, db } = context;
  const input = { client, customer: patient, reason: "asked for in the demo", actor };
  const prepared = await prepareErasure(deps, input);
  const { request, rows, suppressed } = await eraseData(deps, input, prepared);
  await destroyKeys(deps, { client, request, actor });
  const { sent } = await sendNotices(deps, { client, actor, tell, signal });
  await followClient({ db, scope: client.scope, catalogue: client.catalogue }, { clock, signal });
  const done = await db.scoped(
    client.scope,
    (tx) => requestStatus(tx, { client: client.key, request, now: clock.now() }),
    { readOnly: true },
  );
  story.show(
    renderFacts([
      ["rows erased", Object.values(rows).reduce((sum, count) => sum + count, 0)],
      ["keys destroyed", String(done.request.keysDestroyed)],
      ["kept from coming back", `${suppressed} keys and identifiers, as keyed hashes`],
      ["signed notices sent", sent],
    ]),
  );
  return { request, opening: readableJson({ ...prepared.opening }) };
}

/** What the recipients answer in the demo. */
const ANSWER = Buffer.from("removed from all our lists\n");

async function tellObligations(
  story: Story,
  { db, clock, actor }: Context,
  { rights, request }: { readonly rights: Rights; readonly request: string },
): Promise<void> {
  const { deps, client } = rights;
  const read = async (): Promise<readonly ShownObligation[]> => {
    const asked = { client: client.key, request, now: clock.now() };
    const status = await db.scoped(client.scope, (tx) => requestStatus(tx, asked), {
      readOnly: true,
    });
    return status.obligations;
  };
  const before = await read();
  for (const { obligation } of before) {
    const proof = sha256(ANSWER);
    await settleObligation(deps, { client, obligation, state: "acknowledged", proof, actor });
  }
  const after = new Map((await read()).map((each) => [each.obligation, each]));
  story.say(
    "Everybody who was ever sent the patient has an obligation with a day by which it is due. They answer, and the hash of each answer is kept:",
  );
  story.show(
    renderTable(before, [
      { head: "recipient", cell: (row) => row.recipient },
      { head: "due", cell: (row) => row.dueAt },
      { head: "first", cell: (row) => row.state },
      { head: "then", cell: (row) => after.get(row.obligation)?.state },
    ]),
  );
}

async function tellCertificate(
  story: Story,
  context: Context,
  {
    rights: { deps, client },
    request,
    opening,
  }: { readonly rights: Rights; readonly request: string; readonly opening: string },
): Promise<string> {
  const { bytes } = await certify(deps, { client, request, actor: context.actor });
  const file = join(context.dataDir, "demo", client.key, "certificate.json");
  await writeFile(file, bytes);
  await using auditor = await Auditor.arrive(context, client);
  await auditor.receive("certificate.json", bytes);
  await auditor.receive("opening.json", opening);
  const proof = await proofAbout(context, client, `request ${request}`);
  await auditor.receive("ledger.tlog-proof", proof);
  story.say(
    "The certificate names nobody. The patient gets the one file that shows it is about them, and an auditor judges it offline, with the key alone:",
  );
  const given = ["--opening", "opening.json", "--proof", "ledger.tlog-proof"];
  story.show(renderVerdict(await auditor.verify("certificate.json", given)));
  return file;
}
