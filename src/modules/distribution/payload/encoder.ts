/** How records become the bytes of a payload. */
import { unreachable } from "../../../kernel/index.ts";
import { ByteSink } from "./byte-sink.ts";
import { csvHeader, writeCsvLine } from "./csv.ts";
import { JsonRow } from "./json-row.ts";
import type { OutgoingRows } from "./outgoing-rows.ts";
import { CanonicalRecord, type ProjectedField } from "./record.ts";

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

/** What records become: plain, so that it can be handed to a thread. */
export interface Encoding {
  /** `canonical`: the records as they are committed to, one a line; `none`: no bytes at all. */
  readonly format: TextFormat | "canonical" | "none";
  /** Of the waybill that goes with them. */
  readonly waybillId: string;
}

export function encoderFor(
  { format, waybillId }: Encoding,
  fields: readonly ProjectedField[],
): Encoder {
  switch (format) {
    case "csv":
      return csvEncoder(fields);
    case "jsonl":
      return linesEncoder(jsonRow(fields));
    case "webhook":
      return new WebhookEncoder(fields, waybillId);
    case "canonical":
      return linesEncoder(new CanonicalRecord(fields));
    case "none":
      return { begin: nothing, add: nothing, end: nothing };
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

/** JSON Lines: one object a record, in UTF-8, ended by LF. */
function linesEncoder(row: Pick<JsonRow, "writeRow">): Encoder {
  return {
    begin: nothing,
    add: (rows, out) => {
      row.writeRow(rows, out);
      out.byte(LINE_FEED);
    },
    end: nothing,
  };
}

/**
 * Integers and decimals are JSON numbers with all their digits: a reader that needs them exact must not
 * read them into doubles.
 */
function jsonRow(fields: readonly ProjectedField[]): JsonRow {
  const members = fields.map(({ name, type }, position) => {
    const isLiteral = type === "integer" || type === "decimal" || type === "boolean";
    return { name, position, isLiteral };
  });
  return new JsonRow(members);
}

const COMMA = 0x2c;
const LINE_FEED = 0x0a;

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
  readonly #row: JsonRow;
  readonly #waybillId: string;
  /** The records of the next body, with commas between. */
  readonly #records = new ByteSink();
  #count = 0;
  #batch = 0;

  constructor(fields: readonly ProjectedField[], waybillId: string) {
    this.#row = jsonRow(fields);
    this.#waybillId = waybillId;
  }

  readonly begin = nothing;

  add(rows: OutgoingRows, out: ByteSink): void {
    const records = this.#records;
    const before = records.length;
    records.byte(COMMA);
    this.#row.writeRow(rows, records);
    if (this.#count === BATCH_RECORDS || records.length + ENVELOPE_BYTES > BATCH_BYTES) {
      const record = Buffer.from(records.bytes.subarray(before));
      records.length = before;
      this.end(out);
      records.append(record);
    }
    this.#count += 1;
  }

  end(out: ByteSink): void {
    if (this.#count === 0) {
      return;
    }
    this.#batch += 1;
    out.text(`{"waybillId":${JSON.stringify(this.#waybillId)},"batch":${this.#batch},"records":[`);
    // Without the comma before the first.
    out.append(this.#records.bytes.subarray(1));
    out.text("]}\n");
    this.#records.length = 0;
    this.#count = 0;
  }
}
