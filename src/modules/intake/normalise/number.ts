/** Numbers as exact text. Nothing passes through a double, nothing is rounded. */
import { Rejection } from "./outcome.ts";
import type { Normalise, Outcome } from "./outcome.ts";

const ZERO = 0x30;
const NINE = 0x39;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;

const MAX_INT64 = 9_223_372_036_854_775_807n;
const MIN_INT64 = -9_223_372_036_854_775_808n;

const NOT_A_NUMBER = new Rejection(
  "type",
  "is not a plain decimal number (digits, perhaps a sign and a decimal point)",
);
const NOT_AN_INTEGER = new Rejection("type", "is not a whole number");
const BEYOND_INT64 = new Rejection("type", "is beyond the range of a 64-bit integer");

/** The parts of a plain decimal number. */
interface Plain {
  readonly isNegative: boolean;
  /** Without leading zeros; empty for zero. */
  readonly whole: string;
  /** As written. */
  readonly fraction: string;
}

/** Reads `[+-]digits[.digits]`; exponents, infinities, marks and blanks are not plain. */
function parsePlain(text: string): Plain | undefined {
  const first = text.charCodeAt(0);
  const from = first === PLUS || first === MINUS ? 1 : 0;
  let point = -1;
  let significant = -1;
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === POINT && point < 0) {
      point = i;
    } else if (code < ZERO || code > NINE) {
      return undefined;
    } else if (code !== ZERO && significant < 0) {
      significant = i;
    }
  }
  const end = point < 0 ? text.length : point;
  if (text.length - from - (point < 0 ? 0 : 1) === 0) {
    return undefined;
  }
  const whole = significant < 0 || significant > end ? "" : text.slice(significant, end);
  const fraction = point < 0 ? "" : text.slice(point + 1);
  return { isNegative: first === MINUS && significant >= 0, whole, fraction };
}

/**
 * Exact decimals as PostgreSQL prints `numeric(precision, scale)`: always `scale` digits after the point.
 * Digits beyond the scale are refused unless they are zeros.
 */
export function decimalNormaliser(precision: number, scale: number): Normalise {
  const tooFine = new Rejection("scale", `has more than ${scale} digits after the decimal point`);
  const tooLarge = new Rejection(
    "precision",
    `has more than ${precision - scale} digits before the decimal point`,
  );
  return (text) => {
    const plain = parsePlain(text);
    if (plain === undefined) {
      return NOT_A_NUMBER;
    }
    if (plain.whole.length > precision - scale) {
      return tooLarge;
    }
    if (plain.fraction.length > scale && !isZeros(plain.fraction, scale)) {
      return tooFine;
    }
    const sign = plain.isNegative ? "-" : "";
    const whole = plain.whole === "" ? "0" : plain.whole;
    return scale === 0
      ? sign + whole
      : `${sign}${whole}.${plain.fraction.slice(0, scale).padEnd(scale, "0")}`;
  };
}

/** Whole numbers within 64 bits; `5.0` is one, `1e3` is not. */
export function integerNormaliser(text: string): Outcome {
  const plain = parsePlain(text);
  if (plain === undefined || !isZeros(plain.fraction, 0)) {
    return NOT_AN_INTEGER;
  }
  const digits = plain.whole === "" ? "0" : plain.whole;
  const canonical = plain.isNegative ? `-${digits}` : digits;
  if (digits.length > 18) {
    if (digits.length > 19) {
      return BEYOND_INT64;
    }
    const value = BigInt(canonical);
    if (value > MAX_INT64 || value < MIN_INT64) {
      return BEYOND_INT64;
    }
  }
  return canonical;
}

function isZeros(digits: string, from: number): boolean {
  for (let i = from; i < digits.length; i++) {
    if (digits.charCodeAt(i) !== ZERO) {
      return false;
    }
  }
  return true;
}

/** Compares two numbers in plain text exactly: negative when `a` is smaller, zero when equal. */
export function compareNumbers(a: string, b: string): number {
  // Decimals of up to 15 digits map to doubles in order, and different ones to different doubles.
  if (a.length <= 15 && b.length <= 15) {
    return Number(a) - Number(b);
  }
  const scale = Math.max(fractionLength(a), fractionLength(b));
  const difference = scaled(a, scale) - scaled(b, scale);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/** The exact difference of two numbers in plain text, with the decimals of the longer one. */
export function subtractNumbers(a: string, b: string): string {
  const scale = Math.max(fractionLength(a), fractionLength(b));
  return unscaled(scaled(a, scale) - scaled(b, scale), scale);
}

/** A number in plain text as an integer count of `10^-scale`. */
export function scaled(text: string, scale: number): bigint {
  const point = text.indexOf(".");
  if (point < 0) {
    return BigInt(text) * 10n ** BigInt(scale);
  }
  return BigInt(text.slice(0, point) + text.slice(point + 1).padEnd(scale, "0"));
}

/** The opposite of {@link scaled}. */
export function unscaled(value: bigint, scale: number): string {
  if (scale === 0) {
    return value.toString();
  }
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, "0");
  const sign = value < 0n ? "-" : "";
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function fractionLength(text: string): number {
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}
