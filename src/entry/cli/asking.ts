/** As whom and for what a person asks, and the note of what they were shown: one way for all commands. */
import type { Command } from "commander";
import { must, NotFoundError } from "../../kernel/index.ts";
import { type Client, customerDataset } from "../../modules/contracts/index.ts";
import {
  type GovernedCustomer,
  lastChange,
  openSeeing,
  refuseUnclear,
  seeCustomers,
  type Seeing,
} from "../../modules/customers/index.ts";
import {
  type DisclosureChannel,
  DisclosureRoll,
  recordDisclosure,
} from "../../modules/distribution/index.ts";
import { recordInLedger } from "../../modules/ledger/index.ts";
import {
  type Asked,
  type Form,
  FORMS,
  type GivenForm,
  readRecipients,
  resolveAsker,
} from "../../modules/policy/index.ts";
import { type AskedCriteria, fieldsAsked, subjectOf } from "../../modules/segments/index.ts";
import type { Transaction } from "../../platform/postgres/index.ts";
import type { LedgerEntry } from "../../protocol/ledger/index.ts";
import type { Context } from "../context.ts";
import { openSubjects } from "../ledgers.ts";

/** Adds the options by which somebody says as whom and for what they ask. */
export function withAsking(command: Command): Command {
  return command
    .option("--as <recipient>", "the recipient as which you ask (default: the one you belong to)")
    .option("--purpose <use>", "what the data is for (default: the one purpose that was agreed)");
}

/** The options of {@link withAsking} as commander gives them. */
export type AskingOptions = Asked;

/**
 * What the actor may see, by the policies in force in this transaction.
 * @throws RefusedError, ForbiddenError, NotFoundError when it is not clear as whom or for what, or when
 * that is nothing
 */
export async function seeAs(
  tx: Transaction,
  { actor, clock, protect }: Pick<Context, "actor" | "clock" | "protect">,
  { catalogue, key, asked }: Pick<Client, "catalogue" | "key"> & { readonly asked: Asked },
): Promise<Seeing> {
  const at = clock.now();
  const recipients = await readRecipients(tx);
  const { recipient, purpose } = resolveAsker(actor, asked, { recipients, catalogue, at });
  return await openSeeing(tx, {
    catalogue,
    recipient,
    purpose,
    at,
    protection: () => protect(key),
  });
}

/**
 * Whether an answer to criteria, or to a segment's, may be given: it tells something of every field that
 * they look at, so those must be clear to whoever asks.
 * @throws RefusedError `fields-not-clear`
 */
export async function seeByCriteria(
  tx: Transaction,
  context: Pick<Context, "actor" | "clock" | "protect">,
  {
    client,
    asked,
    criteria,
  }: { readonly client: Client; readonly asked: Asked; readonly criteria: AskedCriteria },
): Promise<{ readonly seeing: Seeing; readonly by: readonly string[] }> {
  const seeing = await seeAs(tx, context, { ...client, asked });
  const fields = await fieldsAsked(tx, client.catalogue, criteria);
  refuseUnclear(seeing, fields);
  return { seeing, by: [...new Set(fields.map(({ dataset, field }) => `${dataset}.${field}`))] };
}

/** Those of the members who may be seen; members that are no customers are what their criteria say of them. */
export async function visibleAmong(
  tx: Transaction,
  seeing: Seeing,
  {
    subject,
    members,
  }: { readonly subject: string | undefined; readonly members: readonly bigint[] },
): Promise<readonly bigint[]> {
  if (subject !== undefined && subject !== customerDataset(seeing.catalogue)?.name) {
    return members;
  }
  return (await seeCustomers(tx, seeing, members)).map(({ id }) => id);
}

/** As whom and for what was asked, for documents. */
export function askedBy({ access }: Seeing): {
  readonly recipient: string;
  readonly purpose: string;
} {
  return { recipient: access.recipient.recipient, purpose: access.purpose };
}

type Act = Extract<LedgerEntry, { kind: "customer-shown" }>["access"]["act"];

/** What somebody was shown. */
export interface Shown {
  readonly act: Act;
  readonly channel: DisclosureChannel;
  /** The fields that were searched by; left out where nobody was searched for. */
  readonly by?: readonly string[] | undefined;
  /** Those of whom values were shown. */
  readonly customers: readonly Pick<GovernedCustomer, "id" | "forms">[];
  /** How many were found, where those who were found are not those who were shown. */
  readonly found?: number | undefined;
}

/**
 * Notes an access in the ledger and in the index of disclosures, in the transaction that has read it: an
 * answer is only given once the note is kept.
 */
export async function noteAccess(
  tx: Transaction,
  context: Pick<Context, "actor" | "clock" | "protect">,
  {
    client,
    seeing,
    shown,
  }: { readonly client: Client; readonly seeing: Seeing; readonly shown: Shown },
): Promise<void> {
  const { actor, clock } = context;
  const { recipient, purpose, policySha256 } = seeing.access;
  const at = clock.now();
  const head = { version: "1", at: at.toISOString(), actor } as const;
  const asked = { recipient: recipient.recipient, purpose, policy: policySha256 };
  const { commitTo } = openSubjects(context, client.key);
  const commitments = await commitTo(shown.customers.map(({ id }) => id));
  const entries: LedgerEntry[] = shown.customers.map(({ forms }, place) => ({
    ...head,
    kind: "customer-shown",
    about: must(commitments[place], "each customer has a commitment"),
    access: { ...asked, act: shown.act, fields: fieldsByForm(forms) },
  }));
  if (shown.by !== undefined) {
    entries.unshift({
      ...head,
      kind: "customers-searched",
      about: `recipient ${recipient.recipient}`,
      access: {
        ...asked,
        act: shown.act,
        by: [...shown.by],
        found: shown.found ?? shown.customers.length,
      },
    });
  }
  await recordInLedger(tx, entries);
  const disclosure = {
    at,
    channel: shown.channel,
    recipient: recipient.recipient,
    recipientKind: recipient.kind,
    purpose,
    actor,
    seen: await lastChange(tx),
  };
  await recordDisclosure(tx, disclosure, rollOf(shown.customers));
}

function rollOf(customers: Shown["customers"]): DisclosureRoll {
  const roll = new DisclosureRoll();
  for (const { id, forms } of customers) {
    const given = Object.entries(forms).filter(
      (entry): entry is [string, GivenForm] => entry[1] !== "absent",
    );
    if (given.length > 0) {
      roll.add(id, roll.forms(Object.fromEntries(given)));
    }
  }
  return roll;
}

function fieldsByForm(forms: Readonly<Record<string, Form>>): Partial<Record<GivenForm, string[]>> {
  const given = FORMS.filter((form) => form !== "absent").map((form): [GivenForm, string[]] => [
    form,
    Object.keys(forms).filter((field) => forms[field] === form),
  ]);
  return Object.fromEntries(given.filter(([, fields]) => fields.length > 0));
}

/**
 * Whether a membership may be explained: an explanation has the values that criteria look at, so those of
 * this member must be clear. That it was asked is noted first.
 * @throws RefusedError `fields-not-clear`
 * @throws NotFoundError `member-not-found` when the member may not be seen
 */
export async function seeMember(
  context: Pick<Context, "db" | "actor" | "clock" | "protect">,
  {
    client,
    asked,
    segment,
    member,
  }: {
    readonly client: Client;
    readonly asked: Asked;
    readonly segment: string;
    readonly member: bigint;
  },
): Promise<void> {
  await context.db.scoped(client.scope, async (tx) => {
    const seeing = await seeAs(tx, context, { ...client, asked });
    const of = await subjectOf(tx, client.catalogue, segment);
    const dataset = customerDataset(client.catalogue)?.name;
    const isOfCustomers = of === undefined || of === dataset;
    const customers = isOfCustomers ? await seeCustomers(tx, seeing, [member]) : [];
    const [customer] = customers;
    if (isOfCustomers && customer === undefined) {
      throw new NotFoundError("member-not-found", `customers has no row ${member}`, {
        hint: "a member is named by its id in Waybill, as segment members lists them",
      });
    }
    const fields = await fieldsAsked(tx, client.catalogue, { segment });
    refuseUnclear(
      seeing,
      fields.filter(
        (place) => place.dataset !== dataset || customer?.forms[place.field] !== "clear",
      ),
    );
    const by = [...new Set(fields.map((place) => `${place.dataset}.${place.field}`))];
    const shown = { act: "explain", channel: "listed", by, customers } as const;
    await noteAccess(tx, context, { client, seeing, shown });
  });
}
