/** A file that is being written: hashed as it grows, durable when finished, gone when discarded. */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rm, type FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { UnavailableError } from "../../../kernel/index.ts";

/** Length and hex SHA-256 of a file. */
export interface Digest {
  readonly bytes: number;
  readonly sha256: string;
}

/** Readable by the owner and the group: a transfer agent of that group may pick it up. */
const FILE_MODE = 0o640;

export class PayloadFile implements AsyncDisposable {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #hash: Hash = createHash("sha256");
  #bytes = 0;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** @throws UnavailableError when the folder cannot be written to */
  static async create(path: string): Promise<PayloadFile> {
    return new PayloadFile(path, await onDisk(path, () => open(path, "wx", FILE_MODE)));
  }

  /** Appends bytes. Once it is awaited they may be changed: nothing is queued. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    await onDisk(this.path, () => writeAll(this.#handle, chunk));
  }

  /** Waits until the disk has it. The file must not be written to after. */
  async finish(): Promise<Digest> {
    await onDisk(this.path, () => this.#handle.sync());
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    const { bytesWritten } = await handle.write(chunk, done);
    done += bytesWritten;
  }
}

/** Length and hash of a finished file. */
export async function digestOf(path: string): Promise<Digest> {
  const hash = createHash("sha256");
  let bytes = 0;
  await pipeline(createReadStream(path), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  });
  return { bytes, sha256: hash.digest("hex") };
}

/** Waits until the disk has the file, or the folder's entries. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

const DISK_REASONS: Readonly<Record<string, { message: string; hint: string }>> = {
  ENOSPC: { message: "the disk is full", hint: "free some space and deliver again" },
  EDQUOT: { message: "the disk quota is used up", hint: "free some space and deliver again" },
  EFBIG: {
    message: "the file would be larger than allowed",
    hint: "raise the limit of the file system or the process",
  },
  EROFS: {
    message: "the file system is read-only",
    hint: "choose a folder that can be written to",
  },
  EACCES: {
    message: "permission is denied",
    hint: "let the account that runs Waybill write there",
  },
  EPERM: { message: "permission is denied", hint: "let the account that runs Waybill write there" },
  EIO: { message: "the disk reports an error", hint: "check the disk" },
};

/**
 * Runs a step on the disk.
 * @throws UnavailableError when the disk is why it failed: full, over quota, not writable, broken
 */
export async function onDisk<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const reason = DISK_REASONS[code];
    if (reason === undefined) {
      throw error;
    }
    throw new UnavailableError("destination-disk", `cannot write ${path}: ${reason.message}`, {
      hint: reason.hint,
      details: { code },
      cause: error,
    });
  }
}
