import { type Client, customerDataset } from "../../modules/contracts/index.ts";
import { showCustomer } from "../../modules/customers/index.ts";
import type { Transaction } from "../../platform/postgres/index.ts";
import type { RecordNames } from "./explanation.ts";

/**
 * What the records of some customers are called: their source and their key in it. Records of accounts
 * have their numbers alone.
 * @param about.dataset default: the customers
 */
export async function recordNames(
  tx: Transaction,
  { catalogue }: Client,
  {
    customers,
    dataset,
  }: { readonly customers: readonly bigint[]; readonly dataset?: string | undefined },
): Promise<RecordNames> {
  const names = new Map<bigint, string>();
  if (dataset !== undefined && dataset !== customerDataset(catalogue)?.name) {
    return names;
  }
  for (const id of new Set(customers)) {
    const { records } = await showCustomer(tx, catalogue, { id, events: 0, history: 0 });
    for (const { record, source, key } of records) {
      names.set(record, `${source} ${key}`);
    }
  }
  return names;
}
