/**
 * The journal of destroyed keys: a file apart from the key database, so that a restored backup of that
 * database does not bring keys back that were destroyed after it was made. Lines of one length, only
 * ever appended, each synced before the key goes:
 *
 *     destroyed 8d3f…32 hexadecimal digits 2026-11-22T08:00:00.000Z
 *     revived·· 8d3f…32 hexadecimal digits 2026-11-23T08:00:00.000Z   (· is a space)
 *
 * A handle says nothing to those who lack the client's keys.
 */
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { RefusedError } from "../../../kernel/index.ts";
import type { Handle } from "../protection.ts";

export interface JournalLine {
  readonly kind: "destroyed" | "revived";
  readonly handle: Handle;
  /** ISO 8601 in UTC with milliseconds: 24 characters. */
  readonly notedAt: string;
}

const KIND_WIDTH = "destroyed".length;
/** Kind, handle and instant with a space after each of the first two, and the end of the line. */
const LINE_BYTES = KIND_WIDTH + 1 + 32 + 1 + 24 + 1;
const LINE = /^(destroyed|revived {2}) ([0-9a-f]{32}) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/u;
const OWNER_ONLY = 0o600;

/** Only whoever holds the client's state row for update appends; reading needs no lock. */
export class JournalFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** How many whole lines there are. */
  async length(): Promise<number> {
    await using file = await open(this.path, "r").catch(missingAsUndefined);
    return file === undefined ? 0 : wholeLines(await file.stat());
  }

  /**
   * The lines after the first `skipped` of them.
   * @throws RefusedError `key-journal-unreadable` when the file holds something else
   */
  async after(skipped: number): Promise<JournalLine[]> {
    await using file = await open(this.path, "r").catch(missingAsUndefined);
    if (file === undefined) {
      return [];
    }
    const lines = Math.max(0, wholeLines(await file.stat()) - skipped);
    const bytes = Buffer.alloc(lines * LINE_BYTES);
    await file.read(bytes, 0, bytes.length, skipped * LINE_BYTES);
    return bytes
      .toString("latin1")
      .split("\n")
      .slice(0, lines)
      .map((line, index) => this.#parse(line, skipped + index + 1));
  }

  /** Adds lines; they are on the disk when this returns. What a crash has left of a line goes first. */
  async append(lines: readonly JournalLine[]): Promise<void> {
    if (lines.length === 0) {
      return;
    }
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    await using file = await open(this.path, "a+", OWNER_ONLY);
    const stat = await file.stat();
    const end = wholeLines(stat) * LINE_BYTES;
    if (end < stat.size) {
      await file.truncate(end);
    }
    await file.appendFile(lines.map(format).join(""));
    await file.sync();
    if (stat.size === 0) {
      await syncFolder(dirname(this.path));
    }
  }

  #parse(line: string, number: number): JournalLine {
    const [, kind, handle, notedAt] = LINE.exec(line) ?? [];
    if (kind === undefined || handle === undefined || notedAt === undefined) {
      throw new RefusedError(
        "key-journal-unreadable",
        `line ${number} of ${this.path} is no line of the journal of destroyed keys`,
        [],
        {
          hint: "restore the file from a backup; without it a restored key database brings destroyed keys back",
        },
      );
    }
    return { kind: kind === "destroyed" ? "destroyed" : "revived", handle, notedAt };
  }
}

function format({ kind, handle, notedAt }: JournalLine): string {
  return `${kind.padEnd(KIND_WIDTH)} ${handle} ${notedAt}\n`;
}

function wholeLines({ size }: { readonly size: number }): number {
  return Math.floor(size / LINE_BYTES);
}

async function syncFolder(path: string): Promise<void> {
  await using folder: FileHandle = await open(path, "r");
  await folder.sync();
}

function missingAsUndefined(error: unknown): undefined {
  if (error instanceof Error && Reflect.get(error, "code") === "ENOENT") {
    return undefined;
  }
  throw error;
}
