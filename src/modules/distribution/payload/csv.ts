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
import { HOLDS_CSV_SPECIAL, HOLDS_ESCAPE, type OutgoingRows } from "./outgoing-rows.ts";
import { guardFormula, LEADS_FORMULA } from "./formula.ts";
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
const IN_THE_WAY = HOLDS_ESCAPE | HOLDS_CSV_SPECIAL;

/** Adds the bytes of {@link csvLine} for the row that `rows` stands at. */
export function writeCsvLine(rows: OutgoingRows, fields: number, out: ByteSink): void {
  for (let field = 0; field < fields; field += 1) {
    if (field > 0) {
      out.byte(COMMA);
    }
    const start = rows.startOf(field);
    const end = rows.endOf(field);
    const mayStand =
      start < end &&
      (rows.marksOf(field) & IN_THE_WAY) === 0 &&
      LEADS_FORMULA[rows.bytes[start] ?? 0] === 0;
    if (mayStand && !rows.isList(field)) {
      out.copy(rows.bytes, start, end);
    } else {
      out.text(csvField(rows.value(field)));
    }
  }
  out.byte(CARRIAGE_RETURN);
  out.byte(LINE_FEED);
}

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
