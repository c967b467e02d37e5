/** Batches for readers that get their values as strings: each value is encoded into one arena of bytes. */
import { ABSENT, RowBatch } from "./row-batch.ts";
import type { RowFault } from "./row-batch.ts";

const ARENA_BYTES = 1024 * 1024;
const FULL_BYTES = 256 * 1024;

const NUL_IN_VALUE: RowFault = {
  rule: "nul-byte",
  message: "a value contains the character NUL, which no text field can hold",
};

const encoder = new TextEncoder();

/** Collects rows of strings. */
export class TextRows {
  readonly batch: RowBatch;
  #arena: Uint8Array = new Uint8Array(ARENA_BYTES);
  #used = 0;

  constructor() {
    this.batch = new RowBatch("values");
    this.batch.reset(this.#arena);
  }

  /** Whether the batch is large enough to be handed on. */
  get isFull(): boolean {
    return this.#used >= FULL_BYTES;
  }

  /** Adds a row. Line numbers are 1-based. */
  add(line: number, values: readonly (string | undefined)[], fault?: RowFault): void {
    const from = this.#used;
    for (const value of values) {
      this.#addValue(value);
    }
    this.batch.endRow(line, from, this.#used);
    if (fault !== undefined) {
      this.batch.setFault(this.batch.rows - 1, fault);
    } else if (values.some((value) => value?.includes("\0"))) {
      this.batch.setFault(this.batch.rows - 1, NUL_IN_VALUE);
    }
  }

  /** Empties the batch after it was handed on. */
  clear(): void {
    this.#used = 0;
    this.batch.reset(this.#arena);
  }

  #addValue(value: string | undefined): void {
    if (value === undefined) {
      this.batch.addField(this.#used, ABSENT);
      return;
    }
    this.#reserve(value.length * 3);
    const { written } = encoder.encodeInto(value, this.#arena.subarray(this.#used));
    this.batch.addField(this.#used, this.#used + written);
    this.#used += written;
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#arena.length) {
      return;
    }
    const larger = new Uint8Array(Math.max(this.#arena.length * 2, this.#used + bytes));
    larger.set(this.#arena.subarray(0, this.#used));
    this.#arena = larger;
    this.batch.bytes = larger;
  }
}
