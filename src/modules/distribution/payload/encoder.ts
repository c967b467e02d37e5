/** How records become the bytes of a payload. */
import { unreachable } from "../../../kernel/index.ts";
import { csvHeader, csvLine } from "./csv.ts";
import { JsonRecordWriter } from "./json-lines.ts";
import type { ProjectedField, RecordValues } from "./record.ts";

/** Called for each record in order; what the calls return, joined, is the payload. */
export interface Encoder {
  /** What stands before the first record. */
  begin(): string;
  /** The text that is ready after this record; may be empty when the encoder gathers records. */
  add(values: RecordValues): string;
  /** What was gathered and not given yet. */
  end(): string;
}

/** Formats that are text; Parquet is made from a staged text file. */
export type TextFormat = "csv" | "jsonl" | "webhook";

export function encoderFor(
  format: TextFormat,
  fields: readonly ProjectedField[],
  waybillId: string,
): Encoder {
  switch (format) {
    case "csv":
      return csvEncoder(fields);
    case "jsonl":
      return jsonLinesEncoder(fields);
    case "webhook":
      return new WebhookEncoder(fields, waybillId);
    default:
      return unreachable(format);
  }
}

function csvEncoder(fields: readonly ProjectedField[]): Encoder {
  return { begin: () => csvHeader(fields.map(({ name }) => name)), add: csvLine, end: () => "" };
}

function jsonLinesEncoder(fields: readonly ProjectedField[]): Encoder {
  const writer = new JsonRecordWriter(fields);
  return { begin: () => "", add: (values) => `${writer.of(values)}\n`, end: () => "" };
}

/** The most records in one post. */
export const BATCH_RECORDS = 500;
/** The most bytes in one post, unless a single record is larger. */
export const BATCH_BYTES = 256 * 1024;
/** Room for `{"batch":…,"records":[],"waybillId":"…"}` and the line feed. */
const ENVELOPE_BYTES = 128;

/**
 * The bodies of a webhook delivery, one a line: a body holds no line feed, so the payload can be cut
 * into bodies again.
 */
class WebhookEncoder implements Encoder {
  readonly #writer: JsonRecordWriter;
  readonly #waybillId: string;
  #records: string[] = [];
  #bytes = ENVELOPE_BYTES;
  #batch = 0;

  constructor(fields: readonly ProjectedField[], waybillId: string) {
    this.#writer = new JsonRecordWriter(fields);
    this.#waybillId = waybillId;
  }

  begin(): string {
    return "";
  }

  add(values: RecordValues): string {
    const record = this.#writer.of(values);
    const bytes = Buffer.byteLength(record) + 1;
    const full = this.#records.length === BATCH_RECORDS || this.#bytes + bytes > BATCH_BYTES;
    const body = full ? this.end() : "";
    this.#records.push(record);
    this.#bytes += bytes;
    return body;
  }

  end(): string {
    if (this.#records.length === 0) {
      return "";
    }
    this.#batch += 1;
    const records = this.#records.join(",");
    this.#records = [];
    this.#bytes = ENVELOPE_BYTES;
    return `{"waybillId":${JSON.stringify(this.#waybillId)},"batch":${this.#batch},"records":[${records}]}\n`;
  }
}
