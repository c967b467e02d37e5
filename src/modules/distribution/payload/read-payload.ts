/** Reads the records of a payload back, whatever its format, in their text forms. */
import { CsvError } from "csv-parse";
import { createReadStream } from "node:fs";
import { unreachable } from "../../../kernel/index.ts";
import { DuckDbError } from "../../../platform/duckdb/index.ts";
import type { PayloadFormat } from "../../../protocol/waybill/index.ts";
import { readCsv } from "./csv.ts";
import { readJsonLines, readObject, type ReadObject } from "./json-lines.ts";
import { readParquet } from "./parquet.ts";
import type { ProjectedField, RecordValues } from "./record.ts";

/** The payload's bytes are not what its format asks for, or it has other fields than were announced. */
export class PayloadUnreadable extends Error {
  override readonly name = "PayloadUnreadable";
}

export interface ReadRequest {
  readonly path: string;
  readonly format: PayloadFormat;
  /** The fields that the payload must have, in this order. */
  readonly fields: readonly ProjectedField[];
}

/** @throws PayloadUnreadable */
export async function* readPayload(request: ReadRequest): AsyncIterable<RecordValues> {
  try {
    yield* recordsOf(request);
  } catch (error) {
    if (error instanceof CsvError) {
      throw new PayloadUnreadable(`the payload is not CSV: ${error.code}`, { cause: error });
    }
    if (error instanceof SyntaxError) {
      // The engine's message may quote the text, so it is not repeated.
      throw new PayloadUnreadable("the payload holds something that is not JSON", { cause: error });
    }
    if (error instanceof DuckDbError) {
      throw new PayloadUnreadable("the payload is not a Parquet file with the announced fields", {
        cause: error,
      });
    }
    throw error;
  }
}

function recordsOf(request: ReadRequest): AsyncIterable<RecordValues> {
  switch (request.format) {
    case "csv":
      return csvRecords(request);
    case "jsonl":
      return jsonRecords(request);
    case "webhook":
      return webhookRecords(request);
    case "parquet":
      return readParquet(request.path, request.fields);
    default:
      return unreachable(request.format);
  }
}

async function* csvRecords({ path, fields }: ReadRequest): AsyncIterable<RecordValues> {
  const lists = new Set(fields.filter(({ type }) => type === "text-list").map(({ name }) => name));
  const { names, records } = await readCsv(createReadStream(path), (name) => lists.has(name));
  requireFields(names, fields);
  yield* records;
}

async function* jsonRecords({ path, fields }: ReadRequest): AsyncIterable<RecordValues> {
  for await (const parsed of readJsonLines(createReadStream(path))) {
    yield valuesOf(readObject(parsed), fields);
  }
}

async function* webhookRecords({ path, fields }: ReadRequest): AsyncIterable<RecordValues> {
  for await (const body of readJsonLines(createReadStream(path))) {
    const records =
      typeof body === "object" && body !== null && "records" in body ? body.records : undefined;
    if (!Array.isArray(records)) {
      throw new PayloadUnreadable("a body of the payload has no list of records");
    }
    for (const record of records) {
      yield valuesOf(readObject(record), fields);
    }
  }
}

function valuesOf({ names, values }: ReadObject, fields: readonly ProjectedField[]): RecordValues {
  requireFields(names, fields);
  return values;
}

function requireFields(names: readonly string[], fields: readonly ProjectedField[]): void {
  const same =
    names.length === fields.length &&
    fields.every(({ name }, position) => name === names[position]);
  if (!same) {
    const announced = fields.map(({ name }) => name);
    const more = names.filter((name) => !announced.includes(name)).length;
    const missing = announced.filter((name) => !names.includes(name));
    throw new PayloadUnreadable(
      `the payload's fields are not those of the waybill: ${missing.length === 0 ? "none missing" : `missing ${missing.join(", ")}`}, ${more} unknown`,
    );
  }
}
