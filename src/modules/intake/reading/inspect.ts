/** A look at an input's columns before anyone reads it. */
import { createReadStream } from "node:fs";

import { InvalidInputError } from "../../../kernel/index.ts";
import { SAMPLE_BYTES, detectContainer } from "./detection.ts";
import type { Detected, Format } from "./format.ts";
import { isGzip, peek } from "./input.ts";
import { openRows } from "./open.ts";
import { spool } from "./spool.ts";
import type { Spool } from "./spool.ts";

/** What {@link inspect} found, and the input to read from its beginning. */
export interface Inspected {
  readonly detected: Detected;
  readonly columns: readonly string[];
  /** All bytes of the input, from the first. To be read once. */
  readonly input: AsyncIterable<Uint8Array>;
}

/**
 * Finds out an input's columns without using it up. Formats that need the whole file are spooled to a
 * temporary file, which is removed when the returned input has been read or given up.
 * @throws InvalidInputError as {@link openRows} does
 */
export async function inspect(
  input: AsyncIterable<Uint8Array>,
  format: Format,
): Promise<Inspected> {
  const raw = await peek(input, SAMPLE_BYTES);
  const needsWhole = isGzip(raw.head) || detectContainer(raw.head) !== "text";
  if (!needsWhole) {
    const found = await inspectOnce(once(raw.head), format);
    return { ...found, input: raw.chunks };
  }
  const file = await spool(raw.chunks);
  try {
    const found = await inspectOnce(createReadStream(file.path), format);
    return { ...found, input: fileThenDispose(file) };
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw error;
  }
}

async function inspectOnce(
  input: AsyncIterable<Uint8Array>,
  format: Format,
): Promise<Omit<Inspected, "input">> {
  await using source = await openRows(input, { format, wantedColumns: [] });
  if (source.detected.kind === "json" || source.detected.kind === "jsonl") {
    await source.batches.next().catch(ignoreCut);
  }
  return { detected: source.detected, columns: [...source.columns, ...source.otherNames()] };
}

/** Only the head of the input was shown, so its end is not the end of the array. */
function ignoreCut(error: unknown): void {
  if (!(error instanceof InvalidInputError)) {
    throw error;
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

async function* fileThenDispose(file: Spool): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file.path);
  } finally {
    await file[Symbol.asyncDispose]();
  }
}
