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
