/** Bytes before they mean anything: looking at the beginning, counting, decompressing, cancelling. */
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";

import { CancelledError, InvalidInputError } from "../../../kernel/index.ts";

/**
 * Deflate cannot do better than 1032 : 1. Customer files reach 5–30 : 1 and repetitive logs about 100 : 1;
 * more than this over a stretch is made to exhaust a machine.
 */
const MAX_INFLATION = 300;
/** The ratio is not looked at before this much came out: a small file may well be all one letter. */
const INFLATION_GRACE_BYTES = 64 * 1024 * 1024;
/** No arrival is larger than this when decompressed. */
const MAX_INFLATED_BYTES = 256 * 1024 * 1024 * 1024;

/**
 * An input whose first bytes were looked at and are still to come. Disposing of it gives the input up,
 * also when its chunks were never begun.
 */
export interface Peeked extends AsyncDisposable {
  readonly head: Uint8Array;
  /** All bytes, the head included. Can be read once. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Reads until `wanted` bytes are there or the input ends, and puts them back in front. */
export async function peek(input: AsyncIterable<Uint8Array>, wanted: number): Promise<Peeked> {
  const iterator = input[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let length = 0;
  let ended = false;
  while (length < wanted && !ended) {
    const next = await iterator.next();
    if (next.done === true) {
      ended = true;
    } else {
      pieces.push(next.value);
      length += next.value.length;
    }
  }
  const head = Buffer.concat(pieces);
  return {
    head,
    chunks: resumed(head, ended ? undefined : iterator),
    async [Symbol.asyncDispose]() {
      await iterator.return?.();
    },
  };
}

async function* resumed(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array> | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) {
      yield head;
    }
    for (let next = await rest?.next(); next?.done === false; next = await rest?.next()) {
      yield next.value;
    }
  } finally {
    await rest?.return?.();
  }
}

/** Passes over the first `count` bytes. */
export async function* dropBytes(
  chunks: AsyncIterable<Uint8Array>,
  count: number,
): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of chunks) {
    const cut = Math.min(left, chunk.length);
    left -= cut;
    if (cut < chunk.length) {
      yield chunk.subarray(cut);
    }
  }
}

/** Counts the bytes that pass. */
export class ByteCounter {
  bytes = 0;

  async *count(
    chunks: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      if (signal?.aborted === true) {
        throw new CancelledError(
          "intake-cancelled",
          "the intake was cancelled while it was being read",
        );
      }
      this.bytes += chunk.length;
      yield chunk;
    }
  }
}

export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/**
 * Decompresses gzip (RFC 1952, all members).
 * @throws InvalidInputError when it is cut off, damaged, or grows beyond any honest file
 */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const guard = new InflationGuard();
  const unzipped = createGunzip({ chunkSize: 128 * 1024 });
  const source = Readable.from(guard.countIn(chunks), { objectMode: true });
  source.on("error", (error) => unzipped.destroy(error));
  source.pipe(unzipped);
  try {
    for await (const chunk of unzipped) {
      guard.addOut(chunk.length);
      yield chunk;
    }
  } catch (error) {
    throw gzipError(error);
  } finally {
    source.destroy();
    unzipped.destroy();
  }
}

/** Refuses a compressed input that grows beyond any honest file. */
export class InflationGuard {
  #bytesIn = 0;
  #bytesOut = 0;

  async *countIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.addIn(chunk.length);
      yield chunk;
    }
  }

  addIn(bytes: number): void {
    this.#bytesIn += bytes;
  }

  /** @throws InvalidInputError */
  addOut(bytes: number): void {
    this.#bytesOut += bytes;
    const isSuspicious =
      this.#bytesOut > INFLATION_GRACE_BYTES && this.#bytesOut > this.#bytesIn * MAX_INFLATION;
    if (isSuspicious || this.#bytesOut > MAX_INFLATED_BYTES) {
      throw new InvalidInputError(
        "input-inflates",
        `the compressed input grows to more than ${MAX_INFLATION} times its size`,
        [],
        { hint: "send the file uncompressed if it is really that repetitive" },
      );
    }
  }
}

function gzipError(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "Z_BUF_ERROR") {
    return new InvalidInputError(
      "gzip-truncated",
      "the gzip input ends too early: it was cut off",
      [],
      {
        hint: "transfer the file again",
        cause: error,
      },
    );
  }
  if (typeof code === "string" && code.startsWith("Z_")) {
    return new InvalidInputError("gzip-damaged", "the gzip input is damaged", [], {
      hint: "transfer the file again",
      cause: error,
    });
  }
  return error;
}
