import type { Transaction } from "../../platform/postgres/index.ts";
import { type Catalogue, customerDataset } from "../contracts/index.ts";
import { selectShared } from "./store/customer-reads.ts";

/** How many customers have more than one source record, with an example; for reports. */
export async function sharedCustomers(
  tx: Transaction,
  catalogue: Catalogue,
): Promise<{ readonly customers: number; readonly example: bigint | undefined }> {
  const dataset = customerDataset(catalogue);
  return dataset === undefined ? { customers: 0, example: undefined } : selectShared(tx, dataset);
}
