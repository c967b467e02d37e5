/** Makes receipts: what shows one thing of a delivery, and nothing about any other. */
import { NotFoundError, assert } from "../../../kernel/index.ts";
import type { CustomerReceipt, RecordReceipt, Waybill } from "../../../protocol/waybill/index.ts";
import {
  BEYOND_CUSTOMERS,
  type Gap,
  gapLeaf,
  Gaps,
  proveInclusion,
  SaltSequence,
} from "../../ledger/index.ts";
import { readPayload } from "../payload/read-payload.ts";
import { RecordLeaves } from "../payload/record-leaves.ts";
import type { RecordValues } from "../payload/text-form.ts";

export interface ReceiptRequest {
  readonly waybill: Waybill;
  /** Path of the payload. */
  readonly payload: string;
  /** The delivery's secret. */
  readonly secret: Uint8Array;
  /** Which record: its place in the payload, from 0. */
  readonly index: number;
}

/**
 * Makes the receipt of one record. Keeps one hash a record in memory: 32 MB for a million.
 * @throws NotFoundError when the payload has no such record
 */
export async function issueReceipt(request: ReceiptRequest): Promise<RecordReceipt> {
  const { waybill, index } = request;
  const salts = new SaltSequence(request.secret, "records");
  const made = new RecordLeaves(waybill.fields, salts);
  const leaves: Buffer[] = [];
  let shown: RecordValues | undefined;
  const { fields } = waybill;
  for await (const values of readPayload({
    path: request.payload,
    format: waybill.payload.format,
    fields,
  })) {
    shown = leaves.length === index ? values : shown;
    leaves.push(Buffer.from(made.of(values, leaves.length), "latin1"));
  }
  if (shown === undefined) {
    throw new NotFoundError(
      "record-unknown",
      `the payload has ${leaves.length} records, so there is no number ${index}`,
    );
  }
  return {
    waybillId: waybill.waybillId,
    index,
    salt: salts.at(index).toString("hex"),
    record: recordObject(fields, shown),
    proof: hexOf(proveInclusion(leaves, index)),
  };
}

function recordObject(fields: Waybill["fields"], values: RecordValues): RecordReceipt["record"] {
  const entries = fields.map(({ name }, position) => {
    const value = values[position];
    assert(value !== undefined, () => "a record has a value for every field");
    return [name, typeof value === "string" || value === null ? value : [...value]] as const;
  });
  return Object.fromEntries(entries);
}

export interface CustomerReceiptRequest {
  readonly waybillId: string;
  /** The delivery's secret. */
  readonly secret: Uint8Array;
  /** The customers of the delivery, in the order of their numbers. */
  readonly customers: AsyncIterable<bigint> | Iterable<bigint>;
  /** Whom it is about. */
  readonly customer: bigint;
}

/**
 * Makes the receipt that shows whether a customer was in a delivery. It takes the numbers of those who were
 * and no payload. Keeps one hash a customer in memory: 32 MB for a million.
 * @throws InvariantError when the customers do not come in the order of their numbers
 */
export async function issueCustomerReceipt({
  waybillId,
  secret,
  customers,
  customer,
}: CustomerReceiptRequest): Promise<CustomerReceipt> {
  assert(customer > 0n && customer < BEYOND_CUSTOMERS, () => "no customer has that number");
  const salts = new SaltSequence(secret, "customers");
  const gaps = new Gaps();
  const leaves: Buffer[] = [];
  let shown: { readonly gap: Gap; readonly index: number } | undefined;
  const append = (gap: Gap): void => {
    if (gap.low <= customer && customer <= gap.high) {
      shown ??= { gap, index: leaves.length };
    }
    leaves.push(gapLeaf(salts.at(leaves.length), gap));
  };
  for await (const one of customers) {
    const gap = gaps.before(one);
    if (gap !== undefined) {
      append(gap);
    }
  }
  append(gaps.last());
  assert(shown !== undefined, () => "the gaps and their ends are all numbers");
  const { gap, index } = shown;
  return {
    waybillId,
    gap: {
      ...(gap.low > 0n ? { after: String(gap.low) } : {}),
      ...(gap.high < BEYOND_CUSTOMERS ? { before: String(gap.high) } : {}),
    },
    index,
    salt: salts.at(index).toString("hex"),
    proof: hexOf(proveInclusion(leaves, index)),
  };
}

function hexOf(hashes: readonly Buffer[]): string[] {
  return hashes.map((hash) => hash.toString("hex"));
}
