/**
 * Control totals: what somebody says a file holds against what was found in it, to the row and the
 * last decimal. A difference holds the intake; so do more rejects than the source allows.
 */
import { compareNumbers, subtractNumbers } from "./normalise/number.ts";
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
    if (compareNumbers(actual, sum) !== 0) {
      const inQuarantine =
        found.quarantined > 0
          ? ` (${found.quarantined} rows are in quarantine and not counted)`
          : "";
      reasons.push(
        `the sum of ${field} is ${actual}, expected ${sum}: a difference of ${subtractNumbers(actual, sum)}${inQuarantine}`,
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
