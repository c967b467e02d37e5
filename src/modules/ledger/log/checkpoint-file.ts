/**
 * The checkpoints that were published, on the disk beside the database: one a line, as a JSON string, only
 * ever appended and synced before the checkpoint is shown to anybody. A database that is restored from an
 * older backup does not bring this file back with it, so it gives the loss away.
 */
import { mkdir, open, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { RefusedError } from "../../../kernel/index.ts";
import { type Checkpoint, parseCheckpoint } from "../formats/checkpoint.ts";

/** A checkpoint of a ledger with all its signatures is far shorter. */
const LONGEST_LINE_BYTES = 64 * 1024;

const NEW_LINE = 0x0a;

export class CheckpointFile {
  readonly path: string;

  /** @param client the client's key, which is a safe name of a folder */
  constructor(dataDir: string, client: string) {
    this.path = join(dataDir, "ledger", client, "checkpoints");
  }

  /**
   * The newest checkpoint that was published; undefined before the first.
   * @throws RefusedError `ledger-checkpoints-unreadable` when the file holds something else
   */
  async last(): Promise<Checkpoint | undefined> {
    await using file = await open(this.path, "r").catch(missingAsUndefined);
    if (file === undefined) {
      return undefined;
    }
    const { line } = await lastLine(file);
    if (line === undefined) {
      return undefined;
    }
    const checkpoint = parseLine(line);
    if (checkpoint === undefined) {
      throw new RefusedError(
        "ledger-checkpoints-unreadable",
        `the last line of ${this.path} is no checkpoint`,
        [],
        {
          hint: "restore the file from a backup; without it nobody notices that a database was set back",
        },
      );
    }
    return checkpoint;
  }

  /**
   * Adds a checkpoint; it is on the disk when this returns. Only whoever holds the lock of the ledger's
   * head may do so. What a crash has left of a line was never published, and goes.
   */
  async append(checkpoint: string): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    await using file = await open(this.path, "a+", 0o600);
    const { end, size } = await lastLine(file);
    if (end < size) {
      await file.truncate(end);
    }
    await file.appendFile(`${JSON.stringify(checkpoint)}\n`);
    await file.sync();
    if (size === 0) {
      await using folder = await open(dirname(this.path), "r");
      await folder.sync();
    }
  }
}

/** The last whole line, where it ends, and how long the file is. */
async function lastLine(
  file: FileHandle,
): Promise<{ line: string | undefined; end: number; size: number }> {
  const { size } = await file.stat();
  const start = Math.max(0, size - 2 * LONGEST_LINE_BYTES);
  const tail = Buffer.alloc(size - start);
  await file.read(tail, 0, tail.length, start);
  const last = tail.lastIndexOf(NEW_LINE);
  if (last < 0) {
    return { line: undefined, end: start, size };
  }
  const first = last === 0 ? 0 : tail.lastIndexOf(NEW_LINE, last - 1) + 1;
  return { line: tail.toString("utf8", first, last), end: start + last + 1, size };
}

function parseLine(line: string): Checkpoint | undefined {
  try {
    const text: unknown = JSON.parse(line);
    return typeof text === "string" ? parseCheckpoint(text) : undefined;
  } catch {
    return undefined;
  }
}

function missingAsUndefined(error: unknown): undefined {
  if (error instanceof Error && Reflect.get(error, "code") === "ENOENT") {
    return undefined;
  }
  throw error;
}
