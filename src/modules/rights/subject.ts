/** Everything that has to be known of a customer before anything is done about it. */
import { NotFoundError } from "../../kernel/index.ts";
import type { Transaction } from "../../platform/postgres/index.ts";
import { type CustomerDataset, customerDataset, recordsTable } from "../contracts/index.ts";
import {
  type FormerSelf,
  lineageOf,
  type Occurrence,
  occurrencesAmong,
} from "../distribution/index.ts";
import { canonicalJson, recordLeaf } from "../ledger/index.ts";
import type { Opening } from "../../protocol/rights/index.ts";
import type { RightsClient, RightsDeps } from "./deps.ts";
import { type IdentityBook, namingFields, openIdentity } from "./identity.ts";
import { selectErasureOf } from "./store/requests.ts";
import {
  selectFormerIds,
  selectFormerValues,
  selectLiving,
  selectRecords,
  selectValues,
  type SubjectRecord,
} from "./store/subject.ts";

/** A living customer, by everything that leads to it. */
export interface Subject {
  readonly dataset: CustomerDataset;
  readonly customer: bigint;
  /** Of the golden row: what shows that it changed meanwhile. */
  readonly version: number;
  /** Ids that were merged into it. */
  readonly formerIds: readonly bigint[];
  readonly selves: readonly FormerSelf[];
  readonly records: readonly SubjectRecord[];
  readonly identity: IdentityBook;
  /** Every time that it was disclosed. */
  readonly occurrences: readonly Occurrence[];
}

/**
 * Finds a customer. An id that was merged leads to the customer it was merged into.
 * @throws NotFoundError when there is none, with the request that erased it where one did
 */
export async function findSubject(
  tx: Transaction,
  { protection }: Pick<RightsDeps, "protection">,
  { client, customer: id }: { readonly client: RightsClient; readonly customer: bigint },
): Promise<Subject> {
  const dataset = customerDataset(client.catalogue);
  const living = dataset && (await selectLiving(tx, dataset, id));
  if (dataset === undefined || living === undefined) {
    throw await notFound(tx, client, id);
  }
  const { customer, version } = living;
  const records = await selectRecords(tx, dataset, customer);
  const selves = await lineageOf(tx, dataset, customer);
  const fields = namingFields(dataset);
  const names = fields.map(({ name }) => name);
  const stored = {
    customer,
    golden: await selectValues(tx, fields, {
      table: dataset.name,
      idColumn: "_id",
      ids: [customer],
    }),
    former: await selectFormerValues(tx, dataset, { customer, fields: names }),
    records: await selectValues(tx, fields, {
      table: recordsTable(dataset),
      idColumn: "_id",
      ids: [customer],
    }),
  };
  return {
    dataset,
    customer,
    version,
    formerIds: await selectFormerIds(tx, dataset, customer),
    selves,
    records,
    identity: await openIdentity(stored, dataset, protection),
    occurrences: await occurrencesAmong(tx, selves),
  };
}

async function notFound(tx: Transaction, client: RightsClient, id: bigint): Promise<NotFoundError> {
  const erased = await selectErasureOf(tx, id);
  return erased === undefined
    ? new NotFoundError("customer-not-found", `no customer ${id} in ${client.key}`, {
        hint: `find ids with: waybill customer search ${client.key} TEXT`,
      })
    : new NotFoundError("customer-erased", `customer ${id} of ${client.key} was erased`, {
        hint: `see how far it is with: waybill rights status ${client.key} ${erased.request}`,
      });
}

/** The identifiers by which the customer itself knows that it is meant: what an opening states. */
export function statementOf(
  client: string,
  { identity }: Subject,
): { readonly client: string; readonly identifiers: Record<string, string> } {
  const entries = [...identity.current].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { client, identifiers: Object.fromEntries(entries) };
}

/** Every value that a source or the golden row has ever named the customer by. */
export function allIdentifiers({ identity }: Subject): string[] {
  const former = identity.former.flatMap(({ value }) => value ?? []);
  const records = [...identity.records.values()].flat();
  return [...new Set([...identity.current.values(), ...former, ...records])];
}

/** What a certificate names the customer by: whoever has the opening can show that it is about them. */
export function subjectCommitment({ key, statement }: Opening): Buffer {
  return recordLeaf(Buffer.from(key, "hex"), canonicalJson(statement));
}
