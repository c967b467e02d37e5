import { Command, Option } from "commander";
import {
  commitToOne,
  cosignedHead,
  publishHead,
  selectEntries,
  type StoredEntry,
} from "../../../modules/ledger/index.ts";
import { ledgerEntry, type LedgerEntry } from "../../../protocol/ledger/index.ts";
import { openSubjects } from "../../ledgers.ts";
import { action, type Invocation } from "../invocation.ts";
import { currentLedger } from "../ledger-scene.ts";
import { parseId, parseLimit, parseWhole } from "../parse.ts";
import { renderTable } from "../table.ts";
import { witnessCommand } from "./ledger-witness.ts";
import { keyCommand, ledgerVerifyCommand, proveCommand, publishCommand } from "./ledger-proving.ts";

export function ledgerCommand(): Command {
  const command = new Command("ledger").description("what mattered, provably and for ever");
  command
    .command("log")
    .description("what the ledger tells, newest first")
    .argument("<client>", "the client's key")
    .option("--limit <n>", "at most so many", parseLimit, 20)
    .option("--before <index>", "go on behind this one", parseWhole)
    .addOption(
      new Option("--about <text>", "only what is about this, as the list prints it").conflicts(
        "customer",
      ),
    )
    .option("--customer <id>", "only what is about this customer", parseId)
    .action(action(log));
  command
    .command("checkpoint")
    .description("the signed state of the whole ledger, to be kept by others")
    .argument("<client>", "the client's key")
    .option("--cosigned", "the newest one that witnesses have cosigned")
    .addHelpText(
      "after",
      `
Give it to whoever should notice if the past were ever rewritten: a client, an auditor. It names the
ledger, how many entries it has, and the root over all of them (c2sp.org/tlog-checkpoint).`,
    )
    .action(action(checkpoint));
  for (const child of [
    proveCommand(),
    ledgerVerifyCommand(),
    publishCommand(),
    keyCommand(),
    witnessCommand(),
  ]) {
    command.addCommand(child);
  }
  return command;
}

interface LogOptions {
  readonly limit: number;
  readonly before?: number;
  readonly about?: string;
  readonly customer?: bigint;
}

async function log(
  { open, output }: Invocation,
  key: string,
  { limit, before, about, customer }: LogOptions,
): Promise<void> {
  const context = await open();
  const { db, scope } = await currentLedger(context, key);
  const subject =
    customer === undefined ? about : await commitToOne(openSubjects(context, key), customer);
  const stored = await db.scoped(
    scope,
    (tx) => selectEntries(tx, { limit, before, about: subject }),
    { readOnly: true },
  );
  const entries = stored.map(shownEntry);
  output.result({ client: key, entries }, () =>
    entries.length === 0
      ? `the ledger of ${key} has nothing of that`
      : renderTable(entries, [
          { head: "index", cell: (row) => row.index },
          { head: "at", cell: (row) => row.entry.at },
          { head: "kind", cell: (row) => row.entry.kind },
          { head: "about", cell: (row) => row.entry.about },
          { head: "by", cell: (row) => row.entry.actor },
        ]),
  );
}

function shownEntry({ index, entry }: StoredEntry): { index: number; entry: LedgerEntry } {
  return { index, entry: ledgerEntry.parse(JSON.parse(entry)) };
}

/** The checkpoint goes to standard output alone, so that it can be sent into a file. */
async function checkpoint(
  { open, output }: Invocation,
  key: string,
  { cosigned }: { readonly cosigned?: boolean },
): Promise<void> {
  const ledger = await currentLedger(await open(), key);
  const head = await (cosigned === true ? cosignedHead(ledger) : publishHead(ledger));
  const { origin, size, root } = head;
  output.result({ origin, size, root: root.toString("base64"), checkpoint: head.checkpoint }, () =>
    head.checkpoint.trimEnd(),
  );
}
