import { must, NotFoundError } from "../../kernel/index.ts";
import type { Transaction } from "../../platform/postgres/index.ts";
import { type Catalogue, type CustomerDataset, customerDataset } from "../contracts/index.ts";
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
import { findRedirect, type Redirect, redirectsTo } from "./store/redirects.ts";

export interface StoredCustomer {
  readonly customer: GoldenRow;
  /** The id that was asked for, where it is an old one: it was merged into this customer. */
  readonly redirectedFrom: Redirect | undefined;
  /** Every id that was merged into this customer, by when. */
  readonly formerIds: readonly Redirect[];
  /** The source record that each field's value survives from; a field without a value has none. */
  readonly provenance: ReadonlyMap<string, bigint>;
  readonly records: readonly SourceRecord[];
  readonly events: readonly {
    readonly dataset: string;
    readonly count: number;
    readonly newest: readonly EventRow[];
  }[];
  /** Changes of fields, and which records came and went with merges and splits. Newest first; empty unless asked for. */
  readonly history: readonly FieldChange[];
}

export interface StoredOptions {
  readonly id: bigint;
  /** How many of the newest events of each dataset. */
  readonly events: number;
  /** How many changes; 0 for none. */
  readonly history: number;
}

/**
 * Everything that is known of one customer, as it is stored: for the program's own comparisons, never for
 * somebody's eyes (`showCustomer` is for those). An id that was merged into another shows the customer that
 * it leads to.
 * @throws NotFoundError when there is no such customer
 */
export async function readCustomer(
  tx: Transaction,
  catalogue: Catalogue,
  options: StoredOptions,
): Promise<StoredCustomer> {
  const dataset = customerDataset(catalogue);
  const found = dataset && (await findCustomer(tx, dataset, options.id));
  if (dataset === undefined || found === undefined) {
    throw new NotFoundError(
      "customer-not-found",
      `no customer ${options.id} in ${catalogue.client}`,
      {
        hint: `find ids with: waybill customer search ${catalogue.client} TEXT`,
      },
    );
  }
  const { id } = found.customer;
  const events = [];
  for (const each of catalogue.datasets) {
    if (each.kind === "event") {
      const placed = await selectEvents(tx, each, { id, limit: options.events });
      events.push({ dataset: each.name, ...placed });
    }
  }
  return {
    ...found,
    formerIds: await redirectsTo(tx, dataset, [id]),
    provenance: await selectProvenance(tx, dataset, id),
    records: await selectRecords(tx, dataset, id),
    events,
    history:
      options.history === 0 ? [] : await selectHistory(tx, dataset, { id, limit: options.history }),
  };
}

async function findCustomer(
  tx: Transaction,
  dataset: CustomerDataset,
  id: bigint,
): Promise<Pick<StoredCustomer, "customer" | "redirectedFrom"> | undefined> {
  const [living] = await selectGolden(tx, dataset, [id]);
  if (living !== undefined) {
    return { customer: living, redirectedFrom: undefined };
  }
  const redirect = await findRedirect(tx, dataset, id);
  if (redirect === undefined) {
    return undefined;
  }
  const [customer] = await selectGolden(tx, dataset, [redirect.id]);
  return { customer: must(customer, "a redirect leads to a living row"), redirectedFrom: redirect };
}
