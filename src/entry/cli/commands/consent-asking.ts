/** What customers have stated. It says something about them, so it is shown as other data are: to who may see them. */
import { Command } from "commander";
import { ForbiddenError } from "../../../kernel/index.ts";
import { type Client, getClient } from "../../../modules/contracts/index.ts";
import {
  type ConsentView,
  type Seeing,
  showConsents,
  showCustomer,
  standingStatements,
  type StoredStatement,
} from "../../../modules/customers/index.ts";
import { CONSENT_CHANNELS, parseAsOf } from "../../../modules/criteria/index.ts";
import { allowsCategory } from "../../../modules/policy/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { askedBy, type AskingOptions, noteAccess, seeAs, withAsking } from "../asking.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseId } from "../parse.ts";
import { AS_OF, CLIENT } from "../segment-scene.ts";
import { sequenceAfter } from "../sequence-after.ts";
import { renderTable, showCell, type TableColumn } from "../table.ts";

/** What consents are, in the taxonomy of data categories. */
const PREFERENCES = "user.privacy_preferences";

export function consentShowCommand(): Command {
  return withAsking(new Command("show"))
    .description("to what a customer consents, and what says so")
    .argument(...CLIENT)
    .argument("<customer>", "the customer's id", parseId)
    .option("--as-of <t>", AS_OF)
    .action(action(show));
}

export function consentHistoryCommand(): Command {
  return withAsking(new Command("history"))
    .description("everything a customer has stated, with source and proof")
    .argument(...CLIENT)
    .argument("<customer>", "the customer's id", parseId)
    .action(action(history));
}

interface ShowOptions extends AskingOptions {
  readonly asOf?: string;
}

async function show(
  invocation: Invocation,
  key: string,
  customer: bigint,
  options: ShowOptions,
): Promise<void> {
  const { view, at, asked } = await seenConsents(invocation, { key, customer, options });
  const standing = standingStatements(view, at);
  invocation.output.result(
    { client: key, ...asked, customer: view.customer, at, answers: view.answers, standing },
    (columns) =>
      [
        renderAnswers(view),
        standing.length === 0
          ? `customer ${view.customer} has stated nothing`
          : renderTable(standing, STATEMENT_COLUMNS, columns),
      ].join("\n\n"),
  );
}

async function history(
  invocation: Invocation,
  key: string,
  customer: bigint,
  options: AskingOptions,
): Promise<void> {
  const { view, asked } = await seenConsents(invocation, { key, customer, options });
  const { statements } = view;
  invocation.output.result(
    { client: key, ...asked, customer: view.customer, statements },
    (columns) =>
      statements.length === 0
        ? `customer ${view.customer} has stated nothing`
        : renderTable(statements, HISTORY_COLUMNS, columns),
  );
}

interface Asking {
  readonly key: string;
  readonly customer: bigint;
  readonly options: ShowOptions;
}

/** Nothing is shown before it is in the ledger that it was: both are one transaction. */
async function seenConsents(
  { open, output }: Invocation,
  { key, customer, options }: Asking,
): Promise<{
  readonly view: ConsentView;
  readonly at: Date;
  readonly asked: ReturnType<typeof askedBy>;
}> {
  const context = await open();
  const client = await getClient(context.db, key);
  const { catalogue, scope } = client;
  const at =
    options.asOf === undefined ? context.clock.now() : parseAsOf(options.asOf, catalogue.timeZone);
  const seen = await context.db.scoped(scope, async (tx) => {
    const seeing = await seeAs(tx, context, { ...client, asked: options });
    await refuseUnseen(tx, client, { seeing, customer });
    const view = await showConsents(tx, catalogue, { customer, at });
    const customers = [{ id: view.customer, forms: {} }];
    const shown = { act: "show", channel: "shown", customers } as const;
    await noteAccess(tx, context, { client, seeing, shown });
    return { view, at, asked: askedBy(seeing) };
  });
  await sequenceAfter({ output }, context, client);
  return seen;
}

/**
 * @throws ForbiddenError `category-not-agreed` when the agreement has nothing of consents in it
 * @throws NotFoundError `customer-not-found` also when nothing may be seen of the customer
 */
async function refuseUnseen(
  tx: Transaction,
  { key }: Client,
  { seeing, customer }: { readonly seeing: Seeing; readonly customer: bigint },
): Promise<void> {
  const { recipient, agreement } = seeing.access.recipient;
  if (!allowsCategory(agreement, PREFERENCES)) {
    throw new ForbiddenError(
      "category-not-agreed",
      `the agreement with ${recipient} does not let it see consents of ${key}`,
      { hint: `they are ${PREFERENCES}: add it to the agreement's categories` },
    );
  }
  await showCustomer(tx, seeing, { id: customer, events: 1, history: 0 });
}

function renderAnswers({ answers }: ConsentView): string {
  const purposes = [...new Set(answers.map(({ purpose }) => purpose))];
  const cell = (purpose: string, channel: string): string =>
    answers.some((one) => one.purpose === purpose && one.channel === channel && one.consents)
      ? "yes"
      : "no";
  return renderTable(purposes, [
    { head: "consents to", cell: (purpose) => purpose },
    ...CONSENT_CHANNELS.map((channel) => ({
      head: channel,
      cell: (purpose: string) => cell(purpose, channel),
    })),
  ]);
}

const STATEMENT_COLUMNS: readonly TableColumn<StoredStatement>[] = [
  { head: "purpose", cell: ({ purpose }) => purpose },
  { head: "channel", cell: ({ channel }) => channel },
  { head: "state", cell: ({ granted }) => (granted ? "granted" : "withdrawn") },
  { head: "stated", cell: ({ statedAt }) => statedAt },
  { head: "from", cell: ({ startsAt, statedAt }) => (startsAt > statedAt ? startsAt : undefined) },
  { head: "until", cell: ({ expiresAt }) => expiresAt },
  { head: "where", cell: ({ source }) => source },
];

const HISTORY_COLUMNS: readonly TableColumn<StoredStatement>[] = [
  ...STATEMENT_COLUMNS,
  { head: "written down", cell: ({ recordedAt }) => recordedAt },
  { head: "by", cell: ({ recordedBy }) => recordedBy },
  { head: "proof", cell: proofCell },
];

/** The beginning of the digest tells two proofs apart; --json has all of it. */
function proofCell({ proof, proofSha256 }: StoredStatement): string {
  const digest = proofSha256 === undefined ? [] : [`sha256 ${proofSha256.slice(0, 16)}…`];
  const parts = [...(proof === undefined ? [] : [proof]), ...digest];
  return parts.length === 0 ? showCell(undefined) : parts.join(", ");
}
