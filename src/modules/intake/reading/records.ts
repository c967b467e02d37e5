/**
 * From chunks of bytes to batches of rows, in bounded memory: a buffer that holds whole records and
 * the beginning of one more. Every byte-oriented format brings its own {@link RecordParser}.
 */
import { isUtf8 } from "node:buffer";

import { RowBatch } from "./row-batch.ts";
import type { Restore, RowFault } from "./row-batch.ts";

/** A record, and so any value, may be at most this long; a longer one is quarantined. */
export const MAX_RECORD_BYTES = 10 * 1024 * 1024;

/** Large enough that the work between two awaits dwarfs the await, small enough for the L2 cache. */
const BATCH_BYTES = 256 * 1024;

/** Splits bytes into records. Keeps what it must know between two calls, such as the line number. */
export interface RecordParser {
  /**
   * Reads all complete records of the portion into `batch` and returns where the first incomplete one
   * begins. At the end of the input the parser ends the last record too and returns `portion.to`.
   */
  parse(portion: Portion, batch: RowBatch): number;
}

/** Bytes that are there to be parsed: `bytes[0, to)`. */
export interface Portion {
  readonly bytes: Uint8Array;
  readonly to: number;
  /** Nothing follows these bytes. */
  readonly atEnd: boolean;
}

const NUL_BYTE: RowFault = {
  rule: "nul-byte",
  message: "the row contains a NUL byte, which no text field can hold",
};
const BAD_ENCODING: RowFault = {
  rule: "encoding",
  message:
    "the row's bytes are not valid in the file's encoding; if the file is not UTF-8, say so in the source's format.encoding",
};

export interface ReadRecordsOptions {
  readonly restore: Restore;
  /** How many bytes are gathered before they are parsed. */
  readonly batchBytes?: number | undefined;
}

/** Reads chunks into batches. Each batch is valid until the next one is asked for. */
export async function* readRecords(
  chunks: AsyncIterable<Uint8Array>,
  parser: RecordParser,
  options: ReadRecordsOptions,
): AsyncGenerator<RowBatch> {
  const { restore, batchBytes = BATCH_BYTES } = options;
  const batch = new RowBatch(restore);
  // A Buffer, because only that can be cut into strings without a view being made for each.
  let buffer = Buffer.alloc(BATCH_BYTES / 8);
  let length = 0;
  // Doubled while a record does not end, so that a long record is looked at a logarithmic number of times.
  let wanted = batchBytes;

  for await (const chunk of chunks) {
    if (length + chunk.length > buffer.length) {
      buffer = enlarged(buffer, length, length + chunk.length);
    }
    buffer.set(chunk, length);
    length += chunk.length;
    if (length < wanted) {
      continue;
    }
    const consumed = parseInto(batch, parser, { bytes: buffer, to: length, atEnd: false });
    if (batch.rows > 0) {
      yield batch;
    }
    buffer.copyWithin(0, consumed, length);
    length -= consumed;
    wanted = Math.max(batchBytes, 2 * length);
  }

  parseInto(batch, parser, { bytes: buffer, to: length, atEnd: true });
  if (batch.rows > 0) {
    yield batch;
  }
}

function parseInto(batch: RowBatch, parser: RecordParser, portion: Portion): number {
  batch.reset(portion.bytes);
  const given = portion.bytes.subarray(0, portion.to);
  const isClean = !given.includes(0) && isUtf8(given);
  // Parsers make doubled quotes single in place: afterwards a row's bytes are not what came.
  const asItCame = isClean ? undefined : Uint8Array.from(given);
  const consumed = parser.parse(portion, batch);
  if (asItCame !== undefined) {
    markBadText(batch, asItCame);
  }
  return consumed;
}

/**
 * Looked at row by row only when the portion as a whole is not clean text: one native pass over
 * 256 KB costs 20 µs, a call for each row would cost 100 ns a row.
 */
function markBadText(batch: RowBatch, asItCame: Uint8Array): void {
  for (let row = 0; row < batch.rows; row++) {
    const [start, end] = batch.rawRange(row);
    const raw = asItCame.subarray(start, end);
    if (raw.includes(0)) {
      batch.setFault(row, NUL_BYTE);
    }
    if (!isUtf8(raw)) {
      batch.setFault(row, BAD_ENCODING);
    }
  }
}

function enlarged(buffer: Buffer, used: number, atLeast: number): Buffer<ArrayBuffer> {
  const larger = Buffer.alloc(Math.max(buffer.length * 2, atLeast));
  larger.set(buffer.subarray(0, used));
  return larger;
}
