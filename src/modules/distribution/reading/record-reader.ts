/** Reads a payload's records back, in their text forms, from its text as that comes. */
import { unreachable } from "../../../kernel/index.ts";
import type { PayloadFormat, WaybillField } from "../../../protocol/waybill/index.ts";
import type { RecordValues } from "../payload/text-form.ts";
import { CsvReader } from "./csv-reader.ts";
import { JsonLinesReader, recordIn, recordsInBody } from "./json-reader.ts";

/** Takes a text piece by piece and gives the records that are whole. Both throw PayloadUnreadable. */
export interface RecordReader {
  push(text: string): RecordValues[];
  end(): RecordValues[];
}

/** A field that the payload must have, as the waybill announces it. */
export type AnnouncedField = Pick<WaybillField, "name" | "type">;

/** Formats that are text; Parquet needs a library that reads it. */
export type TextFormat = Exclude<PayloadFormat, "parquet">;

export function recordReader(format: TextFormat, fields: readonly AnnouncedField[]): RecordReader {
  switch (format) {
    case "csv":
      return new CsvReader(fields);
    case "jsonl":
      return new JsonLinesReader((line) => [recordIn(line, fields)]);
    case "webhook":
      return new JsonLinesReader((line) => recordsInBody(line, fields));
    default:
      return unreachable(format);
  }
}
