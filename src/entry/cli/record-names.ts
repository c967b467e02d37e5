import { NotFoundError } from "../../kernel/index.ts";
import { customerDataset } from "../../modules/contracts/index.ts";
import { type CustomerView, type Seeing, showCustomer } from "../../modules/customers/index.ts";
import type { Transaction } from "../../platform/postgres/index.ts";
import type { RecordNames } from "./explanation.ts";

/**
 * What the records of some customers are called: their source and, where it may be seen, their key in it.
 * Records of accounts, and of customers who may not be seen, have their numbers alone.
 * @param about.dataset default: the customers
 */
export async function recordNames(
  tx: Transaction,
  seeing: Seeing,
  {
    customers,
    dataset,
  }: { readonly customers: readonly bigint[]; readonly dataset?: string | undefined },
): Promise<RecordNames> {
  const names = new Map<bigint, string>();
  if (dataset !== undefined && dataset !== customerDataset(seeing.catalogue)?.name) {
    return names;
  }
  for (const id of new Set(customers)) {
    for (const { record, source, key } of await recordsOf(tx, seeing, id)) {
      names.set(record, key === undefined ? source : `${source} ${key}`);
    }
  }
  return names;
}

async function recordsOf(
  tx: Transaction,
  seeing: Seeing,
  id: bigint,
): Promise<CustomerView["records"]> {
  try {
    return (await showCustomer(tx, seeing, { id, events: 0, history: 0 })).records;
  } catch (error) {
    if (error instanceof NotFoundError) {
      return [];
    }
    throw error;
  }
}
