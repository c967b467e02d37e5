/** Leaves of records, in bytes: what docs/waybill.md, section 4, says, without a text in between. */
import { SALT_BYTES, sha256Digest } from "../../ledger/trees.ts";
import { ByteSink } from "./byte-sink.ts";
import type { OutgoingRows } from "./outgoing-rows.ts";
import { CanonicalRecord, type RecordValues } from "./record.ts";

/** What a leaf's hash begins with (RFC 6962 §2.1). */
const LEAF_PREFIX = 0x00;

/** Gives the salt of each record of a delivery: a `SaltSequence` of its secret. */
export interface RecordSalts {
  readonly write: (index: number, target: DataView, at: number) => void;
}

/** Makes the leaf hashes of a delivery's records, as `sha256Digest` gives them. */
export class RecordLeaves {
  readonly #canonical: CanonicalRecord;
  readonly #salts: RecordSalts;
  readonly #input = new ByteSink();

  /** @param fields by name, in the order of the records' values */
  constructor(fields: readonly { readonly name: string }[], salts: RecordSalts) {
    this.#canonical = new CanonicalRecord(fields);
    this.#salts = salts;
    this.#input.byte(LEAF_PREFIX);
  }

  /** Of the record at `index`. @throws InvariantError when it has too few values */
  of(values: RecordValues, index: number): string {
    const input = this.#salted(index);
    this.#canonical.write(values, input);
    return sha256Digest(input.bytes);
  }

  /** Of the record at `index` that `rows` stands at. */
  ofRow(rows: OutgoingRows, index: number): string {
    const input = this.#salted(index);
    this.#canonical.writeRow(rows, input);
    return sha256Digest(input.bytes);
  }

  /** What is hashed, without the record. */
  #salted(index: number): ByteSink {
    const input = this.#input;
    input.length = 1;
    this.#salts.write(index, input.room(SALT_BYTES), 1);
    input.length = 1 + SALT_BYTES;
    return input;
  }
}
