import { NotFoundError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { type CustomerDataset, customerDataset } from "../../contracts/index.ts";
import { selectProvenance } from "../store/customer-reads.ts";
import { findRedirect, type Redirect, redirectsTo } from "../store/redirects.ts";
import type { GovernedCustomer } from "./customer.ts";
import { type GovernedChange, governedHistory } from "./history.ts";
import type { Seeing } from "./seeing.ts";
import {
  type GovernedEvents,
  type GovernedRecord,
  selectEvents,
  selectRecords,
} from "../store/governed-behind.ts";
import { selectCustomers } from "../store/governed-find.ts";

export interface CustomerView {
  readonly customer: GovernedCustomer;
  /** The id that was asked for, where it is an old one: it was merged into this customer. */
  readonly redirectedFrom: Redirect | undefined;
  /** Every id that was merged into this customer, by when. */
  readonly formerIds: readonly Redirect[];
  /** The source record that each field's value survives from; a field that is absent or missing has none. */
  readonly provenance: ReadonlyMap<string, bigint>;
  readonly records: readonly GovernedRecord[];
  readonly events: readonly GovernedEvents[];
  /** Changes of fields, and which records came and went with merges and splits. Newest first; empty unless asked for. */
  readonly history: readonly GovernedChange[];
}

export interface ShowOptions {
  readonly id: bigint;
  /** How many of the newest events of each dataset. */
  readonly events: number;
  /** How many changes; 0 for none. */
  readonly history: number;
}

/**
 * What may be seen of one customer. An id that was merged into another shows the customer that it leads
 * to. A customer of whom nothing may be seen is as one that is not there.
 * @throws NotFoundError when there is no such customer
 */
export async function showCustomer(
  tx: Transaction,
  seeing: Seeing,
  options: ShowOptions,
): Promise<CustomerView> {
  const { catalogue } = seeing;
  const dataset = customerDataset(catalogue);
  const found = dataset && (await findCustomer(tx, seeing, { dataset, id: options.id }));
  if (dataset === undefined || found === undefined) {
    const { recipient, purpose } = seeing.access;
    throw new NotFoundError(
      "customer-not-found",
      `${recipient.recipient} sees no customer ${options.id} of ${catalogue.client} for ${purpose}`,
      { hint: `find ids with: waybill customer search ${catalogue.client} TEXT` },
    );
  }
  const { customer } = found;
  const { id } = customer;
  const events = [];
  for (const each of catalogue.datasets) {
    if (each.kind === "event") {
      events.push(
        await selectEvents(tx, seeing, {
          customers: dataset,
          dataset: each,
          id,
          limit: options.events,
        }),
      );
    }
  }
  const provenance = [...(await selectProvenance(tx, dataset, id))];
  return {
    ...found,
    formerIds: await redirectsTo(tx, dataset, [id]),
    provenance: new Map(provenance.filter(([field]) => customer.forms[field] !== "absent")),
    records: await selectRecords(tx, seeing, { dataset, id }),
    events,
    history:
      options.history === 0
        ? []
        : await governedHistory(tx, seeing, { dataset, customer, limit: options.history }),
  };
}

async function findCustomer(
  tx: Transaction,
  seeing: Seeing,
  { dataset, id }: { readonly dataset: CustomerDataset; readonly id: bigint },
): Promise<Pick<CustomerView, "customer" | "redirectedFrom"> | undefined> {
  const [living] = await selectCustomers(tx, seeing, { dataset, ids: [id] });
  if (living !== undefined) {
    return { customer: living, redirectedFrom: undefined };
  }
  const redirect = await findRedirect(tx, dataset, id);
  if (redirect === undefined) {
    return undefined;
  }
  const [customer] = await selectCustomers(tx, seeing, { dataset, ids: [redirect.id] });
  return customer && { customer, redirectedFrom: redirect };
}

/** Those of the customers who may be seen, in the order of their ids. */
export async function seeCustomers(
  tx: Transaction,
  seeing: Seeing,
  ids: readonly bigint[],
): Promise<readonly GovernedCustomer[]> {
  const dataset = customerDataset(seeing.catalogue);
  return dataset === undefined ? [] : await selectCustomers(tx, seeing, { dataset, ids });
}
