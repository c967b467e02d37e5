/** Both commitments to a payload, made of its rows as they come from the server. */
import { CompactRange, CustomerCommitments, SaltSequence } from "../../ledger/trees.ts";
import { OutgoingRows } from "./outgoing-rows.ts";
import { RecordLeaves } from "./record-leaves.ts";

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
  readonly #leaves: RecordLeaves;
  readonly #records = new CompactRange();
  readonly #customers: CustomerCommitments;

  constructor({ fields, lists, secret }: CommitmentRequest) {
    this.#rows = new OutgoingRows(lists);
    this.#leaves = new RecordLeaves(fields, new SaltSequence(secret, "records"));
    this.#customers = new CustomerCommitments(secret);
  }

  feed(chunk: Buffer): void {
    const rows = this.#rows;
    rows.feed(chunk);
    while (rows.next()) {
      this.#records.appendDigest(this.#leaves.ofRow(rows, this.#records.size));
      this.#customers.add(rows.id);
    }
  }

  /** Nothing may be fed afterwards. */
  finish(): Committed {
    this.#rows.end();
    const { count, root } = this.#customers.finish();
    return {
      count: this.#records.size,
      root: this.#records.root().toString("hex"),
      customers: { count, root: root.toString("hex") },
    };
  }
}
