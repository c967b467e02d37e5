/** What customers state, written down: one at a time, or a file. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Command, Option } from "commander";
import { InvalidInputError } from "../../../kernel/index.ts";
import { type Client, getClient } from "../../../modules/contracts/index.ts";
import {
  CONSENT_CHANNELS,
  type ConsentChannel,
  parseAsOf,
} from "../../../modules/criteria/index.ts";
import {
  type ConsentImportReport,
  importConsents,
  type RefusedLine,
  stateConsent,
} from "../../../modules/customers/index.ts";
import type { Context } from "../../context.ts";
import { openSubjects } from "../../ledgers.ts";
import { followAfter } from "../follow-after.ts";
import { resolveInputs } from "../inputs.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseId } from "../parse.ts";
import { CLIENT } from "../segment-scene.ts";
import { sequenceAfter } from "../sequence-after.ts";
import { renderTable, showCell } from "../table.ts";

const CUSTOMER = ["<customer>", "the customer's id", parseId] as const;

export function consentGrantCommand(): Command {
  return withStatement(new Command("grant"))
    .description("a customer agrees to be used for a purpose")
    .option("--expires <t>", "until then: RFC 3339, or a day (its beginning); default: for good")
    .addHelpText(
      "after",
      `
  waybill consent grant telecom 4711 --purpose marketing.communications.email --channel email --source "web form"

Exit codes: 0 written down, 2 it cannot be stated so, 4 there is no such client or customer.`,
    )
    .action(action((...args: StateArguments) => state(true, ...args)));
}

export function consentWithdrawCommand(): Command {
  return withStatement(new Command("withdraw"))
    .description("a customer takes back what they agreed to, or objects")
    .addHelpText(
      "after",
      `
A withdrawal also ends what was granted before for narrower purposes, and, without --channel, for every channel.

  waybill consent withdraw telecom 4711 --purpose marketing --source call --proof "recording 20260301-17"

Exit codes: 0 written down, 2 it cannot be stated so, 4 there is no such client or customer.`,
    )
    .action(action((...args: StateArguments) => state(false, ...args)));
}

function withStatement(command: Command): Command {
  return command
    .argument(...CLIENT)
    .argument(...CUSTOMER)
    .requiredOption("--purpose <use>", "a purpose of the contract, or one above or beneath it")
    .addOption(
      new Option("--channel <channel>", "how somebody is reached")
        .choices(CONSENT_CHANNELS)
        .default("any"),
    )
    .requiredOption("--source <text>", "where it was stated, as web form; no personal data in it")
    .option("--stated <t>", "when: RFC 3339, or a day (its beginning); default: now")
    .option("--from <t>", "from when it counts; default: from when it was stated")
    .option("--proof <text>", "what shows it, as it can be found again")
    .option("--proof-file <file>", "what shows it: its SHA-256 is kept, the file is not");
}

interface StateOptions {
  readonly purpose: string;
  readonly channel: ConsentChannel;
  readonly source: string;
  readonly stated?: string;
  readonly from?: string;
  readonly expires?: string;
  readonly proof?: string;
  readonly proofFile?: string;
}

type StateArguments = [
  invocation: Invocation,
  key: string,
  customer: bigint,
  options: StateOptions,
];

async function state(
  granted: boolean,
  ...[invocation, key, customer, options]: StateArguments
): Promise<void> {
  const context = await invocation.open();
  const client = await getClient(context.db, key);
  const at = context.clock.now();
  const instant = (text: string | undefined): Date | undefined =>
    text === undefined ? undefined : parseAsOf(text, client.catalogue.timeZone);
  const { purpose, channel, source, proof, proofFile } = options;
  const statedAt = instant(options.stated) ?? at;
  const statement = {
    purpose,
    channel,
    granted,
    statedAt,
    startsAt: instant(options.from) ?? statedAt,
    expiresAt: instant(options.expires),
    source,
    proof,
    proofSha256: proofFile === undefined ? undefined : await digestOfFile(proofFile),
  };
  const subjects = openSubjects(context, key);
  const { catalogue, scope } = client;
  const { actor } = context;
  const stated = await context.db.scoped(scope, (tx) =>
    stateConsent(tx, customer, { catalogue, at, actor, subjects, statement }),
  );
  await bringUpToDate(invocation, context, client);
  invocation.output.result({ client: key, ...stated, statement }, () => {
    const what = `customer ${stated.customer} ${granted ? "agrees to" : "has withdrawn"} ${purpose} by ${channel === "any" ? "any channel" : channel}`;
    const from = statement.startsAt > at ? ` from ${showCell(statement.startsAt)}` : "";
    const until =
      statement.expiresAt === undefined ? "" : ` until ${showCell(statement.expiresAt)}`;
    return `${what}${from}${until}${stated.isNew ? "" : " (that was known)"}`;
  });
}

/** @throws InvalidInputError `no-such-file` */
async function digestOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk as Buffer);
    }
  } catch (error) {
    const message = "the file cannot be read";
    throw new InvalidInputError("no-such-file", message, [{ at: path, message }], {
      hint: "check the path",
      cause: error,
    });
  }
  return hash.digest("hex");
}

/** Segments and the ledger follow at once, also where no server runs. */
async function bringUpToDate(
  invocation: Invocation,
  context: Context,
  client: Client,
): Promise<void> {
  await followAfter(invocation, context, client);
  await sequenceAfter(invocation, context, client);
}

export function consentImportCommand(): Command {
  return new Command("import")
    .description("take in a file of statements; what is known already is passed over")
    .argument(...CLIENT)
    .argument("<file>", "comma-separated values, or - for standard input")
    .addHelpText(
      "after",
      `
The first line names the columns: purpose, channel, state (granted or withdrawn), stated, source, and where they
are needed from, expires, proof, proof_sha256. Whose a statement is say record_source and record_key, or one
column that is called as an identifier of the contract.

Exit codes: 0 all taken, 3 some lines were refused and the others taken, 2 the file cannot be used.`,
    )
    .action(action(runImport));
}

async function runImport(invocation: Invocation, key: string, path: string): Promise<number> {
  const context = await invocation.open();
  const client = await getClient(context.db, key);
  const [file, ...others] = await resolveInputs([path]);
  if (file === undefined || others.length > 0) {
    throw new InvalidInputError("one-file", "consents are taken in from one file at a time", [], {
      hint: "name the file itself",
    });
  }
  const report = await importConsents({
    db: context.db,
    scope: client.scope,
    catalogue: client.catalogue,
    subjects: openSubjects(context, key),
    actor: context.actor,
    now: () => context.clock.now(),
    bytes: file.open(),
    blindIndex: async (place, text) => (await context.protect(key)).blindIndex(place, text),
    signal: invocation.signal,
  });
  await bringUpToDate(invocation, context, client);
  invocation.output.result({ client: key, ...report }, (columns) => renderImport(report, columns));
  return report.refused === 0 ? 0 : 3;
}

/** More would scroll what matters off the screen; --json has up to a thousand. */
const MOST_SHOWN = 20;

function renderImport(report: ConsentImportReport, columns: number | undefined): string {
  const { lines, recorded, known, refused, refusals } = report;
  const sum = `${showCell(lines)} lines: ${showCell(recorded)} statements written down, ${showCell(known)} known, ${showCell(refused)} refused`;
  if (refused === 0) {
    return sum;
  }
  const shown = refusals
    .slice(0, MOST_SHOWN)
    .flatMap(({ line, issues }: RefusedLine) => issues.map((issue) => ({ line, ...issue })));
  const table = renderTable(
    shown,
    [
      { head: "line", cell: ({ line }) => line },
      { head: "column", cell: ({ at }) => at },
      {
        head: "why",
        cell: ({ message, hint }) => (hint === undefined ? message : `${message}; ${hint}`),
      },
    ],
    columns,
  );
  const more = refused > MOST_SHOWN ? [`… and ${showCell(refused - MOST_SHOWN)} more lines`] : [];
  return [sum, table, ...more].join("\n\n");
}
