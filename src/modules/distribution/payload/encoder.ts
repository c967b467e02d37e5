/** How records become the bytes of a payload. */
import { unreachable } from "../../../kernel/index.ts";
import type { ByteSink } from "./byte-sink.ts";
import { csvHeader, writeCsvLine } from "./csv.ts";
import { JsonRecordWriter } from "./json-lines.ts";
import type { OutgoingRows } from "./outgoing-rows.ts";
import type { ProjectedField } from "./record.ts";

/** Called for each record in order; what the calls add to `out` is the payload. */
export interface Encoder {
  /** What stands before the first record. */
  begin(out: ByteSink): void;
  /** The record that `rows` stands at; adds nothing while the encoder gathers records. */
  add(rows: OutgoingRows, out: ByteSink): void;
  /** What was gathered and not given yet. */
  end(out: ByteSink): void;
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

const nothing = (): void => {};

function csvEncoder(fields: readonly ProjectedField[]): Encoder {
  return {
    begin: (out) => {
      out.text(csvHeader(fields.map(({ name }) => name)));
    },
    add: (rows, out) => {
      writeCsvLine(rows, fields.length, out);
    },
    end: nothing,
  };
}

function jsonLinesEncoder(fields: readonly ProjectedField[]): Encoder {
  const writer = new JsonRecordWriter(fields);
  return {
    begin: nothing,
    add: (rows, out) => {
      out.text(`${writer.of(rows.values())}\n`);
    },
    end: nothing,
  };
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

  readonly begin = nothing;

  add(rows: OutgoingRows, out: ByteSink): void {
    const record = this.#writer.of(rows.values());
    const bytes = Buffer.byteLength(record) + 1;
    if (this.#records.length === BATCH_RECORDS || this.#bytes + bytes > BATCH_BYTES) {
      this.end(out);
    }
    this.#records.push(record);
    this.#bytes += bytes;
  }

  end(out: ByteSink): void {
    if (this.#records.length === 0) {
      return;
    }
    this.#batch += 1;
    const records = this.#records.join(",");
    this.#records = [];
    this.#bytes = ENVELOPE_BYTES;
    out.text(
      `{"waybillId":${JSON.stringify(this.#waybillId)},"batch":${this.#batch},"records":[${records}]}\n`,
    );
  }
}
