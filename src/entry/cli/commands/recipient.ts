/** Recipients: who may receive a client's data, and what was agreed with them. */
import { Command } from "commander";
import { getClient, readDefinitions } from "../../../modules/contracts/index.ts";
import { destinationSchema } from "../../../modules/distribution/index.ts";
import {
  daysLeft,
  findRecipient,
  isMember,
  readRecipients,
  type Recipient,
} from "../../../modules/policy/index.ts";
import { agreementState, localDate } from "../../../protocol/waybill/index.ts";
import { action, type Invocation } from "../invocation.ts";
import { CLIENT } from "../segment-scene.ts";
import { type Cell, renderFacts, renderTable } from "../table.ts";

export function recipientCommand(): Command {
  return new Command("recipient")
    .description("recipients: who may receive data, and what was agreed with them")
    .addCommand(
      new Command("list")
        .description("every recipient, and how long its agreement is still in force")
        .argument(...CLIENT)
        .action(action(list)),
    )
    .addCommand(
      new Command("show")
        .description("one recipient: its agreement, its members, its destinations")
        .argument(...CLIENT)
        .argument("<name>", "the recipient's name")
        .action(action(show)),
    )
    .addHelpText(
      "after",
      `
A recipient is a file recipients/NAME.yaml in the client's folder. Everything that is seen or sent is seen by or
sent to one, for a purpose of its agreement, on the days of its agreement.`,
    );
}

/** A recipient as people ask about it. */
interface Standing {
  readonly recipient: Recipient;
  readonly state: ReturnType<typeof agreementState>;
  /** Negative once it has ended. */
  readonly daysLeft: number;
  /** Those that lead to it. */
  readonly destinations: readonly string[];
  /** Whether whoever asks acts as it. */
  readonly isOwn: boolean;
}

async function list(invocation: Invocation, key: string): Promise<void> {
  const standings = await readStandings(invocation, key);
  invocation.output.result({ client: key, recipients: standings }, (columns) =>
    standings.length === 0
      ? `${key} has no recipients; write recipients/NAME.yaml in its folder and apply it: docs/recipients.md`
      : renderTable(
          standings,
          [
            { head: "recipient", cell: ({ recipient }) => recipient.recipient },
            { head: "kind", cell: ({ recipient }) => recipient.kind },
            { head: "in", cell: ({ recipient }) => recipient.jurisdiction },
            { head: "agreement", cell: agreementCell },
            { head: "yours", cell: ({ isOwn }) => (isOwn ? "yes" : undefined) },
            { head: "purposes", cell: ({ recipient }) => recipient.agreement.purposes.join(", ") },
          ],
          columns,
        ),
  );
}

async function show(invocation: Invocation, key: string, name: string): Promise<void> {
  const standings = await readStandings(invocation, key);
  const found = findRecipient(
    standings.map(({ recipient }) => recipient),
    name,
  );
  const standing = standings.find(({ recipient }) => recipient === found);
  invocation.output.result({ client: key, ...standing }, () =>
    standing === undefined ? "" : renderStanding(standing),
  );
}

async function readStandings({ open }: Invocation, key: string): Promise<Standing[]> {
  const { db, clock, actor } = await open();
  const { catalogue, scope } = await getClient(db, key);
  const { recipients, destinations } = await db.scoped(
    scope,
    async (tx) => ({
      recipients: await readRecipients(tx),
      destinations: await readDefinitions(tx, "destination"),
    }),
    { readOnly: true },
  );
  const day = localDate(clock.now(), catalogue.timeZone);
  const ends = destinations.flatMap(({ name, body }) => {
    const parsed = destinationSchema.safeParse(body);
    return parsed.success ? [{ name, recipient: parsed.data.recipient }] : [];
  });
  return recipients.map((recipient) => ({
    recipient,
    state: agreementState(recipient.agreement, day),
    daysLeft: daysLeft(recipient.agreement, day),
    destinations: ends
      .filter((end) => end.recipient === recipient.recipient)
      .map(({ name }) => name),
    isOwn: isMember(recipient, actor),
  }));
}

function agreementCell({ recipient, state, daysLeft: left }: Standing): string {
  const { id, from, until } = recipient.agreement;
  switch (state) {
    case "not-yet":
      return `${id} begins on ${from}`;
    case "ended":
      return `${id} ended on ${until}`;
    case "in-force":
      return left === 0 ? `${id} ends today` : `${id} for ${left} more day${left === 1 ? "" : "s"}`;
  }
}

function renderStanding(standing: Standing): string {
  const { recipient, destinations } = standing;
  const { agreement, members } = recipient;
  const facts: (readonly [string, Cell])[] = [
    ["recipient", recipient.recipient],
    ["name", recipient.name],
    ["kind", recipient.kind],
    ["in", recipient.jurisdiction],
    ["transfer mechanism", recipient.transferMechanism],
    ["agreement", `${agreement.id} version ${agreement.version}`],
    ["in force", `${agreement.from} to ${agreement.until}: ${agreementCell(standing)}`],
    ["purposes", agreement.purposes.join(", ")],
    ["categories", agreement.categories.join(", ")],
    ["may keep data in", agreement.jurisdictions.join(", ")],
    ["for at most", agreement.retention],
    ["members", listed(members)],
    ["destinations", listed(destinations)],
    ...agreement.contacts.map(
      ({ for: what, name, email }) => [`contact: ${what}`, `${name} <${email}>`] as const,
    ),
  ];
  return renderFacts(facts);
}

function listed(names: readonly string[]): Cell {
  return names.length === 0 ? undefined : names.join(", ");
}
