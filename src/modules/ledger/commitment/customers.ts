/**
 * The commitment to which customers are in a delivery: a tree over the gaps between their numbers. The
 * gaps, not the customers, are the leaves, so that one opened leaf shows that somebody was not in it; a
 * tree over customers would take two, and their neighbourhood besides. It is made from the numbers and
 * the secret alone, so it can be made again when the payload is long gone.
 */
import { assert } from "../../../kernel/index.ts";
import { CompactRange } from "../merkle/compact-range.ts";
import { leafHash } from "../merkle/hashing.ts";
import { batchOfGaps, LANES_BATCH } from "../merkle/lanes/lanes.ts";
import { BEYOND_CUSTOMERS, type Gap, GAP_BYTES, ID_BYTES, SALT_BYTES, writeGap } from "./leaf.ts";
import { SaltSequence } from "./salts.ts";

/** Which customers are in a delivery, as its waybill says it. */
export interface CustomerRoot {
  /** How many different ones. */
  readonly count: number;
  readonly root: Buffer;
}

/** Gives the gaps that customers leave: one more than there are customers. */
export class Gaps {
  #last = 0n;

  /**
   * The gap before a customer; undefined when it was the one before, too.
   * @throws InvariantError when the customers do not come in the order of their numbers
   */
  before(customer: bigint): Gap | undefined {
    if (customer === this.#last && customer > 0n) {
      return undefined;
    }
    assert(customer > this.#last, () => "customers come in the order of their numbers, from 1");
    const gap = { low: this.#last, high: customer };
    this.#last = customer;
    return gap;
  }

  /** The gap behind the last customer. */
  last(): Gap {
    return { low: this.#last, high: BEYOND_CUSTOMERS };
  }
}

/** Works the root out in O(log n) memory. */
export class CustomerCommitments {
  readonly #salts: SaltSequence;
  readonly #tree = new CompactRange();
  /** Gaps whose leaves are hashed together, one after another. */
  readonly #batch = Buffer.allocUnsafeSlow(LANES_BATCH * GAP_BYTES);
  readonly #numbers = new DataView(this.#batch.buffer);
  #batchBytes = 0;
  #count = 0;
  #last = 0;

  constructor(secret: Uint8Array) {
    this.#salts = new SaltSequence(secret, "customers");
  }

  /**
   * Adds the customer of a record; one that has several follows itself.
   * @param customer from 1 to 2⁵³ − 1: a number, since a million of other integers are a third slower
   * @throws InvariantError when the customers do not come in ascending order
   */
  add(customer: number): void {
    const last = this.#last;
    if (customer === last && customer > 0) {
      return;
    }
    assert(
      customer > last && customer <= Number.MAX_SAFE_INTEGER,
      () => "customers come in the order of their numbers, from 1",
    );
    const at = this.#saltNext();
    writeSafe(this.#numbers, at, last);
    writeSafe(this.#numbers, at + ID_BYTES, customer);
    this.#last = customer;
    this.#append();
  }

  /** Closes the last gap; nothing may be added afterwards. */
  finish(): CustomerRoot {
    const count = this.#count;
    const gap = { low: BigInt(this.#last), high: BEYOND_CUSTOMERS };
    writeGap(gap, this.#numbers, this.#saltNext());
    this.#append();
    for (let at = 0; at < this.#batchBytes; at += GAP_BYTES) {
      this.#tree.append(leafHash(this.#batch.subarray(at, at + GAP_BYTES)));
    }
    return { count, root: this.#tree.root() };
  }

  /** Writes the salt of the next leaf. @returns where its gap comes */
  #saltNext(): number {
    this.#salts.write(this.#count, this.#numbers, this.#batchBytes);
    return this.#batchBytes + SALT_BYTES;
  }

  /** Counts the leaf that was written. */
  #append(): void {
    this.#count += 1;
    this.#batchBytes += GAP_BYTES;
    if (this.#batchBytes === this.#batch.length) {
      this.#tree.appendAll(batchOfGaps(this.#batch));
      this.#batchBytes = 0;
    }
  }
}

/** A number as `writeGap` writes it. */
function writeSafe(target: DataView, at: number, value: number): void {
  target.setUint32(at, value / 2 ** 32);
  // Without the upper bits, which is what writing 32 bits of a number does (ECMA-262, ToUint32).
  target.setUint32(at + 4, value);
}
