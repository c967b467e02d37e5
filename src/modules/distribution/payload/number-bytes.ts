/** Numbers that are still bytes. */
const ZERO = 0x30;
const NINE = 0x39;
const POINT = 0x2e;
const MINUS = 0x2d;

/**
 * Whether `bytes[start]` up to, and without, `bytes[end]` are digits, with a point among them at most: a decimal
 * without its sign.
 */
export function areDigits(bytes: Uint8Array, start: number, end: number): boolean {
  let isAfterDigit = false;
  let mayHavePoint = true;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === POINT && isAfterDigit && mayHavePoint) {
      mayHavePoint = false;
      isAfterDigit = false;
    } else if (byte >= ZERO && byte <= NINE) {
      isAfterDigit = true;
    } else {
      return false;
    }
  }
  return isAfterDigit;
}

/** Whether they are a decimal as PostgreSQL writes one, which is how JSON has it: not `NaN`, not `Infinity`. */
export function areDecimal(bytes: Uint8Array, start: number, end: number): boolean {
  return areDigits(bytes, bytes[start] === MINUS ? start + 1 : start, end);
}
