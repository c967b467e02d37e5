/**
 * CSV as RFC 4180 has it: a header, comma, CRLF, quotes where needed and doubled inside. Beyond the RFC:
 *
 * - A missing value is an empty field, an empty text is `""`.
 * - A list is written as a JSON array.
 * - **Formula guard.** A spreadsheet runs a cell that begins with `= + - @`, TAB, CR, LF or one of the
 *   full-width forms of those signs (OWASP, "CSV Injection"). Such a text gets an apostrophe before it,
 *   unless it is a plain number such as `-12.50`. A text that begins with apostrophes and then such a
 *   character gets one more, so that taking one apostrophe off a guarded field always gives the text back.
 */
import type { ByteSink } from "./byte-sink.ts";
import {
  HOLDS_CSV_SPECIAL,
  HOLDS_ESCAPE,
  IS_EMPTY,
  IS_LIST,
  MAY_BE_FORMULA,
  type OutgoingRows,
} from "./outgoing-rows.ts";
import { guardFormula, isPlainNumber } from "./formula.ts";
import type { RecordValues, TextForm } from "./text-form.ts";

const NEEDS_QUOTES = /[",\r\n]/u;

/** The header line. */
export function csvHeader(names: readonly string[]): string {
  return `${names.join(",")}\r\n`;
}

/** One record as a line. */
export function csvLine(values: RecordValues): string {
  let line = "";
  for (let position = 0; position < values.length; position += 1) {
    line += (position === 0 ? "" : ",") + csvField(values[position] ?? null);
  }
  return `${line}\r\n`;
}

/** What keeps a value's bytes from standing in CSV as they are. */
const IN_THE_WAY = HOLDS_ESCAPE | HOLDS_CSV_SPECIAL | IS_EMPTY | MAY_BE_FORMULA | IS_LIST;

/** Adds the bytes of {@link csvLine} for the row that `rows` stands at. */
export function writeCsvLine(rows: OutgoingRows, fields: number, out: ByteSink): void {
  for (let field = 0; field < fields;) {
    const first = field;
    while (field < fields && mayStand(rows, field)) {
      field += 1;
    }
    if (field > first) {
      copyFields(rows, [first, field - 1], out);
    } else {
      writeOther(rows, field, out);
      field += 1;
    }
    out.byte(COMMA);
  }
  // In the place of the last comma.
  out.length -= 1;
  out.byte(CARRIAGE_RETURN);
  out.byte(LINE_FEED);
}

/** Whether a value's bytes are what CSV has for it. */
function mayStand(rows: OutgoingRows, field: number): boolean {
  const marks = rows.marksOf(field) & IN_THE_WAY;
  return marks === 0 || (marks === MAY_BE_FORMULA && isNumber(rows, field));
}

function isNumber(rows: OutgoingRows, field: number): boolean {
  return isPlainNumber(rows.bytes, rows.startOf(field), rows.endOf(field));
}

/** Adds values that may stand as they came: at once, and then commas in the place of tabs. */
function copyFields(
  rows: OutgoingRows,
  [first, last]: readonly [number, number],
  out: ByteSink,
): void {
  const start = rows.startOf(first);
  const ahead = out.length - start;
  out.copy(rows.bytes, start, rows.endOf(last));
  const target = out.room(0);
  for (let field = first; field < last; field += 1) {
    target.setUint8(ahead + rows.endOf(field), COMMA);
  }
}

/** Adds a value that is written otherwise than it came. */
function writeOther(rows: OutgoingRows, field: number, out: ByteSink): void {
  const marks = rows.marksOf(field);
  if ((marks & HOLDS_ESCAPE) !== 0 && rows.isMissing(field)) {
    return;
  }
  if (marks === HOLDS_CSV_SPECIAL) {
    // A comma and no quote: as most addresses have it.
    out.byte(QUOTE);
    out.copy(rows.bytes, rows.startOf(field), rows.endOf(field));
    out.byte(QUOTE);
  } else {
    out.text(csvField(rows.value(field)));
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

function csvField(value: TextForm): string {
  if (value === null) {
    return "";
  }
  if (typeof value !== "string") {
    return quote(JSON.stringify(value));
  }
  if (value === "") {
    return '""';
  }
  const safe = guardFormula(value);
  return NEEDS_QUOTES.test(safe) ? quote(safe) : safe;
}

/** A text between quotes, with those inside doubled. */
export function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
