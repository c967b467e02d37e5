/** How a workbook says that a number is a date (ECMA-376 part 1, 18.8.30), and which date it is. */

/** Built-in formats that show a date or a time, East Asian ones included. */
const DATE_FORMATS: readonly (readonly [number, number])[] = [
  [14, 22],
  [27, 36],
  [45, 47],
  [50, 58],
];

const MS_PER_DAY = 86_400_000;

/** Whether a number format shows a date or time of day. Elapsed time (`[h]:mm`) is a number. */
export function isDateFormat(id: number, code: string | undefined): boolean {
  if (code === undefined) {
    return DATE_FORMATS.some(([from, to]) => id >= from && id <= to);
  }
  if (/\[(?:h+|m+|s+)\]/i.test(code)) {
    return false;
  }
  const shown = code.replaceAll(/"[^"]*"|\\.|_.|\*.|\[[^\]]*\]/g, "").split(";")[0] ?? "";
  return !/general/i.test(shown) && /[ymdhs]/i.test(shown);
}

/**
 * The date or time of a serial number: `YYYY-MM-DD`, `YYYY-MM-DDTHH:MM:SS[.mmm]`, or `HH:MM:SS` for a time
 * without a day. In the 1900 system day 60 is the 29 February 1900 that never was; it comes out
 * as that date and is refused as a date later.
 */
export function dateOfSerial(serial: number, is1904: boolean): string {
  if (!is1904 && Math.floor(serial) === 60) {
    return "1900-02-29";
  }
  const dayZero = is1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, serial < 60 ? 31 : 30);
  // A serial is a binary fraction of a day: milliseconds are as much as it can tell.
  const iso = new Date(dayZero + Math.round(serial * MS_PER_DAY)).toISOString();
  const day = iso.slice(0, 10);
  const time = iso.slice(11, -1).replace(/\.000$/, "");
  if (serial < 1 && !is1904) {
    return time;
  }
  return time === "00:00:00" ? day : `${day}T${time}`;
}

/** A number as people would write it: what the file holds is a double printed with 17 digits. */
export function numberText(raw: string): string {
  const value = Number(raw);
  return Number.isFinite(value) && raw.trim() !== "" ? String(value) : raw;
}

/** The 0-based column of a cell reference such as `AB12`, or undefined. */
export function columnOfReference(reference: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(reference ?? "")?.[0];
  if (letters === undefined) {
    return undefined;
  }
  let column = 0;
  for (const letter of letters) {
    column = column * 26 + (letter.charCodeAt(0) - 64);
  }
  return column - 1;
}
