/**
 * Delimited files written row by row in constant memory. A file is written under `NAME.partial` and
 * renamed when it is complete: nobody ever finds half a file under the real name.
 *
 * No generated value holds a delimiter, a quote or a line break (asserted by the tests), so nothing
 * is quoted: that is a fifth of the time of a row.
 */
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Random } from "./random.ts";
import { spoilRow, type Spoilable } from "./spoil.ts";

/** Characters gathered before they are written: larger gains nothing measurable, smaller does. */
const CHUNK = 256 * 1024;

/** What a file looks like, to the byte. */
export interface FileLayout extends Spoilable {
  readonly name: string;
  /** The first line, without its line end. */
  readonly header: string;
  readonly delimiter: string;
  readonly lineEnd: "\n" | "\r\n";
  /** Written before everything else: a byte order mark, or nothing. */
  readonly prologue: "" | "\uFEFF";
}

/** A comma-separated file in UTF-8 with Unix line ends. */
export function csvLayout(name: string, header: string, spoilable: Spoilable): FileLayout {
  return { name, header, delimiter: ",", lineEnd: "\n", prologue: "", ...spoilable };
}

/** What was written. */
export interface FileReport {
  readonly path: string;
  /** Lines after the header, bad rows included. */
  readonly rows: number;
  /** Rows that no reader should accept: impossible dates, letters in numbers, ragged rows. */
  readonly badRows: number;
  readonly bytes: number;
}

export class RowFile {
  readonly layout: FileLayout;
  readonly #path: string;
  readonly #handle: FileHandle;
  #text: string;
  #rows = 0;
  #badRows = 0;
  #bytes = 0;

  private constructor(layout: FileLayout, path: string, handle: FileHandle) {
    this.layout = layout;
    this.#path = path;
    this.#handle = handle;
    this.#text = layout.prologue + layout.header + layout.lineEnd;
  }

  static async create(directory: string, layout: FileLayout): Promise<RowFile> {
    const path = join(directory, layout.name);
    return new RowFile(layout, path, await open(`${path}.partial`, "w"));
  }

  /** Takes a row; nothing is written before {@link drain}. */
  row(columns: readonly string[]): void {
    this.#text += columns.join(this.layout.delimiter) + this.layout.lineEnd;
    this.#rows += 1;
  }

  /** Takes a row, and with probability `share` spoils it so that no reader should accept it. */
  rowOrSpoiled(columns: readonly string[], share: number, random: Random): void {
    if (share > 0 && random.chance(share)) {
      this.row(spoilRow(columns, this.layout, random));
      this.#badRows += 1;
    } else {
      this.row(columns);
    }
  }

  get isFull(): boolean {
    return this.#text.length >= CHUNK;
  }

  /** Writes what was gathered. */
  async drain(): Promise<void> {
    const bytes = Buffer.from(this.#text, "utf8");
    this.#text = "";
    this.#bytes += bytes.length;
    await this.#handle.appendFile(bytes);
  }

  /** Writes the rest and gives the file its name. */
  async finish(): Promise<FileReport> {
    await this.drain();
    await this.#handle.close();
    await rename(`${this.#path}.partial`, this.#path);
    return {
      path: this.#path,
      rows: this.#rows,
      badRows: this.#badRows,
      bytes: this.#bytes,
    };
  }

  /** Removes what was written so far. */
  async abandon(): Promise<void> {
    await this.#handle.close().catch(() => undefined); // closed already when `finish` failed at the renaming
    await rm(`${this.#path}.partial`, { force: true });
  }
}
