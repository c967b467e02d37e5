/** Commitments to records in bytes: what docs/waybill.md, section 4, says, without a text in between. */
import { CompactRange, SALT_BYTES, SaltSequence, sha256 } from "../../ledger/index.ts";
import { ByteSink } from "./byte-sink.ts";
import type { CanonicalRecord } from "./record.ts";
import type { OutgoingRows } from "./outgoing-rows.ts";

/** What a leaf's hash begins with (RFC 6962 §2.1). */
const LEAF_PREFIX = 0x00;

/** Commits to one row after another. */
export class RecordCommitments {
  readonly #canonical: CanonicalRecord;
  readonly #salts: SaltSequence;
  readonly #tree = new CompactRange();
  readonly #leaf = new ByteSink();

  constructor(canonical: CanonicalRecord, secret: Uint8Array) {
    this.#canonical = canonical;
    this.#salts = new SaltSequence(secret, "records");
    this.#leaf.byte(LEAF_PREFIX);
  }

  get count(): number {
    return this.#tree.size;
  }

  /** Appends the row that `rows` stands at. */
  add(rows: OutgoingRows): void {
    const leaf = this.#leaf;
    leaf.cut(1);
    leaf.copy(this.#salts.at(this.#tree.size), 0, SALT_BYTES);
    this.#canonical.write(rows, leaf);
    this.#tree.append(sha256(leaf.bytes));
  }

  /** The root over all rows so far, in hex. */
  root(): string {
    return this.#tree.root().toString("hex");
  }
}
