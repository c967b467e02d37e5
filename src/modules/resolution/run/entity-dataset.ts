import { NotFoundError } from "../../../kernel/index.ts";
import { type Client, customerDataset, findDataset } from "../../contracts/index.ts";
import type { EntityDataset } from "../../customers/index.ts";

/**
 * The dataset to resolve: the customers, or the one of that name.
 * @throws NotFoundError `dataset-not-resolvable` when the contract has none such
 */
export function entityDataset(client: Client, name: string | undefined): EntityDataset {
  const { catalogue } = client;
  const dataset = name === undefined ? customerDataset(catalogue) : findDataset(catalogue, name);
  if (dataset === undefined || dataset.kind === "event") {
    const what =
      name === undefined ? "customers" : `dataset ${JSON.stringify(name)} of customers or accounts`;
    throw new NotFoundError(
      "dataset-not-resolvable",
      `the contract of ${client.key} has no ${what}`,
      { hint: "only records of customers and accounts are resolved" },
    );
  }
  return dataset;
}
