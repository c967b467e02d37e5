/** Logins for recipients that ask with tools of their own: given, taken back, and kept true to the policies. */
import {
  type Clock,
  ConflictError,
  didYouMean,
  InvalidInputError,
  NotFoundError,
  RefusedError,
} from "../../../kernel/index.ts";
import {
  createLogin,
  type Database,
  dropLogin,
  listLogins,
  type NamedScope,
  type Transaction,
} from "../../../platform/postgres/index.ts";
import type { Catalogue, Dataset } from "../../contracts/index.ts";
import { openSeeing } from "../../customers/index.ts";
import { recordInLedger } from "../../ledger/index.ts";
import {
  type Access,
  findRecipient,
  FORMS,
  type GivenForm,
  readRecipients,
} from "../../policy/index.ts";
import type { Protection } from "../../protection/index.ts";
import {
  deleteView,
  dropViews,
  insertView,
  makeViews,
  selectViews,
  viewedFields,
  type ViewGrant,
} from "../store/views.ts";

/** The client whose data the views show. */
export interface ViewClient {
  readonly scope: NamedScope;
  readonly catalogue: Catalogue;
}

export interface ViewDeps {
  readonly db: Database;
  readonly clock: Clock;
  /** Opens the client's protection: for pseudonyms. */
  readonly protection: () => Promise<Protection>;
}

export interface GrantRequest {
  readonly recipient: string;
  readonly purpose: string;
  /** What it is called; default: the recipient. */
  readonly name?: string | undefined;
  /** What the login is called; default: made of database, client and name. */
  readonly login?: string | undefined;
  /** Default: all of the contract. */
  readonly datasets?: readonly string[] | undefined;
  /** What the server keeps of the password. */
  readonly verifier: string;
  readonly actor: string;
}

/** Names of fields by the form that they can have on some row. */
export type FieldsByForm = Partial<Record<GivenForm, string[]>>;

/** A login that was just given. */
export interface GrantedView extends ViewGrant {
  /** What it shows now, by dataset. */
  readonly fields: Readonly<Record<string, FieldsByForm>>;
}

const NAME = /^[a-z][a-z0-9_]{0,19}$/u;

/**
 * Gives a recipient a login that sees its rows and forms for a purpose, and nothing else. The ledger tells
 * that, with the fields; what is read by the login is known to nobody but the server.
 * @throws RefusedError when nothing may be seen, with the reason
 * @throws NotFoundError `recipient-unknown`, `dataset-unknown`
 * @throws ConflictError `view-exists`, `login-taken`
 */
export async function grantView(
  deps: ViewDeps,
  client: ViewClient,
  request: GrantRequest,
): Promise<GrantedView> {
  const { db, clock } = deps;
  const { scope, catalogue } = client;
  const name = request.name ?? request.recipient.replaceAll("-", "_").slice(0, 20);
  requireName(name);
  const datasets = datasetsOf(catalogue, request.datasets);
  await db.scoped(scope, (tx) => refuseUnseen(tx, deps, { ...request, catalogue }), {
    readOnly: true,
  });
  await requireNew(db, scope, name);
  const { login, schema } = await createLogin(db, scope, { ...request, name });
  try {
    return await db.defining(scope, async (tx) => {
      const at = clock.now();
      const { recipient, purpose, actor } = request;
      const grant = await insertView(tx, {
        name,
        login,
        schema,
        recipient,
        purpose,
        datasets,
        grantedAt: at,
        grantedBy: actor,
      });
      const access = await liveAccess(tx, deps, { ...grant, catalogue });
      await makeViews(tx, grant, { catalogue, access, at });
      const fields = fieldsShown(access, catalogue, datasets);
      await noteGranted(tx, { grant, fields, policy: access?.policySha256, actor, at });
      return { ...grant, fields };
    });
  } catch (error) {
    await dropLogin(db, scope, login);
    throw error;
  }
}

/**
 * Takes a login back: from the commit on it sees nothing, also in sessions that are open.
 * @throws NotFoundError `view-unknown`
 */
export async function revokeView(
  { db, clock }: Pick<ViewDeps, "db" | "clock">,
  scope: NamedScope,
  { name, actor }: { readonly name: string; readonly actor: string },
): Promise<ViewGrant> {
  const grant = await db.defining(scope, async (tx) => {
    const found = await findView(tx, name);
    await dropViews(tx, found);
    await deleteView(tx, found.view);
    await noteRevoked(tx, { grant: found, actor, at: clock.now() });
    return found;
  });
  await dropLogin(db, scope, grant.login);
  return grant;
}

/** Those who have a login, by name. */
export async function listViews(db: Database, scope: NamedScope): Promise<ViewGrant[]> {
  return await db.scoped(scope, selectViews, { readOnly: true });
}

/** Removes all views of a client, so that its tables can be changed; {@link remakeViews} in the same transaction. */
export async function clearViews(tx: Transaction): Promise<void> {
  for (const grant of await selectViews(tx)) {
    await dropViews(tx, grant);
  }
}

/**
 * Makes all views of a client anew, by the contract, the policies and the agreements as they are now. Who
 * may see nothing any more keeps its login, and sees nothing.
 * @param tx a transaction that defines things in the client's scope
 */
export async function remakeViews(
  tx: Transaction,
  deps: Pick<ViewDeps, "clock" | "protection">,
  catalogue: Catalogue,
): Promise<readonly ViewGrant[]> {
  const grants = await selectViews(tx);
  for (const grant of grants) {
    await dropViews(tx, grant);
    const access = await liveAccess(tx, deps, { ...grant, catalogue });
    await makeViews(tx, grant, { catalogue, access, at: deps.clock.now() });
  }
  return grants;
}

interface Asked {
  readonly recipient: string;
  readonly purpose: string;
  readonly catalogue: Catalogue;
}

/** What may be seen whenever somebody looks; undefined when that is nothing. */
async function liveAccess(
  tx: Transaction,
  { protection }: Pick<ViewDeps, "protection">,
  { recipient: name, purpose, catalogue }: Asked,
): Promise<Access | undefined> {
  const recipient = (await readRecipients(tx)).find(({ recipient }) => recipient === name);
  if (recipient === undefined) {
    return undefined;
  }
  const request = { catalogue, recipient, purpose, at: "live", protection } as const;
  const seeing = await openSeeing(tx, request).catch((error: unknown) => {
    if (error instanceof RefusedError && error.code === "nothing-seen") {
      return undefined;
    }
    throw error;
  });
  return seeing?.access;
}

/** Whoever may see nothing today is not given a login. */
async function refuseUnseen(
  tx: Transaction,
  { clock, protection }: ViewDeps,
  { recipient: name, purpose, catalogue }: Asked,
): Promise<void> {
  const recipient = findRecipient(await readRecipients(tx), name);
  await openSeeing(tx, { catalogue, recipient, purpose, at: clock.now(), protection });
}

function requireName(name: string): void {
  if (!NAME.test(name)) {
    throw new InvalidInputError("view-name", "the name of the view is unfit", [
      {
        at: "name",
        message:
          "must be at most 20 lower-case letters, digits and underscores, beginning with a letter",
      },
    ]);
  }
}

function datasetsOf(catalogue: Catalogue, asked: readonly string[] | undefined): readonly string[] {
  const known = catalogue.datasets.map(({ name }) => name);
  const unknown = asked?.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new NotFoundError("dataset-unknown", `the contract has no dataset ${unknown}`, {
      hint: didYouMean(unknown, known) ?? `there are ${known.join(", ")}`,
    });
  }
  return asked ?? known;
}

/** A login that was left behind when its grant did not come to an end is taken away first. */
async function requireNew(db: Database, scope: NamedScope, name: string): Promise<void> {
  const grants = await listViews(db, scope);
  if (grants.some((grant) => grant.name === name)) {
    throw new ConflictError("view-exists", `there is a view ${name} already`, {
      hint: "take it back first, or choose another name with --name",
    });
  }
  const kept = new Set(grants.map(({ login }) => login));
  for (const { login } of await listLogins(db, scope.key)) {
    if (!kept.has(login)) {
      await dropLogin(db, scope, login);
    }
  }
}

async function findView(tx: Transaction, name: string): Promise<ViewGrant> {
  const grants = await selectViews(tx);
  const found = grants.find((grant) => grant.name === name);
  if (found === undefined) {
    const names = grants.map((grant) => grant.name);
    throw new NotFoundError("view-unknown", `there is no view ${name}`, {
      hint:
        didYouMean(name, names) ??
        (names.length === 0 ? "none was granted" : `there are ${names.join(", ")}`),
    });
  }
  return found;
}

function fieldsShown(
  access: Access | undefined,
  { datasets }: Catalogue,
  names: readonly string[],
): GrantedView["fields"] {
  const shown = datasets.filter(({ name }) => names.includes(name));
  return Object.fromEntries(
    shown.map((dataset) => [
      dataset.name,
      access === undefined ? {} : fieldsByForm(access, dataset),
    ]),
  );
}

function fieldsByForm(access: Access, dataset: Dataset): FieldsByForm {
  const fields = viewedFields(access, dataset).map(({ name }) => name);
  const byForm = FORMS.filter((form) => form !== "absent").map((form): [GivenForm, string[]] => [
    form,
    fields.filter((field) => access.forms(dataset.name, field).includes(form)),
  ]);
  return Object.fromEntries(byForm.filter(([, names]) => names.length > 0));
}

/** What the ledger is told of a login. */
interface Noted {
  readonly grant: ViewGrant;
  readonly actor: string;
  readonly at: Date;
}

async function noteGranted(
  tx: Transaction,
  {
    fields,
    policy,
    ...noted
  }: Noted & Pick<GrantedView, "fields"> & { readonly policy: string | undefined },
): Promise<void> {
  const { head, asked } = entryOf(noted);
  const view = { ...asked, policy, datasets: [...noted.grant.datasets], fields: { ...fields } };
  await recordInLedger(tx, [{ ...head, kind: "view-granted", view }]);
}

async function noteRevoked(tx: Transaction, noted: Noted): Promise<void> {
  const { head, asked } = entryOf(noted);
  await recordInLedger(tx, [{ ...head, kind: "view-revoked", view: asked }]);
}

function entryOf({ grant, actor, at }: Noted) {
  const { name, recipient, purpose, login } = grant;
  return {
    head: { version: "1", at: at.toISOString(), actor, about: `view ${name}` },
    asked: { recipient, purpose, login },
  } as const;
}
