/**
 * The formula guard of CSV. A spreadsheet runs a cell that begins with `= + - @`, TAB, CR, LF or one of
 * the full-width forms of those signs (OWASP, "CSV Injection"). Such a text gets an apostrophe before it,
 * unless it is a plain number such as `-12.50`. A text that begins with apostrophes and then such a
 * character gets one more, so that taking one apostrophe off a guarded field always gives the text back.
 */
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/u;
const PLAIN_NUMBER = /^[+-]?\d+(?:\.\d+)?$/u;

/** For the first byte of a value, whether a formula could begin with it: then the text decides. */
export const LEADS_FORMULA = new Uint8Array(256);
for (const sign of "'=+-@\t\r\n＝＋－＠") {
  LEADS_FORMULA[Buffer.from(sign)[0] ?? 0] = 1;
}

const ZERO = 0x30;
const NINE = 0x39;
const POINT = 0x2e;
const PLUS = 0x2b;
const MINUS = 0x2d;

/**
 * Whether `bytes[start]` up to, and without, `bytes[end]` are a plain number that begins with a sign, such as
 * `+4915112345678`: no formula, though it begins like one.
 */
export function isPlainNumber(bytes: Uint8Array, start: number, end: number): boolean {
  const lead = bytes[start];
  let isAfterDigit = false;
  let mayHavePoint = true;
  for (let at = start + 1; at < end; at += 1) {
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
  return isAfterDigit && (lead === PLUS || lead === MINUS);
}

/** Makes a text inert in a spreadsheet. */
export function guardFormula(text: string): string {
  return isFormula(text) ? `'${text}` : text;
}

/** Gives back the text that {@link guardFormula} was given. */
export function unguardFormula(text: string): string {
  return text.startsWith("'") && isFormula(text) ? text.slice(1) : text;
}

function isFormula(text: string): boolean {
  return FORMULA.test(text) && !PLAIN_NUMBER.test(text);
}
