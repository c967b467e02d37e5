/** Rows in; payload, leaves of records and sums out: in one pass, so that each row is taken apart once. */
import { SaltSequence } from "../../ledger/trees.ts";
import { ByteSink } from "./byte-sink.ts";
import { type Encoder, type Encoding, encoderFor } from "./encoder.ts";
import { OutgoingRows } from "./outgoing-rows.ts";
import { type PackedRows, RowList } from "./packed-rows.ts";
import { RecordLeaves } from "./record-leaves.ts";
import type { ProjectedField } from "./record.ts";
import { Totals, type TotalledField } from "./totals.ts";

/** What is packed, and how. Plain, so that it can be handed to a thread. */
export interface PackingRequest {
  /** In the order of the rows. */
  readonly fields: readonly ProjectedField[];
  readonly totals: readonly TotalledField[];
  /** The delivery's secret, see `newDeliverySecret`. */
  readonly secret: Uint8Array;
  readonly encoding: Encoding;
}

/** What rows became. */
export interface Packed {
  /** Their part of the payload. */
  readonly payload: Uint8Array;
  /** The leaf hashes of their records, one after another. */
  readonly leaves: Uint8Array;
  readonly rows: PackedRows;
}

/** What was found out about all records while they were packed. Plain as well. */
export interface RecordSummary {
  /** Sums by field. */
  readonly totals: Readonly<Record<string, string>>;
  /** Bytes of the payload that the longest record has taken. */
  readonly longest: number;
}

/** Packs rows as they come from the server. */
export class Packer {
  readonly #rows: OutgoingRows;
  readonly #encoder: Encoder;
  readonly #leaves: RecordLeaves;
  readonly #hashes = new ByteSink();
  #count = 0;
  readonly #totals: Totals;
  readonly #list = new RowList();
  readonly #out = new ByteSink();
  #longest = 0;
  readonly #valueAt = (position: number) => this.#rows.value(position);

  constructor({ fields, totals, secret, encoding }: PackingRequest) {
    this.#rows = new OutgoingRows(fields.map(({ type }) => type === "text-list"));
    this.#encoder = encoderFor(encoding, fields);
    this.#leaves = new RecordLeaves(fields, new SaltSequence(secret, "records"));
    this.#totals = new Totals(fields, totals);
    this.#encoder.begin(this.#out);
  }

  /** Takes the next bytes of the rows, as `OutgoingRows` does. @returns what they became; until the next call */
  pack(chunk: Uint8Array): Packed {
    const rows = this.#rows;
    const out = this.#out;
    rows.feed(chunk);
    while (rows.next()) {
      const before = out.length;
      this.#encoder.add(rows, out);
      this.#longest = Math.max(this.#longest, out.length - before);
      this.#hashes.binary(this.#leaves.ofRow(rows, this.#count));
      this.#count += 1;
      this.#totals.add(this.#valueAt);
      this.#list.add(rows);
    }
    return this.#take();
  }

  /**
   * Ends the payload. Nothing may be packed afterwards.
   * @throws InvariantError when the rows end in the middle of one
   */
  finish(): RecordSummary & Packed {
    this.#rows.end();
    this.#encoder.end(this.#out);
    return {
      totals: this.#totals.result(),
      longest: this.#longest,
      ...this.#take(),
    };
  }

  #take(): Packed {
    const packed = {
      payload: this.#out.bytes,
      leaves: this.#hashes.bytes,
      rows: this.#list.rows(),
    };
    this.#out.length = 0;
    this.#hashes.length = 0;
    this.#list.empty();
    return packed;
  }
}
