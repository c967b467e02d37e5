/**
 * Who is reached from rows that changed: people from their account, accounts from their people, events
 * from their customer. Also by what was true before: the log tells which changes are looked back at.
 */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import { must } from "../../../kernel/index.ts";
import {
  blindIndexOf,
  type Catalogue,
  comparable,
  type CustomerDataset,
  customerDataset,
  type Dataset,
  type Field,
  findDataset,
  findField,
  recordsTable,
  storedType,
} from "../../contracts/index.ts";
import { eachField } from "../../customers/index.ts";

/** A row, and the one it is reached from. */
export interface Reached {
  readonly row: bigint;
  readonly from: bigint;
}

/** Rows of a dataset, and the changes since which they may have been something else. */
export interface Origin {
  readonly rows: readonly bigint[];
  /** Without this one. */
  readonly after: bigint;
}

/** How customers name their account. */
interface Link {
  readonly customers: CustomerDataset;
  readonly accounts: Dataset;
  /** What each side names the account by. */
  readonly column: Readonly<Record<Side, Field>>;
}

function linkOf(catalogue: Catalogue): Link | undefined {
  const customers = customerDataset(catalogue);
  const reference = customers?.account;
  if (customers === undefined || reference === undefined) {
    return undefined;
  }
  const accounts = must(findDataset(catalogue, reference.dataset), "the account's dataset exists");
  const target = must(findField(accounts, reference.target), "the account's identifier exists");
  const field = must(findField(customers, reference.field), "the field that names it exists");
  return { customers, accounts, column: { customers: field, accounts: target } };
}

/** What the text of a stored value compares with: the value, or the blind index of a sealed one. */
function fromText(text: string, field: Field): string {
  const value = `${text}::${storedType(field)}`;
  return field.sealed === true ? blindIndexOf(value) : value;
}

/** The customers of accounts, by every identifier that these have, that their records have, or that they had. */
export async function customersOfAccounts(
  tx: Transaction,
  catalogue: Catalogue,
  origin: Origin,
): Promise<Reached[]> {
  return await reached(tx, linkOf(catalogue), { from: "accounts", to: "customers", origin });
}

/**
 * Accounts with an identifier that accounts have or had: of those who share one, only the first has people,
 * so what happens to it concerns the others.
 */
export async function namesakesOfAccounts(
  tx: Transaction,
  catalogue: Catalogue,
  origin: Origin,
): Promise<Reached[]> {
  return await reached(tx, linkOf(catalogue), { from: "accounts", to: "accounts", origin });
}

/** The accounts of customers: those that they name, that their records name, or that they named. */
export async function accountsOfCustomers(
  tx: Transaction,
  catalogue: Catalogue,
  origin: Origin,
): Promise<Reached[]> {
  return await reached(tx, linkOf(catalogue), { from: "customers", to: "accounts", origin });
}

type Side = "customers" | "accounts";

/** Rows of one side of the link with a value that rows of the other, or of the same, have or had. */
async function reached(
  tx: Transaction,
  link: Link | undefined,
  { from, to, origin }: { readonly from: Side; readonly to: Side; readonly origin: Origin },
): Promise<Reached[]> {
  if (link === undefined || origin.rows.length === 0) {
    return [];
  }
  const { column } = link;
  const value = fromText("value", column[from]);
  return await tx.rows<Reached>(
    `with named as (${valuesSql(link[from], column[from].name)})
     select t._id as row, n.row as from
       from (select distinct row, ${value} as value from named where value is not null) n
       join ${quoteIdent(link[to].name)} t on ${comparable(column[to], "t")} = n.value`,
    [origin.rows, origin.after, link[from].name, column[from].name],
  );
}

/**
 * The values of a field that golden rows $1 have, that their source records have, and that they had
 * before the changes after $2; $3 and $4 are the dataset and the field. What a row had that is gone, the
 * records still have that were its own.
 */
function valuesSql(dataset: Dataset, field: string): string {
  const column = quoteIdent(field);
  return `select _id as row, ${column}::text as value
            from ${quoteIdent(dataset.name)} where _id = any($1::bigint[])
           union all
          select _id, ${column}::text
            from ${quoteIdent(recordsTable(dataset))} where _id = any($1::bigint[])
           union all
          select h.row_id, each.before
            from _history h cross join lateral ${eachField("h")}
           where h.dataset = $3::text and h.row_id = any($1::bigint[]) and each.field = $4::text and h.change > $2::bigint`;
}

/** The events of customers. */
export async function eventsOfCustomers(
  tx: Transaction,
  dataset: string,
  customers: readonly bigint[],
): Promise<Reached[]> {
  if (customers.length === 0) {
    return [];
  }
  return await tx.rows<Reached>(
    `select _id as row, _customer as from from ${quoteIdent(dataset)} where _customer = any($1::bigint[])`,
    [customers],
  );
}
