/**
 * Governed views: what a recipient with a PostgreSQL login sees. They are views with a security barrier,
 * owned by the owner of the client's schema and lying in a schema of the login's own; whoever uses them
 * needs no right on a table. All of policy is in the views themselves, agreement's dates and consents
 * included, with the server's clock: what ends, ends by itself.
 *
 * Everybody on a server can read the definitions of its views. So no value of a policy stands in one, and
 * no key: they are looked up in `_view_values`, which nobody else may read.
 */
import { quoteIdent, type SqlValue, type Transaction } from "../../../platform/postgres/index.ts";
import {
  type Catalogue,
  type CustomerDataset,
  customerDataset,
  type Dataset,
  type Field,
} from "../../contracts/index.ts";
import type { Access, AccessTarget, SqlParameters } from "../../policy/index.ts";

/** A login with its views. */
export interface ViewGrant {
  readonly view: number;
  readonly name: string;
  readonly login: string;
  readonly schema: string;
  readonly recipient: string;
  readonly purpose: string;
  readonly datasets: readonly string[];
  readonly grantedAt: Date;
  readonly grantedBy: string;
  /** The policies that the views were made from; null while they show nothing. */
  readonly policySha256: string | null;
  readonly refreshedAt: Date;
}

const COLUMNS = `view, name, login, schema_name as schema, recipient, purpose, datasets,
  granted_at as "grantedAt", granted_by as "grantedBy", policy_sha256 as "policySha256",
  refreshed_at as "refreshedAt"`;

export async function selectViews(tx: Transaction): Promise<ViewGrant[]> {
  return await tx.rows<ViewGrant>(`select ${COLUMNS} from _views order by name`);
}

export type NewView = Omit<ViewGrant, "view" | "policySha256" | "refreshedAt">;

export async function insertView(tx: Transaction, view: NewView): Promise<ViewGrant> {
  const { name, login, schema, recipient, purpose, datasets, grantedAt, grantedBy } = view;
  return await tx.row<ViewGrant>(
    `insert into _views (name, login, schema_name, recipient, purpose, datasets, granted_at, granted_by, refreshed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $7) returning ${COLUMNS}`,
    [name, login, schema, recipient, purpose, datasets, grantedAt, grantedBy],
  );
}

export async function deleteView(tx: Transaction, view: number): Promise<void> {
  await tx.run("delete from _views where view = $1", [view]);
}

/** Removes the views of a login; it then sees nothing. */
export async function dropViews(tx: Transaction, { view, schema }: ViewGrant): Promise<void> {
  const names = await tx.rows<{ name: string }>(
    `select c.relname as name
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relkind = 'v'`,
    [schema],
  );
  for (const { name } of names) {
    await tx.run(`drop view ${quoteIdent(schema)}.${quoteIdent(name)}`);
  }
  await tx.run("delete from _view_values where view = $1", [view]);
}

export interface MakingRequest {
  readonly catalogue: Catalogue;
  /** Asked for the instant `live`; undefined when nothing may be seen: then there are no views. */
  readonly access: Access | undefined;
  readonly at: Date;
}

/** Makes the views of a login, one for each of its datasets of which anything may be seen. */
export async function makeViews(
  tx: Transaction,
  grant: ViewGrant,
  { catalogue, access, at }: MakingRequest,
): Promise<void> {
  const values = new ViewValues(grant.view);
  const customers = customerDataset(catalogue);
  const datasets = catalogue.datasets.filter(({ name }) => grant.datasets.includes(name));
  for (const dataset of access === undefined ? [] : datasets) {
    const query = access && viewQuery(access, { dataset, customers, values });
    if (query !== undefined) {
      const view = `${quoteIdent(grant.schema)}.${quoteIdent(dataset.name)}`;
      await tx.run(`create view ${view} with (security_barrier = true) as ${query}`);
      await tx.run(`grant select on ${view} to ${quoteIdent(grant.login)}`);
    }
  }
  for (const { number, value, bytes } of values.all) {
    await tx.run(
      "insert into _view_values (view, number, value, bytes) values ($1, $2, $3::text, $4)",
      [grant.view, number, value, bytes],
    );
  }
  await tx.run("update _views set policy_sha256 = $2, refreshed_at = $3 where view = $1", [
    grant.view,
    access?.policySha256 ?? null,
    at,
  ]);
}

interface ViewValue {
  readonly number: number;
  readonly value: SqlValue;
  readonly bytes: Buffer | null;
}

/** The values of a login's views: each stands in `_view_values`, and the views look it up once a statement. */
class ViewValues implements SqlParameters {
  readonly #view: number;
  readonly #values: ViewValue[] = [];

  constructor(view: number) {
    this.#view = view;
  }

  add(value: SqlValue, type: Parameters<SqlParameters["add"]>[1]): string {
    const number = this.#values.length + 1;
    const isBytes = Buffer.isBuffer(value);
    this.#values.push({
      number,
      value: isBytes ? null : value instanceof Date ? value.toISOString() : value,
      bytes: isBytes ? value : null,
    });
    const column = isBytes ? "bytes" : `value::${type}`;
    return `(select v.${column} from _view_values v where v.view = ${this.#view} and v.number = ${number})`;
  }

  get all(): readonly ViewValue[] {
    return this.#values;
  }
}

interface ViewRequest {
  readonly dataset: Dataset;
  readonly customers: CustomerDataset | undefined;
  readonly values: SqlParameters;
}

/** The fields of a dataset that views show. Sealed ones are left out: their keys are not here. */
export function viewedFields(access: Access, dataset: Dataset): readonly Field[] {
  return dataset.fields.filter(
    ({ name, sealed }) =>
      sealed !== true && access.forms(dataset.name, name).some((form) => form !== "absent"),
  );
}

/** Undefined when nothing of the dataset may be seen. */
function viewQuery(access: Access, request: ViewRequest): string | undefined {
  const { dataset } = request;
  const fields = viewedFields(access, dataset);
  if (fields.length === 0) {
    return undefined;
  }
  const target = targetOf(request);
  const columns = fields.map(
    (field) => `${columnSql(access, target, field)} as ${quoteIdent(field.name)}`,
  );
  const condition = access.rowCondition(
    target,
    fields.map(({ name }) => name),
  );
  return `select ${[...numbersOf(dataset), ...columns].join(", ")}
            from ${sourceOf(request)}
           where ${condition}`;
}

/** A field that is nothing but clear or absent has its own type, so that tools can reckon with it; others are texts. */
function columnSql(access: Access, target: AccessTarget, { name }: Field): string {
  const isOwn = access
    .forms(target.dataset, name)
    .every((form) => form === "clear" || form === "absent");
  return isOwn ? access.clearValue(target, name) : access.value(target, name);
}

/** Waybill's own numbers, by which the views are joined. */
function numbersOf({ kind }: Dataset): readonly string[] {
  return kind === "event" ? ["r._id", "r._customer"] : ["r._id"];
}

function targetOf({ dataset, values }: ViewRequest): AccessTarget {
  const target = { dataset: dataset.name, row: "r", parameters: values };
  switch (dataset.kind) {
    case "customer":
      return { ...target, customer: "r" };
    case "account":
      return { ...target, account: "r" };
    case "event":
      return { ...target, customer: "c" };
  }
}

function sourceOf({ dataset, customers }: ViewRequest): string {
  const rows = `${quoteIdent(dataset.name)} r`;
  return dataset.kind === "event" && customers !== undefined
    ? `${rows} left join ${quoteIdent(customers.name)} c on c._id = r._customer`
    : rows;
}
