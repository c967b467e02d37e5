/** Records in, payload out: encoded, committed to, counted and summed in one pass and bounded memory. */
import type { ProjectedField, RecordValues } from "./record.ts";
import { CanonicalRecord } from "./record.ts";
import { CancelledError, assert } from "../../../kernel/index.ts";
import { CompactRange, SaltSequence, recordLeaf } from "../../ledger/index.ts";
import type { Encoder } from "./encoder.ts";
import { ExactSum } from "./exact-sum.ts";

/** A field whose sum the waybill states. */
export interface TotalledField {
  readonly name: string;
  /** Digits after the point. */
  readonly scale: number;
}

/** What was found out about the records while they were packed. */
export interface Contents {
  readonly count: number;
  /** Hex Merkle root over the salted commitments. */
  readonly root: string;
  readonly totals: Readonly<Record<string, string>>;
}

export interface PackRequest {
  readonly batches: AsyncIterable<readonly RecordValues[]>;
  readonly fields: readonly ProjectedField[];
  readonly totals: readonly TotalledField[];
  /** The delivery's secret, see `newDeliverySecret`. */
  readonly secret: Uint8Array;
  readonly encoder: Encoder;
  /** Takes the payload's text in order; awaited, so that a slow disk slows the reading. */
  readonly write: (text: string) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/** @throws CancelledError when the signal is aborted */
export async function pack(request: PackRequest): Promise<Contents> {
  const tally = new Tally(request.fields, request.totals, request.secret);
  const { encoder, write } = request;
  await write(encoder.begin());
  for await (const batch of request.batches) {
    throwIfCancelled(request.signal);
    let text = "";
    for (const values of batch) {
      tally.add(values);
      text += encoder.add(values);
    }
    await write(text);
  }
  await write(encoder.end());
  return tally.contents();
}

/** Counts, sums and commits; the packer and the verifier share it. */
export class Tally {
  readonly #canonical: CanonicalRecord;
  readonly #sums: readonly {
    readonly name: string;
    readonly position: number;
    readonly sum: ExactSum;
  }[];
  readonly #salts: SaltSequence | undefined;
  readonly #tree = new CompactRange();
  #count = 0;

  /** Without a secret there is no root. */
  constructor(
    fields: readonly ProjectedField[],
    totals: readonly TotalledField[],
    secret: Uint8Array | undefined,
  ) {
    this.#canonical = new CanonicalRecord(fields);
    this.#salts = secret === undefined ? undefined : new SaltSequence(secret);
    this.#sums = totals.map(({ name, scale }) => {
      const position = fields.findIndex((field) => field.name === name);
      assert(position >= 0, () => `the total of ${name} needs the field`);
      return { name, position, sum: new ExactSum(scale) };
    });
  }

  add(values: RecordValues): void {
    for (const { position, sum } of this.#sums) {
      const value = values[position] ?? null;
      assert(value === null || typeof value === "string", () => "totals are over numbers");
      sum.add(value);
    }
    if (this.#salts !== undefined) {
      this.#tree.append(recordLeaf(this.#salts.at(this.#count), this.#canonical.of(values)));
    }
    this.#count += 1;
  }

  contents(): Contents {
    const totals = this.#sums.map(({ name, sum }) => [name, sum.toString()]);
    return {
      count: this.#count,
      root: this.#tree.root().toString("hex"),
      totals: Object.fromEntries(totals),
    };
  }
}

/** @throws CancelledError when the signal is aborted */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new CancelledError("delivery-cancelled", "the delivery was cancelled before it left");
  }
}
