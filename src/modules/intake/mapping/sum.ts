/** Exact sums of a numeric field. */
import type { FieldType } from "../../contracts/index.ts";
import { scaled, unscaled } from "../normalise/number.ts";
import { textOf } from "../reading/row-batch.ts";
import { isNullAt } from "./copy-row.ts";

/** Values of up to this many characters, and sums of millions of them, stay exact in a double. */
const MAX_SHORT = 10;
const FLUSH_AT = 2 ** 52;

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;

/** Adds up canonical numbers as whole multiples of their last decimal place. */
export class ExactSum {
  readonly #scale: number;
  #short = 0;
  #total = 0n;

  constructor(type: FieldType) {
    this.#scale = type.kind === "decimal" ? type.scale : 0;
  }

  /** Adds the canonical number at `bytes[start, end)`; null adds nothing. */
  add(bytes: Uint8Array, start: number, end: number): void {
    if (isNullAt(bytes, start, end)) {
      return;
    }
    if (end - start > MAX_SHORT) {
      this.#total += scaled(textOf(bytes, start, end), this.#scale);
      return;
    }
    const isNegative = bytes[start] === MINUS;
    let value = 0;
    for (let i = isNegative ? start + 1 : start; i < end; i++) {
      const byte = bytes[i] ?? ZERO;
      if (byte !== POINT) {
        value = value * 10 + (byte - ZERO);
      }
    }
    this.#short += isNegative ? -value : value;
    if (this.#short > FLUSH_AT || this.#short < -FLUSH_AT) {
      this.#flush();
    }
  }

  /** Adds another sum of the same field. */
  addAll(other: ExactSum): void {
    this.#total += other.#total + BigInt(other.#short);
  }

  /** The sum in plain text, with the field's decimal places. */
  get text(): string {
    this.#flush();
    return unscaled(this.#total, this.#scale);
  }

  #flush(): void {
    this.#total += BigInt(this.#short);
    this.#short = 0;
  }
}
