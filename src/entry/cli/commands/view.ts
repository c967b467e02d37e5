/** Governed SQL views: logins for recipients that ask with tools of their own. */
import { randomBytes } from "node:crypto";
import { Command } from "commander";
import { type Client, getClient } from "../../../modules/contracts/index.ts";
import {
  type FieldsByForm,
  grantView,
  listViews,
  remakeViews,
  revokeView,
  type ViewDeps,
  type ViewGrant,
} from "../../../modules/distribution/index.ts";
import { must } from "../../../kernel/index.ts";
import { scramVerifier } from "../../../platform/crypto/index.ts";
import { findScope, type NamedScope } from "../../../platform/postgres/index.ts";
import type { Context } from "../../context.ts";
import { action, type Invocation } from "../invocation.ts";
import { collect } from "../parse.ts";
import { sequenceAfter } from "../sequence-after.ts";
import { type Cell, renderFacts, renderTable } from "../table.ts";

const CLIENT = ["<client>", "the client's key"] as const;
const NAME = ["<name>", "the view's name, as the list has it"] as const;

export function viewCommand(): Command {
  const command = new Command("view").description(
    "PostgreSQL logins that see exactly a recipient's rows and forms, for BI tools and psql",
  );
  command
    .command("grant")
    .description("give a recipient a login; its password is printed once")
    .argument(...CLIENT)
    .requiredOption("--as <recipient>", "the recipient whose rows and forms it sees")
    .requiredOption("--purpose <use>", "what the data is for")
    .option("--dataset <name>", "only this dataset; may be given several times", collect)
    .option("--name <name>", "what it is called (default: the recipient)")
    .option(
      "--login <name>",
      "what the login is called (default: made of database, client and name)",
    )
    .addHelpText(
      "after",
      `
Each dataset is a view of the same name. Sealed fields are not in it. Agreement, consents and the clock are part
of the views: what ends, ends by itself. Policies and contracts that are applied change them at once.

  waybill view grant telecom --as reporting-warehouse --purpose analytics.reporting`,
    )
    .action(action(grant));
  command
    .command("list")
    .description("who has a login, and what it shows")
    .argument(...CLIENT)
    .action(action(list));
  command
    .command("revoke")
    .description("take a login back: it sees nothing any more, at once")
    .argument(...CLIENT)
    .argument(...NAME)
    .action(action(revoke));
  command
    .command("refresh")
    .description("make all views of a client anew; applying a folder does it by itself")
    .argument(...CLIENT)
    .action(action(refresh));
  return command;
}

interface GrantOptions {
  readonly as: string;
  readonly purpose: string;
  readonly dataset?: readonly string[];
  readonly name?: string;
  readonly login?: string;
}

const PASSWORD_BYTES = 24;
const SALT_BYTES = 16;

async function grant(
  { open, output }: Invocation,
  key: string,
  options: GrantOptions,
): Promise<void> {
  const context = await open();
  const { client, scope, deps } = await openViews(context, key);
  const password = randomBytes(PASSWORD_BYTES).toString("base64url");
  const granted = await grantView(
    deps,
    { scope, catalogue: client.catalogue },
    {
      recipient: options.as,
      purpose: options.purpose,
      datasets: options.dataset,
      name: options.name,
      login: options.login,
      verifier: scramVerifier(password, randomBytes(SALT_BYTES)),
      actor: context.actor,
    },
  );
  await sequenceAfter({ output }, context, client);
  const { host, port, database } = placeOf(context.databaseUrl);
  output.note(
    `the ledger tells of this login and of these fields, not of what is read by it: that stands in neither ledger nor disclosures, so an erasure does not reach what ${granted.recipient} has copied`,
  );
  output.result({ ...granted, password, host, port, database }, () =>
    renderFacts([
      ["view", granted.name],
      ["recipient", granted.recipient],
      ["purpose", granted.purpose],
      ...Object.entries(granted.fields).map(
        ([dataset, fields]) => [dataset, fieldsText(fields)] as const,
      ),
      ["host", `${host}:${port}`],
      ["database", database],
      ["login", granted.login],
      ["password", `${password}   (shown this once)`],
    ]),
  );
}

/** As `name, plan (partial: email)`. */
function fieldsText({ clear = [], ...others }: FieldsByForm): string {
  const masked = Object.entries(others).map(([form, names]) => `(${form}: ${names.join(", ")})`);
  const shown = [...(clear.length === 0 ? [] : [clear.join(", ")]), ...masked];
  return shown.length === 0 ? "nothing" : shown.join(" ");
}

async function list({ open, output }: Invocation, key: string): Promise<void> {
  const context = await open();
  const { scope } = await openViews(context, key);
  const views = await listViews(context.db, scope);
  output.result({ client: key, views }, () =>
    views.length === 0
      ? `nobody has a login to ${key}; give one with: waybill view grant ${key} --as RECIPIENT --purpose USE`
      : renderTable(views, VIEW_COLUMNS),
  );
}

const VIEW_COLUMNS: readonly { head: string; cell: (row: ViewGrant) => Cell }[] = [
  { head: "view", cell: ({ name }) => name },
  { head: "login", cell: ({ login }) => login },
  { head: "recipient", cell: ({ recipient }) => recipient },
  { head: "purpose", cell: ({ purpose }) => purpose },
  { head: "datasets", cell: ({ datasets }) => datasets.join(", ") },
  { head: "granted", cell: ({ grantedAt }) => grantedAt },
  { head: "by", cell: ({ grantedBy }) => grantedBy },
  { head: "shows", cell: ({ policySha256 }) => (policySha256 === null ? "nothing" : "its rows") },
];

async function revoke({ open, output }: Invocation, key: string, name: string): Promise<void> {
  const context = await open();
  const { client, scope, deps } = await openViews(context, key);
  const revoked = await revokeView(deps, scope, { name, actor: context.actor });
  await sequenceAfter({ output }, context, client);
  output.result({ client: key, revoked }, () => `the login ${revoked.login} is taken back`);
}

async function refresh({ open, output }: Invocation, key: string): Promise<void> {
  const context = await open();
  const { client, scope, deps } = await openViews(context, key);
  const views = await context.db.defining(scope, (tx) => remakeViews(tx, deps, client.catalogue));
  output.result({ client: key, views: views.map(({ name }) => name) }, () =>
    views.length === 1 ? "1 view was made anew" : `${views.length} views were made anew`,
  );
}

async function openViews(
  { db, clock, protect }: Context,
  key: string,
): Promise<{ readonly client: Client; readonly scope: NamedScope; readonly deps: ViewDeps }> {
  const client = await getClient(db, key);
  const scope = must(await findScope(db, key), "a client has a scope");
  return { client, scope, deps: { db, clock, protection: () => protect(key) } };
}

function placeOf(url: string): { host: string; port: string; database: string } {
  const { hostname, port, pathname } = new URL(url);
  return { host: hostname, port: port === "" ? "5432" : port, database: pathname.slice(1) };
}
