/**
 * Cedar's literals for decimals, datetimes and durations, in the forms that its documentation gives
 * (https://docs.cedarpolicy.com/policies/syntax-datatypes.html). Cedar's own parser judges them first;
 * undefined is for what it would have refused.
 */
import { fits, numberValue } from "./value.ts";
import type { NumberKind, Value } from "./value.ts";

const DECIMALS = 4;
const DAY_MS = 86_400_000n;
const HOUR_MS = 3_600_000n;
const MINUTE_MS = 60_000n;
const SECOND_MS = 1000n;

function inRange(kind: NumberKind, number: bigint): Value | undefined {
  return fits(number) ? numberValue(kind, number) : undefined;
}

/** `-12.34`: at least one digit before the point, one to four after it. */
export function readDecimal(text: string): Value | undefined {
  const match = /^(-?)(\d+)\.(\d{1,4})$/u.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, sign, whole = "", fraction = ""] = match;
  const digits = BigInt(whole + fraction.padEnd(DECIMALS, "0"));
  return inRange("decimal", sign === "-" ? -digits : digits);
}

/** `2026-01-31`, or with a time `T08:30:00`, perhaps `.250`, and `Z` or an offset such as `+0130`. */
export function readDatetime(text: string): Value | undefined {
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}:\d{2}(?:\.\d{3})?)(?:Z|([+-])(\d{2})(\d{2})))?$/u.exec(
      text,
    );
  if (match === null) {
    return undefined;
  }
  const [, day, time = "00:00:00", sign, hours = "0", minutes = "0"] = match;
  const at = Date.parse(`${day}T${time}Z`);
  // Date.parse rolls 30 February over; writing it again shows that.
  if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(`${day}T`)) {
    return undefined;
  }
  const offset = BigInt(hours) * HOUR_MS + BigInt(minutes) * MINUTE_MS;
  return inRange("datetime", BigInt(at) - (sign === "-" ? -offset : offset));
}

/** `1d2h3m4s5ms` in this order, each part at most once and at least one of them. */
export function readDuration(text: string): Value | undefined {
  const match = /^(-?)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/u.exec(text);
  if (match === null || !/\d/u.test(text)) {
    return undefined;
  }
  const [, sign, ...parts] = match;
  const units = [DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, 1n];
  const sum = units.reduce((total, unit, index) => total + unit * BigInt(parts[index] ?? 0), 0n);
  return inRange("duration", sign === "-" ? -sum : sum);
}

/** How many milliseconds the parts of a duration that can be asked for have. */
export const MILLISECONDS = {
  toMilliseconds: 1n,
  toSeconds: SECOND_MS,
  toMinutes: MINUTE_MS,
  toHours: HOUR_MS,
  toDays: DAY_MS,
} as const;

/** Days are 86,400 seconds of UTC, before 1970 too. */
export function startOfDay(ms: bigint): bigint {
  const within = ms % DAY_MS;
  return ms - (within < 0n ? within + DAY_MS : within);
}
