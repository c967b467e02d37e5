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
import { parse } from "csv-parse";
import type { Readable } from "node:stream";
import type { ByteSink } from "./byte-sink.ts";
import { HOLDS_CSV_SPECIAL, HOLDS_ESCAPE, type OutgoingRows } from "./outgoing-rows.ts";
import type { RecordValues, TextForm } from "./text-form.ts";

const NEEDS_QUOTES = /[",\r\n]/u;
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/u;
const PLAIN_NUMBER = /^[+-]?\d+(?:\.\d+)?$/u;

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

/** For the first byte of a value, whether {@link FORMULA} could match it: then the text decides. */
const LEADS_FORMULA = new Uint8Array(256);
for (const sign of "'=+-@\t\r\n＝＋－＠") {
  LEADS_FORMULA[Buffer.from(sign)[0] ?? 0] = 1;
}

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

/** A field as it stood in the file; only quotes tell an empty text from a missing value. */
interface RawField {
  readonly text: string;
  readonly quoted: boolean;
}

/** What a CSV payload holds: the header's names, then each record's fields in text form. */
export interface CsvContent {
  readonly names: readonly string[];
  readonly records: AsyncIterable<RecordValues>;
}

/**
 * Reads a payload back. `isList` says which columns hold lists.
 * @throws CsvError of csv-parse when the bytes are not CSV
 */
export async function readCsv(
  input: Readable,
  isList: (name: string) => boolean,
): Promise<CsvContent> {
  const parser = input.pipe(
    parse({
      bom: false,
      record_delimiter: "\r\n",
      cast: (text, { quoting }): RawField => ({ text, quoted: quoting }),
    }),
  );
  input.once("error", (error) => parser.destroy(error));
  const rows: AsyncIterator<RawField[]> = parser[Symbol.asyncIterator]();
  const header = await rows.next();
  const names: string[] = header.done === true ? [] : header.value.map(({ text }) => text);
  const lists = names.map(isList);
  return { names, records: recordsOf(rows, lists) };
}

async function* recordsOf(
  rows: AsyncIterator<RawField[]>,
  lists: readonly boolean[],
): AsyncIterable<RecordValues> {
  for (let row = await rows.next(); row.done !== true; row = await rows.next()) {
    yield row.value.map((field, position) => textFormOf(field, lists[position] === true));
  }
}

function textFormOf({ text, quoted }: RawField, isList: boolean): TextForm {
  if (text === "" && !quoted) {
    return null;
  }
  if (!isList) {
    return unguardFormula(text);
  }
  const list: unknown = JSON.parse(text);
  return Array.isArray(list) ? list.map(String) : [String(list)];
}
