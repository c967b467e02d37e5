/** `rights access`: everything that is held of a customer, in one file for them. */
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { Command } from "commander";
import { customerDataset, getClient } from "../../../modules/contracts/index.ts";
import { type CustomerView, showConsents, showCustomer } from "../../../modules/customers/index.ts";
import { occurrencesOf, summarise } from "../../../modules/distribution/index.ts";
import { commitToOne, recordInLedger } from "../../../modules/ledger/index.ts";
import { openSubjects } from "../../ledgers.ts";
import { askedBy, type AskingOptions, noteAccess, seeAs, withAsking } from "../asking.ts";
import { action, type Invocation } from "../invocation.ts";
import { toJson } from "../json.ts";
import { refuseExisting, writeNewFile } from "../new-file.ts";
import { parseId } from "../parse.ts";
import { sequenceAfter } from "../sequence-after.ts";

export function rightsAccessCommand(): Command {
  return withAsking(new Command("access"))
    .description("write everything that is held of a customer, and who has it, for them")
    .argument("<client>", "the client's key")
    .argument("<customer>", "the customer's id, or one that was merged into it", parseId)
    .requiredOption("--out <file>", "where; nothing is overwritten, and only its owner may read it")
    .addHelpText(
      "after",
      `
Ask as a recipient that may see everything in clear: fields in another form are listed as withheld.`,
    )
    .action(action(access));
}

/** More of a customer than anybody has. */
const EVERYTHING = 1_000_000;

async function access(
  { open, output }: Invocation,
  key: string,
  id: bigint,
  ...[{ out, ...asked }]: [AskingOptions & { readonly out: string }]
): Promise<void> {
  await refuseExisting(out);
  const context = await open();
  const { db, actor, clock } = context;
  const client = await getClient(db, key);
  const { catalogue, scope } = client;
  const at = clock.now();
  const document = await db.scoped(
    scope,
    async (tx) => {
      const seeing = await seeAs(tx, context, { ...client, asked });
      const view = await showCustomer(tx, seeing, { id, events: EVERYTHING, history: EVERYTHING });
      const { customer } = view;
      const dataset = customerDataset(catalogue);
      const occurrences = dataset ? await occurrencesOf(tx, dataset, customer.id) : [];
      const consents = await showConsents(tx, catalogue, { customer: customer.id, at });
      const about = await commitToOne(openSubjects(context, key), customer.id);
      const head = { version: "1", at: at.toISOString(), actor, about } as const;
      const request = { id: randomUUID(), right: "access" } as const;
      await recordInLedger(tx, [{ ...head, kind: "right-requested", request }]);
      const shown = { act: "rights", channel: "shown", customers: [customer] } as const;
      await noteAccess(tx, context, { client, seeing, shown });
      return {
        client: key,
        issuedAt: at,
        ...askedBy(seeing),
        withheld: withheldOf(view),
        ...view,
        consents,
        disclosures: summarise(occurrences),
      };
    },
    { statementTimeoutMs: 0 },
  );
  await writeNewFile(out, Readable.from([Buffer.from(`${toJson(document)}\n`, "utf8")]));
  await sequenceAfter({ output }, context, client);
  const { withheld } = document;
  output.result({ client: key, customer: document.customer.id, withheld, out }, () =>
    withheld.length === 0
      ? `${out}: everything that is held of customer ${document.customer.id}`
      : `${out}: without ${withheld.join(", ")}, which ${document.recipient} may not see in clear`,
  );
}

/** The customer's fields that were not seen in clear. */
function withheldOf({ customer }: CustomerView): string[] {
  return Object.keys(customer.forms).filter((field) => customer.forms[field] !== "clear");
}
