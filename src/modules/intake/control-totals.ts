/**
 * Control totals: what somebody says a file holds against what was found in it, to the row and the
 * last decimal. A difference holds the intake; so do more rejects than the source allows.
 */
import { assert } from "../../kernel/index.ts";
import type { ExpectedTotals, Totals } from "./store/intakes.ts";

/** What was found. `sums` are over the rows that passed validation. */
export interface FoundTotals {
  readonly read: number;
  readonly quarantined: number;
  readonly sums: Totals;
  /** Sums over the refused rows, as far as they could be read. */
  readonly refusedSums: Totals;
  readonly isTrailerMissing: boolean;
}

/** More rejects than either limit hold the intake. */
export interface RejectLimits {
  readonly percent?: number | undefined;
  readonly rows?: number | undefined;
}

/** @returns why the intake must be held: sentences, none when all is in order */
export function reasonsToHold(
  found: FoundTotals,
  expected: ExpectedTotals,
  limits: RejectLimits,
): string[] {
  return [
    ...rowReasons(found, expected),
    ...sumReasons(found, expected),
    ...rejectReasons(found, limits),
  ];
}

function rowReasons(found: FoundTotals, expected: ExpectedTotals): string[] {
  if (expected.rows === undefined || expected.rows === found.read) {
    return [];
  }
  return [`${found.read} rows arrived, ${expected.rows} were expected`];
}

function sumReasons(found: FoundTotals, expected: ExpectedTotals): string[] {
  const reasons: string[] = [];
  for (const [field, sum] of Object.entries(expected.sums)) {
    const actual = found.sums[field] ?? "0";
    if (compareDecimals(actual, sum) !== 0) {
      const inQuarantine =
        found.quarantined > 0
          ? ` (${found.quarantined} rows are in quarantine and not counted)`
          : "";
      reasons.push(
        `the sum of ${field} is ${actual}, expected ${sum}: a difference of ${subtractDecimals(actual, sum)}${inQuarantine}`,
      );
    }
  }
  return reasons;
}

function rejectReasons(found: FoundTotals, limits: RejectLimits): string[] {
  const reasons: string[] = [];
  if (limits.rows !== undefined && found.quarantined > limits.rows) {
    reasons.push(`${found.quarantined} rows were rejected, at most ${limits.rows} are allowed`);
  }
  const percent = found.read === 0 ? 0 : (100 * found.quarantined) / found.read;
  if (limits.percent !== undefined && percent > limits.percent) {
    reasons.push(
      `${percent.toFixed(2)} % of the rows were rejected, at most ${limits.percent} % are allowed`,
    );
  }
  return reasons;
}

/** An exact decimal as an integer and its number of decimals. */
interface Scaled {
  readonly units: bigint;
  readonly scale: number;
}

function parseDecimal(text: string): Scaled {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text);
  assert(match !== null, () => "a control total is a plain decimal number");
  const [, sign, whole = "0", decimals = ""] = match;
  const units = BigInt(whole + decimals);
  return { units: sign === "-" ? -units : units, scale: decimals.length };
}

function aligned(a: string, b: string): readonly [bigint, bigint, number] {
  const left = parseDecimal(a);
  const right = parseDecimal(b);
  const scale = Math.max(left.scale, right.scale);
  const raise = (value: Scaled): bigint => value.units * 10n ** BigInt(scale - value.scale);
  return [raise(left), raise(right), scale];
}

function formatDecimal(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const sign = units < 0n ? "-" : "";
  const whole = digits.slice(0, digits.length - scale);
  return scale === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(digits.length - scale)}`;
}

/** -1, 0 or 1; exact. */
export function compareDecimals(a: string, b: string): -1 | 0 | 1 {
  const [left, right] = aligned(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
}

export function subtractDecimals(a: string, b: string): string {
  const [left, right, scale] = aligned(a, b);
  return formatDecimal(left - right, scale);
}
