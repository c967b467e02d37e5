import { open, rm, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { InvalidInputError, UnavailableError } from "../../kernel/index.ts";

/**
 * Refuses a file that is there already, before work is done that would end at it.
 * @throws InvalidInputError
 */
export async function refuseExisting(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) !== undefined) {
    throw fileExists(path);
  }
}

function fileExists(path: string): InvalidInputError {
  return new InvalidInputError("file-exists", `there is a file ${path} already`, [], {
    hint: "name another, or remove it: nothing is overwritten",
  });
}

/**
 * Writes a file that nobody but its owner can read, whole or not at all, at the pace of the disk.
 * @throws InvalidInputError when it exists already, or its folder does not take it
 * @throws UnavailableError when the disk is full
 */
export async function writeNewFile(path: string, chunks: AsyncIterable<Buffer>): Promise<void> {
  const file = await open(path, "wx", 0o600).catch((cause: unknown) => {
    throw codeOf(cause) === "EEXIST"
      ? fileExists(path)
      : new InvalidInputError("file-not-writable", `the file ${path} cannot be made`, [], {
          hint: "check that its folder exists and may be written to",
          cause,
        });
  });
  try {
    await pipeline(Readable.from(chunks), file.createWriteStream());
  } catch (error) {
    await rm(path, { force: true });
    throw codeOf(error) === "ENOSPC"
      ? new UnavailableError("disk-full", `the disk of ${path} is full`, {
          hint: "free some space, or name a file on another disk",
        })
      : error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, "code") : undefined;
}
