/** How a customer's row names its account's. */
import { must } from "../../../kernel/index.ts";
import { comparable, customerDataset, findDataset, findField } from "../../contracts/index.ts";
import type { Catalogue, Dataset, Field } from "../../contracts/index.ts";

export interface AccountLink {
  readonly accounts: Dataset;
  /** SQL: whether the row `account` is the account of the row `customer`; both are aliases. */
  readonly matches: (aliases: { readonly customer: string; readonly account: string }) => string;
}

/** The link of the customers to their accounts; undefined where the contract has none. */
export function accountLink(catalogue: Catalogue): AccountLink | undefined {
  const customers = customerDataset(catalogue);
  const link = customers?.account;
  const accounts = link === undefined ? undefined : findDataset(catalogue, link.dataset);
  if (customers === undefined || link === undefined || accounts === undefined) {
    return undefined;
  }
  const named = (dataset: Dataset, name: string): Field =>
    must(findField(dataset, name), "the contract's link was checked");
  const field = named(customers, link.field);
  const target = named(accounts, link.target);
  return {
    accounts,
    matches: ({ customer, account }) =>
      `${comparable(target, account)} = ${comparable(field, customer)}`,
  };
}
