/** Who sees whom: two desks, two countries, one segment. */
import { must, NotFoundError } from "../../kernel/index.ts";
import { type Client, customerDataset } from "../../modules/contracts/index.ts";
import { showCustomer } from "../../modules/customers/index.ts";
import {
  deliver,
  holdingsOf,
  idsOfDelivery,
  issueCustomerReceipt,
  occurrencesOf,
  readDeliverySecret,
  receiptBytes,
  summarise,
} from "../../modules/distribution/index.ts";
import { noteAccess, seeAs } from "../cli/asking.ts";
import { renderFacts, renderTable } from "../cli/table.ts";
import type { Context } from "../context.ts";
import { deliveryDeps } from "../delivering.ts";
import { OUTCOMES } from "../verifier/outcomes.ts";
import { Auditor } from "./auditor.ts";
import type { Story } from "./story.ts";

/** A service desk of the retail client, with a member of it and the route that leads to it. */
interface Desk {
  readonly recipient: string;
  readonly actor: string;
  readonly route: string;
}

const DESKS: readonly Desk[] = [
  { recipient: "desk-germany", actor: "cli:jonas", route: "amends-germany" },
  { recipient: "desk-france", actor: "cli:amelie", route: "amends-france" },
];

/** What a desk was sent. */
interface Sent extends Desk {
  readonly waybillId: string;
  readonly waybillFile: string;
  readonly payload: string;
  readonly customers: readonly bigint[];
}

interface Telling {
  readonly retail: Client;
  readonly signal: AbortSignal;
}

export async function tellDesks(
  story: Story,
  context: Context,
  { retail, signal }: Telling,
): Promise<void> {
  story.chapter("Who sees whom");
  const sent: Sent[] = [];
  for (const desk of DESKS) {
    sent.push(await send(context, desk, { retail, signal }));
  }
  const sample = sent.flatMap(({ customers }) => customers.slice(0, 1));
  story.say(
    "Without a policy nobody sees anything. The shop has a desk in Leipzig and one in Lyon, and one list of customers whom a delivery has let down; its policies give each desk the customers of its own country. Both are sent that list, and then Jonas in Leipzig and Amélie in Lyon each look up the first customer of both:",
  );
  const rows: (Sent & { readonly seen: readonly string[] })[] = [];
  for (const desk of sent) {
    const seen: string[] = [];
    for (const id of sample) {
      seen.push(await look(context, retail, { desk, id }));
    }
    rows.push({ ...desk, seen });
  }
  story.show(
    renderTable(rows, [
      { head: "desk", cell: (row) => row.recipient },
      { head: "was sent", cell: (row) => row.customers.length },
      ...sample.map((id, place) => ({
        head: `customer ${id}`,
        cell: (row: { readonly seen: readonly string[] }) => row.seen[place],
      })),
    ]),
  );
  const [leipzig, lyon] = sent;
  const stranger = lyon?.customers[0];
  if (leipzig === undefined || stranger === undefined) {
    return;
  }
  await tellWhoHolds(story, context, { retail, sent, stranger });
  await tellAbsence(story, context, { retail, delivery: leipzig, stranger });
}

async function send(context: Context, desk: Desk, { retail, signal }: Telling): Promise<Sent> {
  const { actor } = context;
  const deps = await deliveryDeps(context);
  const report = await deliver(deps, { client: retail, route: desk.route, actor, signal });
  const { waybillId, payload } = must(report.waybill, "a delivery has a waybill");
  const waybillFile = must(report.waybillFile, "a delivery has a waybill");
  const customers = await context.db.scoped(retail.scope, (tx) => idsOfDelivery(tx, waybillId), {
    readOnly: true,
  });
  return { ...desk, waybillId, waybillFile, payload: payload.file, customers };
}

/** What a member of a desk is told of a customer: its country, or that there is none. */
async function look(
  context: Context,
  retail: Client,
  { desk, id }: { readonly desk: Desk; readonly id: bigint },
): Promise<string> {
  const asking = { ...context, actor: desk.actor };
  const asked = { as: desk.recipient };
  try {
    return await context.db.scoped(retail.scope, async (tx) => {
      const seeing = await seeAs(tx, asking, { ...retail, asked });
      const { customer } = await showCustomer(tx, seeing, { id, events: 0, history: 0 });
      const shown = { act: "show", channel: "shown", customers: [customer] } as const;
      await noteAccess(tx, asking, { client: retail, seeing, shown });
      return `is shown: ${String(customer.values["country"])}`;
    });
  } catch (error) {
    if (error instanceof NotFoundError) {
      return "no such customer";
    }
    throw error;
  }
}

/** More than the demo has customers. */
const EVERYBODY = { after: 0n, limit: 10_000_000 };

async function tellWhoHolds(
  story: Story,
  context: Context,
  {
    retail,
    sent,
    stranger,
  }: { readonly retail: Client; readonly sent: readonly Sent[]; readonly stranger: bigint },
): Promise<void> {
  const dataset = must(customerDataset(retail.catalogue), "the shop has customers");
  const { held, disclosures } = await context.db.scoped(
    retail.scope,
    async (tx) => {
      const pages = [];
      for (const { recipient } of sent) {
        pages.push(new Set((await holdingsOf(tx, recipient, EVERYBODY)).page));
      }
      return { held: pages, disclosures: summarise(await occurrencesOf(tx, dataset, stranger)) };
    },
    { readOnly: true },
  );
  const [first = new Set<bigint>(), ...others] = held;
  const both = others.reduce((common, other) => common.intersection(other), first);
  story.say(
    "The index of disclosures knows who has ever been sent or shown whom, and for the customer from France names one desk only:",
  );
  story.show(
    renderTable(disclosures, [
      { head: "recipient", cell: (row) => row.recipient },
      { head: "purpose", cell: (row) => row.purpose },
      { head: "how", cell: (row) => row.channels.join(", ") },
      { head: "times", cell: (row) => row.times },
    ]),
  );
  story.show(
    renderFacts([
      ...sent.map(
        ({ recipient }, place) => [`customers ${recipient} has had`, held[place]?.size] as const,
      ),
      ["customers both have had", both.size],
    ]),
  );
}

async function tellAbsence(
  story: Story,
  context: Context,
  {
    retail,
    delivery,
    stranger,
  }: { readonly retail: Client; readonly delivery: Sent; readonly stranger: bigint },
): Promise<void> {
  const { waybillId, waybillFile, payload, customers } = delivery;
  const secret = await readDeliverySecret(context.db, retail.scope, waybillId);
  const receipt = await issueCustomerReceipt({ waybillId, secret, customers, customer: stranger });
  await using auditor = await Auditor.arrive(context, retail);
  const waybill = await auditor.receiveDelivery(waybillFile, payload);
  await auditor.receive("receipt.json", receiptBytes(receipt));
  const judged = await auditor.verify(waybill, [
    "--receipt",
    "receipt.json",
    "--customer",
    String(stranger),
  ]);
  const found = must(
    judged.checks.find(({ name }) => name === "receipt"),
    "a receipt is checked",
  );
  story.say(
    `That needs no trust in us. A receipt opens one leaf of the waybill of ${delivery.recipient} and nothing of anybody else; from it whoever has the waybill can tell:`,
  );
  story.show(`receipt  ${OUTCOMES[found.outcome]}  ${found.detail}`);
}
