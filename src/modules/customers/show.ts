import { NotFoundError } from "../../kernel/index.ts";
import type { Transaction } from "../../platform/postgres/index.ts";
import { type Catalogue, customerDataset } from "../contracts/index.ts";
import {
  type EventRow,
  type FieldChange,
  type GoldenRow,
  selectEvents,
  selectGolden,
  selectHistory,
  selectProvenance,
  selectRecords,
  type SourceRecord,
} from "./store/customer-reads.ts";

export interface CustomerView {
  readonly customer: GoldenRow;
  /** The source record that each field's value survives from; a field without a value has none. */
  readonly provenance: ReadonlyMap<string, bigint>;
  readonly records: readonly SourceRecord[];
  readonly events: readonly {
    readonly dataset: string;
    readonly count: number;
    readonly newest: readonly EventRow[];
  }[];
  /** Newest first; empty unless asked for. */
  readonly history: readonly FieldChange[];
}

export interface ShowOptions {
  readonly id: bigint;
  /** How many of the newest events of each dataset. */
  readonly events: number;
  /** How many changes; 0 for none. */
  readonly history: number;
}

/**
 * Everything that is known of one customer.
 * @throws NotFoundError when there is no such customer
 */
export async function showCustomer(
  tx: Transaction,
  catalogue: Catalogue,
  options: ShowOptions,
): Promise<CustomerView> {
  const dataset = customerDataset(catalogue);
  const customer = dataset && (await selectGolden(tx, dataset, [options.id]))[0];
  if (dataset === undefined || customer === undefined) {
    throw new NotFoundError(
      "customer-not-found",
      `no customer ${options.id} in ${catalogue.client}`,
      {
        hint: `find ids with: waybill customer search ${catalogue.client} TEXT`,
      },
    );
  }
  const events = [];
  for (const each of catalogue.datasets) {
    if (each.kind === "event") {
      const found = await selectEvents(tx, each, { id: options.id, limit: options.events });
      events.push({ dataset: each.name, ...found });
    }
  }
  return {
    customer,
    provenance: await selectProvenance(tx, dataset, options.id),
    records: await selectRecords(tx, dataset, options.id),
    events,
    history:
      options.history === 0
        ? []
        : await selectHistory(tx, dataset, { id: options.id, limit: options.history }),
  };
}
