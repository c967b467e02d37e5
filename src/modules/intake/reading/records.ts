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
   * Reads all complete records of `bytes[0, to)` into `batch` and returns where the first incomplete
   * one begins. With `atEnd` nothing follows: the parser then ends the last record and returns `to`.
   */
  parse(bytes: Uint8Array, to: number, atEnd: boolean, batch: RowBatch): number;
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

/** Reads chunks into batches. Each batch is valid until the next one is asked for. */
export async function* readRecords(
  chunks: AsyncIterable<Uint8Array>,
  parser: RecordParser,
  restore: Restore,
): AsyncGenerator<RowBatch> {
  const batch = new RowBatch(restore);
  let buffer: Uint8Array = new Uint8Array(2 * BATCH_BYTES);
  let length = 0;
  // Doubled while a record does not end, so that a long record is looked at a logarithmic number of times.
  let wanted = BATCH_BYTES;

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
    wanted = Math.max(BATCH_BYTES, 2 * length);
  }

  parseInto(batch, parser, { bytes: buffer, to: length, atEnd: true });
  if (batch.rows > 0) {
    yield batch;
  }
}

interface Portion {
  readonly bytes: Uint8Array;
  readonly to: number;
  readonly atEnd: boolean;
}

function parseInto(batch: RowBatch, parser: RecordParser, portion: Portion): number {
  batch.reset(portion.bytes);
  const nulBefore = portion.bytes.subarray(0, portion.to).includes(0);
  const validBefore = isUtf8(portion.bytes.subarray(0, portion.to));
  const consumed = parser.parse(portion.bytes, portion.to, portion.atEnd, batch);
  if (nulBefore || !validBefore) {
    markBadText(batch);
  }
  return consumed;
}

/**
 * Looked at row by row only when the portion as a whole is not clean text: one native pass over
 * 256 KB costs 20 µs, a call for each row would cost 100 ns a row.
 */
function markBadText(batch: RowBatch): void {
  for (let row = 0; row < batch.rows; row++) {
    const [start, end] = batch.rawRange(row);
    const raw = batch.bytes.subarray(start, end);
    if (raw.includes(0)) {
      batch.setFault(row, NUL_BYTE);
    }
    if (!isUtf8(raw)) {
      batch.setFault(row, BAD_ENCODING);
    }
  }
}

function enlarged(buffer: Uint8Array, used: number, atLeast: number): Uint8Array {
  const larger = new Uint8Array(Math.max(buffer.length * 2, atLeast));
  larger.set(buffer.subarray(0, used));
  return larger;
}
