/** Payloads as files: their bytes, and their records in text forms. */
import { createReadStream } from "node:fs";
import { NotFoundError } from "../../../kernel/index.ts";
import { DuckDbError } from "../../../platform/duckdb/index.ts";
import type { PayloadFormat } from "../../../protocol/waybill/index.ts";
import { type AnnouncedField, recordReader } from "../reading/record-reader.ts";
import { PayloadUnreadable } from "../reading/unreadable.ts";
import type { Payload } from "../waybill/payload-checks.ts";
import { readParquet } from "./parquet.ts";
import type { RecordValues } from "./text-form.ts";

export interface ReadRequest {
  readonly path: string;
  readonly format: PayloadFormat;
  /** The fields that the payload must have, in this order. */
  readonly fields: readonly AnnouncedField[];
}

/** A payload that lies in a file, for the verifier. Its chunks throw NotFoundError when there is none. */
export function payloadAt(path: string): Payload {
  return { chunks: () => chunksOf(path), parquet: (fields) => parquetRecords(path, fields) };
}

/** @throws PayloadUnreadable */
export async function* readPayload({
  path,
  format,
  fields,
}: ReadRequest): AsyncIterable<RecordValues> {
  if (format === "parquet") {
    yield* parquetRecords(path, fields);
    return;
  }
  const reader = recordReader(format, fields);
  const input = createReadStream(path, { encoding: "utf8" });
  for await (const text of input) {
    yield* reader.push(String(text));
  }
  yield* reader.end();
}

async function* chunksOf(path: string): AsyncIterable<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 1024 * 1024 });
  } catch (cause) {
    throw new NotFoundError("payload-unreadable", `there is no readable file ${path}`, {
      hint: "give the path of the payload",
      cause,
    });
  }
}

async function* parquetRecords(
  path: string,
  fields: readonly AnnouncedField[],
): AsyncIterable<RecordValues> {
  try {
    yield* readParquet(path, fields);
  } catch (error) {
    if (!(error instanceof DuckDbError)) {
      throw error;
    }
    throw new PayloadUnreadable("the payload is not a Parquet file with the announced fields", {
      cause: error,
    });
  }
}
