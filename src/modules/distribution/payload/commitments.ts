/** Commitments to records in bytes: what docs/waybill.md, section 4, says, without a text in between. */
import {
  CompactRange,
  CustomerCommitments,
  SALT_BYTES,
  SaltSequence,
  sha256Digest,
} from "../../ledger/trees.ts";
import { ByteSink } from "./byte-sink.ts";
import { OutgoingRows } from "./outgoing-rows.ts";
import { CanonicalRecord } from "./record.ts";

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
    leaf.length = 1;
    this.#salts.write(this.#tree.size, leaf.room(SALT_BYTES), 1);
    leaf.length = 1 + SALT_BYTES;
    this.#canonical.write(rows, leaf);
    this.#tree.appendDigest(sha256Digest(leaf.bytes));
  }

  /** The root over all rows so far, in hex. */
  root(): string {
    return this.#tree.root().toString("hex");
  }
}

/** What is committed to. Plain, so that it can be handed to a thread. */
export interface CommitmentRequest {
  /** The fields by name, in the order of the rows. */
  readonly fields: readonly { readonly name: string }[];
  /** For each field, whether it is a list. */
  readonly lists: readonly boolean[];
  /** The delivery's secret. */
  readonly secret: Uint8Array;
}

/** Both roots of a payload. */
export interface Committed {
  readonly count: number;
  /** Hex Merkle root over the salted commitments to the records. */
  readonly root: string;
  /** How many customers, and the hex root over the gaps between their ids. */
  readonly customers: { readonly count: number; readonly root: string };
}

/** Commits to the rows of a payload and to whose they are, chunk by chunk. */
export class PayloadCommitments {
  readonly #rows: OutgoingRows;
  readonly #records: RecordCommitments;
  readonly #customers: CustomerCommitments;

  constructor({ fields, lists, secret }: CommitmentRequest) {
    this.#rows = new OutgoingRows(lists);
    this.#records = new RecordCommitments(new CanonicalRecord(fields), secret);
    this.#customers = new CustomerCommitments(secret);
  }

  feed(chunk: Buffer): void {
    const rows = this.#rows;
    rows.feed(chunk);
    while (rows.next()) {
      this.#records.add(rows);
      this.#customers.add(rows.id);
    }
  }

  /** Nothing may be fed afterwards. */
  finish(): Committed {
    this.#rows.end();
    const { count, root } = this.#customers.finish();
    return {
      count: this.#records.count,
      root: this.#records.root(),
      customers: { count, root: root.toString("hex") },
    };
  }
}
