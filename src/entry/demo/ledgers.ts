/** The last word of the demo: what the ledgers tell, and that what they told stays as it was. */
import { must } from "../../kernel/index.ts";
import type { Client } from "../../modules/contracts/index.ts";
import {
  parseCheckpoint,
  printConsistency,
  proveContinuation,
  type PublishedHead,
  publishHead,
  sequence,
} from "../../modules/ledger/index.ts";
import { renderTable } from "../cli/table.ts";
import type { Context } from "../context.ts";
import { openLedger } from "../ledgers.ts";
import { Auditor, renderVerdict } from "./auditor.ts";
import type { Story } from "./story.ts";

/** A client's checkpoint as it is now: what an auditor keeps. */
export async function keepCheckpoint(context: Context, client: Client): Promise<PublishedHead> {
  const ledger = await openLedger(context, client);
  await sequence(ledger);
  return await publishHead(ledger);
}

/** @param kept the checkpoint of the health client from before the erasure */
export async function tellLedgers(
  story: Story,
  context: Context,
  {
    clients,
    health,
    kept,
  }: { readonly clients: readonly Client[]; readonly health: Client; readonly kept: PublishedHead },
): Promise<void> {
  story.chapter("What the ledgers tell");
  const heads = [];
  for (const client of clients) {
    heads.push({ client: client.key, ...(await keepCheckpoint(context, client)) });
  }
  story.say(
    "Contracts, policies, looks at customers, consents, deliveries, erasures: each is an entry in the client's ledger, written in the transaction that does it. Three lines and a signature stand for all of them. Whoever keeps such a checkpoint notices when anything before it is altered, removed or put in later:",
  );
  story.show(
    renderTable(heads, [
      { head: "client", cell: (row) => row.client },
      { head: "entries", cell: (row) => row.size },
      { head: "root", cell: (row) => row.root.toString("base64") },
    ]),
  );
  const head = must(
    heads.find(({ client }) => client === health.key),
    "the practice is one of the clients",
  );
  story.show(head.checkpoint.trimEnd());
  await using auditor = await Auditor.arrive(context, health);
  await auditor.receive("kept.checkpoint", kept.checkpoint);
  const earlier = must(parseCheckpoint(kept.checkpoint), "what is published can be read");
  const since = await context.db.scoped(
    health.scope,
    (tx) => proveContinuation(tx, head, earlier),
    { readOnly: true },
  );
  await auditor.receive("since", printConsistency(since));
  story.say(
    `The erasure has changed nothing of it. An auditor who kept the checkpoint of ${health.key} from before (${kept.size} entries) is shown that the ledger continues it:`,
  );
  const judged = await auditor.verify("since", ["--checkpoint", "kept.checkpoint"]);
  story.show(renderVerdict(judged));
}
