/**
 * Sums of decimals without rounding. Values of up to 15 digits are added as integers of their last digit
 * in a double, which is exact below 2^53, and carried into a BigInt before it could be left.
 */
import { assert } from "../../../kernel/index.ts";

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/u;

/** Digits that always fit a double exactly: 10^15 < 2^53. */
const SAFE_DIGITS = 15;
const CARRY_AT = 2 ** 52;

export class ExactSum {
  readonly #scale: number;
  #carried = 0n;
  #pending = 0;

  /** @param scale digits after the point, of the values and of the sum */
  constructor(scale: number) {
    this.#scale = scale;
  }

  /**
   * Adds a value in its text form; a missing value adds nothing.
   * @throws InvariantError when the text is not a decimal of at most the sum's scale
   */
  add(value: string | null): void {
    if (value === null) {
      return;
    }
    const units = this.#digits(value);
    if (units.length <= SAFE_DIGITS) {
      this.#pending += Number(units);
      if (Math.abs(this.#pending) >= CARRY_AT) {
        this.#carry();
      }
    } else {
      this.#carried += BigInt(units);
    }
  }

  /** The sum with exactly `scale` digits after the point. */
  toString(): string {
    this.#carry();
    const sign = this.#carried < 0n ? "-" : "";
    const digits = String(this.#carried < 0n ? -this.#carried : this.#carried).padStart(
      this.#scale + 1,
      "0",
    );
    const whole = digits.slice(0, digits.length - this.#scale);
    return this.#scale === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-this.#scale)}`;
  }

  /** The value as an integer count of its last digit. */
  #digits(value: string): string {
    const [, sign = "", whole, fraction = ""] = DECIMAL.exec(value) ?? [];
    assert(
      whole !== undefined && fraction.length <= this.#scale,
      () => "a total is over exact decimals",
    );
    return sign + whole + fraction.padEnd(this.#scale, "0");
  }

  #carry(): void {
    this.#carried += BigInt(this.#pending);
    this.#pending = 0;
  }
}

/** Digits after the point of a value's text form. */
export function scaleOf(value: string): number {
  const point = value.indexOf(".");
  return point === -1 ? 0 : value.length - point - 1;
}

/** Whether a text is a decimal with at most `scale` digits after the point. */
export function isDecimal(value: string, scale: number): boolean {
  return DECIMAL.test(value) && scaleOf(value) <= scale;
}
