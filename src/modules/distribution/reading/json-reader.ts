/**
 * Reads payloads of JSON Lines: a record a line, or a body of a webhook with its records. Numbers keep all
 * the digits that they were written with.
 */
import type { RecordValues, TextForm } from "../payload/text-form.ts";
import type { AnnouncedField, RecordReader } from "./record-reader.ts";
import { PayloadUnreadable, requireFields } from "./unreadable.ts";

/**
 * Lines end at a line feed and nowhere else (JSON Lines; RFC 8259 lets every other separator stand in a
 * string as it is).
 */
export class JsonLinesReader implements RecordReader {
  readonly #read: (line: unknown) => RecordValues[];
  #rest = "";

  /** @param read what a parsed line holds */
  constructor(read: (line: unknown) => RecordValues[]) {
    this.#read = read;
  }

  push(text: string): RecordValues[] {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.flatMap((line) => this.#read(parsed(line)));
  }

  end(): RecordValues[] {
    return this.#rest === "" ? [] : this.#read(parsed(this.#rest));
  }
}

/** A member of a parsed object with the digits it was written with. */
type SourceReviver = (name: string, value: unknown, context: { source?: string }) => unknown;

/** `JSON.parse` with access to the source text (ECMAScript proposal, in V8 since 11.4; the library types lag). */
const parseWithSource = JSON.parse as (text: string, reviver: SourceReviver) => unknown;

function parsed(line: string): unknown {
  try {
    return parseWithSource(line, (_name, value, { source }) => {
      return typeof value === "number" ? (source ?? String(value)) : value;
    });
  } catch {
    // The engine's message may quote the text, so it is not repeated.
    throw new PayloadUnreadable("the payload holds something that is not JSON");
  }
}

/** The records in a body of a webhook. */
export function recordsInBody(body: unknown, fields: readonly AnnouncedField[]): RecordValues[] {
  const records =
    typeof body === "object" && body !== null && "records" in body ? body.records : undefined;
  if (!Array.isArray(records)) {
    throw new PayloadUnreadable("a body of the payload has no list of records");
  }
  return records.map((record) => recordIn(record, fields));
}

/** The text forms of a parsed record, which must have exactly the announced fields. */
export function recordIn(record: unknown, fields: readonly AnnouncedField[]): RecordValues {
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    throw new PayloadUnreadable("the payload holds a record that is no JSON object");
  }
  requireFields(Object.keys(record), fields);
  return Object.values(record).map(textFormOf);
}

function textFormOf(value: unknown): TextForm {
  if (value === null || typeof value === "string") {
    return value;
  }
  if (typeof value === "boolean") {
    return String(value);
  }
  if (Array.isArray(value)) {
    return value.map(String);
  }
  throw new PayloadUnreadable("a record holds texts, numbers, truth values and lists only");
}
