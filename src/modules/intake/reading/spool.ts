/** A temporary file for formats whose table of contents stands at their end. */
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/** A file that exists until it is disposed of. */
export interface Spool extends AsyncDisposable {
  readonly path: string;
}

/**
 * Writes all bytes to a file that only this process's user can read (mode 0600 in a directory of mode
 * 0700). The file is removed when the spool is disposed of, and at once when writing fails.
 */
export async function spool(chunks: AsyncIterable<Uint8Array>): Promise<Spool> {
  const directory = await mkdtemp(join(tmpdir(), "waybill-intake-"));
  const remove = async (): Promise<void> => rm(directory, { recursive: true, force: true });
  const path = join(directory, "input");
  try {
    await pipeline(chunks, createWriteStream(path, { mode: 0o600 }));
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: remove };
}
