/** A temporary file for formats whose table of contents stands at their end. */
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file that exists until it is disposed of. */
export interface Spool extends AsyncDisposable {
  readonly path: string;
}

/**
 * Writes all bytes to a file that only this process's user can read (mode 0600 in a directory of mode
 * 0700). The file is removed when the spool is disposed of, and at once when writing fails.
 *
 * On Linux it loses its name before the first byte is written, and is read by its descriptor: however the
 * process ends, nothing of the input is left on the disk.
 */
export async function spool(chunks: AsyncIterable<Uint8Array>): Promise<Spool> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "waybill-intake-"));
  const remove = async (): Promise<void> => rm(directory, { recursive: true, force: true });
  stack.defer(remove);
  const named = join(directory, "input");
  const file = await open(named, "wx+", 0o600);
  stack.defer(() => file.close());
  const isNameless = process.platform === "linux";
  if (isNameless) {
    await remove();
  }
  await file.writeFile(chunks);
  const owned = stack.move();
  return {
    path: isNameless ? `/proc/self/fd/${file.fd}` : named,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
