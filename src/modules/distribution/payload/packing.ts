/**
 * Packs beside the reading. To encode a record and to commit to it takes nearly as long as the server takes
 * to give it, so a large payload is packed in a thread of its own; a small one is packed before a thread
 * would have begun. The trees over what leaves grow here, where there is less to do.
 */
import { must } from "../../../kernel/index.ts";
import { CompactRange, CustomerCommitments } from "../../ledger/trees.ts";
import { Crate } from "./crate.ts";
import type { PackedRows } from "./packed-rows.ts";
import { type Packed, Packer, type PackingRequest, type RecordSummary } from "./packer.ts";
import { type PackedCrate, PackingThread } from "./packing-thread.ts";
import { isWorkerKept } from "./packing-workers.ts";

/** Crates of rows up to which a thread is not worth its beginning: two megabytes; and if one is ready. */
const SMALL_CRATES = 8;
const SMALL_CRATES_FOR_KEPT = 0;
/**
 * Crates that there are at most, which bounds the memory: 20 MB. So many that the server need not wait while
 * the thread begins.
 */
const MOST_CRATES = 32;

/** Who takes what rows become, part by part and in their order. What it is given changes afterwards. */
export interface PackingSink {
  /** Takes the payload's bytes; awaited, so that a slow disk slows the reading. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Is told whose they are. */
  readonly note: (rows: PackedRows) => void;
}

/** What is in a payload. */
export interface Contents {
  readonly count: number;
  /** Hex Merkle root over the salted commitments to the records. */
  readonly root: string;
  /** Sums by field. */
  readonly totals: Readonly<Record<string, string>>;
  /** How many customers, and the hex root over the gaps between their ids. */
  readonly customers: { readonly count: number; readonly root: string };
}

/** A payload that is packed. */
export interface PackedPayload {
  readonly contents: Contents;
  /** Bytes of it that the longest record has taken. */
  readonly longest: number;
}

export class Packing implements AsyncDisposable {
  readonly #request: PackingRequest;
  readonly #sink: PackingSink;
  readonly #smallCrates: number;
  #crates = 1;
  /** The one that is being filled, and how much of it is. */
  #crate = new Crate(0);
  #filled = 0;
  /** Full ones of a payload that is small so far. */
  #held: Crate[] = [];
  readonly #empty: Crate[] = [];
  #thread: PackingThread | undefined;
  readonly #records = new CompactRange();
  readonly #customers: CustomerCommitments;

  /** @param smallCrates up to how many the work is done here; tests have other limits */
  constructor(
    request: PackingRequest,
    sink: PackingSink,
    smallCrates: number = isWorkerKept() ? SMALL_CRATES_FOR_KEPT : SMALL_CRATES,
  ) {
    this.#request = request;
    this.#customers = new CustomerCommitments(request.secret);
    this.#sink = sink;
    this.#smallCrates = smallCrates;
  }

  /** Takes the next bytes of the rows. Awaiting it keeps the thread, and the disk, from falling behind. */
  async feed(chunk: Buffer): Promise<void> {
    for (let from = 0; from < chunk.length;) {
      const { rows } = this.#crate;
      const copied = chunk.copy(rows, this.#filled, from);
      this.#filled += copied;
      from += copied;
      if (this.#filled === rows.length) {
        await this.#pass(this.#crate);
        this.#crate = await this.#emptyCrate();
        this.#filled = 0;
      }
    }
  }

  /** @throws whatever has ended the thread */
  async finish(): Promise<PackedPayload> {
    const thread = this.#thread;
    const { totals, longest } = await (thread === undefined
      ? this.#packHere()
      : this.#finishThere(thread));
    const customers = this.#customers.finish();
    return {
      contents: {
        count: this.#records.size,
        root: this.#records.root().toString("hex"),
        totals,
        customers: { count: customers.count, root: customers.root.toString("hex") },
      },
      longest,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread?.[Symbol.asyncDispose]();
  }

  /** Hands a full crate on: to the thread, or to those that are held until there is one. */
  async #pass(crate: Crate): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined) {
      this.#held.push(crate);
      if (this.#held.length > this.#smallCrates) {
        this.#thread = this.#begin();
      }
      return;
    }
    thread.post(crate, crate.rows.length);
    while (thread.back > 0) {
      await this.#unload(await thread.next());
    }
  }

  #begin(): PackingThread {
    const thread = new PackingThread(this.#request);
    for (const held of this.#held) {
      thread.post(held, held.rows.length);
    }
    this.#held = [];
    return thread;
  }

  async #emptyCrate(): Promise<Crate> {
    if (this.#empty.length === 0 && this.#crates < MOST_CRATES) {
      this.#crates += 1;
      return new Crate(this.#crates - 1);
    }
    if (this.#empty.length === 0) {
      const thread = must(this.#thread, "fewer are held than there may be");
      await this.#unload(await thread.next());
    }
    return must(this.#empty.pop(), "there is one now");
  }

  async #unload({ crate, ...packed }: PackedCrate): Promise<void> {
    await this.#keep(packed);
    this.#empty.push(crate);
  }

  async #keep({ payload, leaves, rows }: Packed): Promise<void> {
    await this.#sink.write(payload);
    this.#records.appendAll(leaves);
    for (const id of rows.ids) {
      this.#customers.add(id);
    }
    this.#sink.note(rows);
  }

  async #finishThere(thread: PackingThread): Promise<RecordSummary> {
    thread.post(this.#crate, this.#filled);
    while (thread.away + thread.back > 0) {
      await this.#unload(await thread.next());
    }
    const lastWord = await thread.finish();
    await this.#keep(lastWord);
    return lastWord;
  }

  async #packHere(): Promise<RecordSummary> {
    const packer = new Packer(this.#request);
    for (const { rows } of this.#held) {
      await this.#keep(packer.pack(rows));
    }
    await this.#keep(packer.pack(this.#crate.rows.subarray(0, this.#filled)));
    const lastWord = packer.finish();
    await this.#keep(lastWord);
    return lastWord;
  }
}
