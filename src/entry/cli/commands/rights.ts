/** `rights …`: what customers may ask for, and how far everybody is with it. */
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { Command } from "commander";
import { InvalidInputError } from "../../../kernel/index.ts";
import { getClient } from "../../../modules/contracts/index.ts";
import { readableJson, sha256 } from "../../../modules/ledger/index.ts";
import {
  certify,
  destroyKeys,
  eraseData,
  liftSuppression,
  noteOverdue,
  type PreparedErasure,
  prepareErasure,
  registerCorrection,
  registerCorrections,
  resumeErasures,
  sendNotices,
  type Sent,
  settleDelivered,
  settleObligation,
} from "../../../modules/rights/index.ts";
import type { Context } from "../../context.ts";
import { openRights, type Rights } from "../../rights.ts";
import { followAfter } from "../follow-after.ts";
import { action, type Invocation } from "../invocation.ts";
import { refuseExisting, writeNewFile } from "../new-file.ts";
import { collect, parseId, parseRequestId } from "../parse.ts";
import { sequenceAfter } from "../sequence-after.ts";
import { renderFacts } from "../table.ts";
import { rightsAccessCommand } from "./rights-access.ts";
import { rightsListCommand, rightsStatusCommand } from "./rights-status.ts";

export function rightsCommand(): Command {
  const command = new Command("rights").description(
    "erase or correct a customer everywhere, and prove it",
  );
  for (const child of [eraseCommand(), correctCommand(), rightsStatusCommand()]) {
    command.addCommand(child);
  }
  command.addCommand(rightsListCommand());
  command.addCommand(rightsAccessCommand());
  command
    .command("acknowledge")
    .description("a recipient has done what it had to do")
    .argument("<client>", "the client's key")
    .argument("<obligation>", "the obligation, as 'rights status' prints it", parseRequestId)
    .option("--proof <file>", "what the recipient has sent: its SHA-256 is kept")
    .option("--note <text>", "what the recipient has said; no value of a record")
    .action(action(acknowledge));
  command
    .command("waive")
    .description("nothing more is expected of a recipient")
    .argument("<client>", "the client's key")
    .argument("<obligation>", "the obligation", parseRequestId)
    .requiredOption("--reason <text>", "why; no value of a record")
    .action(action(waive));
  command
    .command("certificate")
    .description("write the signed certificate of a request, for an auditor or the customer")
    .argument("<client>", "the client's key")
    .argument("<request>", "the request", parseRequestId)
    .requiredOption("--out <file>", "where; nothing is overwritten")
    .action(action(certificate));
  command
    .command("resume")
    .description("go on with what was interrupted, and send notices that are due")
    .argument("<client>", "the client's key")
    .action(action(resume));
  command
    .command("lift")
    .description("let somebody come back who was erased")
    .argument("<client>", "the client's key")
    .argument("<request>", "the request that erased", parseRequestId)
    .action(action(lift));
  return command;
}

function eraseCommand(): Command {
  return new Command("erase")
    .description("erase a customer: here, in every key, and at every recipient")
    .argument("<client>", "the client's key")
    .argument("<customer>", "the customer's id, or one that was merged into it", parseId)
    .requiredOption("--reason <text>", "why it is asked for; no value of a record")
    .option("--opening <file>", "for the customer: shows that the certificate is about them")
    .option("--dry-run", "only say whom it would concern")
    .addHelpText(
      "after",
      `
The opening names the customer and is kept by nobody here: give it to whoever asked, and remove it.
People who were erased do not come back with the next file; 'rights lift' lets them.`,
    )
    .action(action(erase));
}

function correctCommand(): Command {
  return new Command("correct")
    .description("tell whoever was sent a field of a customer that it was corrected")
    .argument("<client>", "the client's key")
    .argument("<customer>", "the customer's id", parseId)
    .requiredOption("--field <name>", "what was corrected; may be given several times", collect)
    .requiredOption("--reason <text>", "why it is asked for; no value of a record")
    .addHelpText(
      "after",
      `
The correction itself comes from the source: import it first. Recipients are told which fields were
corrected; what is right reaches them with their next delivery, which settles the obligation.`,
    )
    .action(action(correct));
}

/** What every command here begins with. */
async function openScene(
  { open }: Invocation,
  key: string,
): Promise<Rights & { readonly context: Context }> {
  const context = await open();
  return { context, ...(await openRights(context, await getClient(context.db, key))) };
}

interface EraseOptions {
  readonly reason: string;
  readonly opening?: string;
  readonly dryRun?: boolean;
}

async function erase(
  invocation: Invocation,
  key: string,
  customer: bigint,
  ...[{ reason, opening, dryRun }]: [EraseOptions]
): Promise<void> {
  const { output } = invocation;
  if (opening !== undefined) {
    await refuseExisting(opening);
  }
  const { context, deps, client, tell } = await openScene(invocation, key);
  const { actor } = context;
  const input = { client, customer, reason, actor };
  const prepared = await prepareErasure(deps, input);
  if (dryRun === true) {
    output.result({ client: key, dryRun: true, ...planned(prepared) }, () =>
      renderFacts([
        ["would erase", `customer ${prepared.customer} of ${key}`],
        ["would tell", recipientsOf(prepared).join(", ") || "nobody: it was never sent"],
      ]),
    );
    return;
  }
  if (opening !== undefined) {
    const bytes = Buffer.from(readableJson({ ...prepared.opening }), "utf8");
    await writeNewFile(opening, Readable.from([bytes]));
  }
  const erased = await eraseData(deps, input, prepared);
  await destroyKeys(deps, { client, request: prepared.request, actor });
  const sent = await sendNotices(deps, { client, actor, tell, signal: invocation.signal });
  await followAfter(invocation, context, client);
  await sequenceAfter(invocation, context, client);
  const { rows, suppressed, recipients, request } = erased;
  output.result({ client: key, request, rows, suppressed, recipients, ...sent }, () =>
    renderFacts([
      ["request", request],
      ["rows erased", Object.values(rows).reduce((sum, count) => sum + count, 0)],
      ["kept from coming back", `${suppressed} keys and identifiers`],
      ["recipients to act", recipients.join(", ") || "none: it was never sent"],
      ...sentFacts(sent),
      ["next", `waybill rights status ${key} ${request}`],
    ]),
  );
}

function planned(prepared: PreparedErasure): object {
  return { customer: prepared.customer, recipients: recipientsOf(prepared) };
}

function recipientsOf({ obligations }: PreparedErasure): string[] {
  return obligations.map(({ recipient }) => recipient);
}

function sentFacts({ sent, failed }: Sent): (readonly [string, string])[] {
  return sent + failed === 0
    ? []
    : [["notices", `${sent} sent${failed === 0 ? "" : `, ${failed} to be tried again`}`]];
}

interface CorrectOptions {
  readonly field: readonly string[];
  readonly reason: string;
}

async function correct(
  invocation: Invocation,
  key: string,
  customer: bigint,
  ...[{ field: fields, reason }]: [CorrectOptions]
): Promise<void> {
  const { context, deps, client, tell } = await openScene(invocation, key);
  const { actor } = context;
  const input = { client, customer, fields, reason, actor };
  const { request, recipients } = await registerCorrection(deps, input);
  const sent = await sendNotices(deps, { client, actor, tell, signal: invocation.signal });
  await sequenceAfter(invocation, context, client);
  invocation.output.result({ client: key, request, recipients, ...sent }, () =>
    renderFacts([
      ["request", request],
      ["recipients to act", recipients.join(", ") || "none: nobody holds what was wrong"],
      ...sentFacts(sent),
    ]),
  );
}

interface AcknowledgeOptions {
  readonly proof?: string;
  readonly note?: string;
}

async function acknowledge(
  invocation: Invocation,
  key: string,
  obligation: string,
  ...[{ proof, note }]: [AcknowledgeOptions]
): Promise<void> {
  if (proof === undefined && note === undefined) {
    throw new InvalidInputError("usage", "give --proof or --note: how is it known?");
  }
  const document = proof === undefined ? undefined : await readProof(proof);
  await settle(invocation, key, {
    obligation,
    state: "acknowledged",
    note,
    proof: document && sha256(document),
  });
}

async function readProof(file: string): Promise<Buffer> {
  return await readFile(file).catch((cause: unknown) => {
    throw new InvalidInputError("file-not-readable", `the file ${file} cannot be read`, [], {
      hint: "check the path, and that you may read it",
      cause,
    });
  });
}

async function waive(
  invocation: Invocation,
  key: string,
  obligation: string,
  ...[{ reason }]: [{ readonly reason: string }]
): Promise<void> {
  await settle(invocation, key, { obligation, state: "waived", note: reason });
}

async function settle(
  invocation: Invocation,
  key: string,
  settlement: {
    readonly obligation: string;
    readonly state: "acknowledged" | "waived";
    readonly note?: string | undefined;
    readonly proof?: Buffer | undefined;
  },
): Promise<void> {
  const { context, deps, client } = await openScene(invocation, key);
  const { actor } = context;
  const settled = await settleObligation(deps, { client, actor, ...settlement });
  await sequenceAfter(invocation, context, client);
  const { obligation, request, recipient, state } = settled;
  invocation.output.result(
    { client: key, obligation, request, recipient, state },
    () => `${recipient}: ${state}`,
  );
}

async function certificate(
  invocation: Invocation,
  key: string,
  request: string,
  ...[{ out }]: [{ readonly out: string }]
): Promise<void> {
  await refuseExisting(out);
  const { context, deps, client } = await openScene(invocation, key);
  const { document, bytes } = await certify(deps, { client, request, actor: context.actor });
  await writeNewFile(out, Readable.from([bytes]));
  await sequenceAfter(invocation, context, client);
  const { complete, certificateId } = document;
  invocation.output.result({ client: key, request, certificateId, complete, out }, () =>
    complete
      ? `${out}: nothing is left to be done by anybody`
      : `${out}: some recipients have not answered yet; it says which`,
  );
}

async function resume(invocation: Invocation, key: string): Promise<void> {
  const { context, deps, client, tell } = await openScene(invocation, key);
  const { actor } = context;
  const resumed = await resumeErasures(deps, { client, actor });
  const corrected = await registerCorrections(deps, client);
  const sent = await sendNotices(deps, { client, actor, tell, signal: invocation.signal });
  const delivered = await settleDelivered(deps, { client, actor });
  await noteOverdue(deps, { client, actor });
  await sequenceAfter(invocation, context, client);
  invocation.output.result(
    { client: key, resumed: resumed.length, corrected: corrected.customers, delivered, ...sent },
    () =>
      renderFacts([
        ["erasures finished", resumed.length],
        ["corrections registered", corrected.customers],
        ["corrections delivered", delivered],
        ["notices sent", sent.sent],
        ["notices to be tried again", sent.failed],
      ]),
  );
}

async function lift(invocation: Invocation, key: string, request: string): Promise<void> {
  const { context, deps, client } = await openScene(invocation, key);
  const lifted = await liftSuppression(deps, { client, request, actor: context.actor });
  await sequenceAfter(invocation, context, client);
  invocation.output.result(
    { client: key, request, lifted },
    () => `${lifted} keys and identifiers may come again with the next file`,
  );
}
