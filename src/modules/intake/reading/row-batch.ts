/**
 * What every reader yields: a batch of raw rows whose values are ranges of UTF-8 bytes. No string is
 * made for a value until something needs one, and the arrays are used again for the next batch.
 */
import { assert } from "../../../kernel/index.ts";

/** In place of a field's end: the row has no such value (a missing JSON member, an empty cell). */
export const ABSENT = -1;

/** Why a row cannot be read at all, before any rule of the contract is looked at. */
export interface RowFault {
  /** A stable name, for example `quote` or `encoding`. */
  readonly rule: string;
  /** What is wrong, without any value of the row. */
  readonly message: string;
}

/**
 * Gives the bytes of a row as they came, from the bytes as they were read; `"values"` for formats whose
 * rows are no bytes of their own (a workbook's cells): there the original is the values as a JSON array.
 */
export type Restore = ((utf8: Uint8Array) => Buffer) | "values";

const INITIAL_ROWS = 512;
const INITIAL_FIELDS = 4096;

/** Originals longer than this are cut: a quarantine keeps evidence, not ten-megabyte accidents. */
export const MAX_ORIGINAL_BYTES = 65_536;

/**
 * Rows that were read together. Valid until the reader is asked for the next batch: whoever needs a
 * value longer copies it.
 */
export class RowBatch {
  /** The bytes that all ranges point into. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Where each field begins, all rows' fields one after the other. */
  starts = new Int32Array(INITIAL_FIELDS);
  /** Where each field ends (exclusive), or {@link ABSENT}. */
  ends = new Int32Array(INITIAL_FIELDS);
  /** The index of each row's first field; one more entry than rows. */
  firstFields = new Int32Array(INITIAL_ROWS + 1);
  /** The 1-based line (or row of a sheet) on which each row begins. */
  lines = new Float64Array(INITIAL_ROWS);
  rows = 0;
  fields = 0;
  /** The first row that is a record: 1 in the batch that begins with the header, else 0. */
  firstRecord = 0;

  #rawStarts = new Int32Array(INITIAL_ROWS);
  #rawEnds = new Int32Array(INITIAL_ROWS);
  readonly #faults = new Map<number, RowFault>();
  readonly #originals = new Map<number, Buffer>();
  readonly #restore: Restore;

  constructor(restore: Restore) {
    this.#restore = restore;
  }

  /** Empties the batch and points it at other bytes. */
  reset(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.rows = 0;
    this.fields = 0;
    this.firstRecord = 0;
    if (this.#faults.size > 0) {
      this.#faults.clear();
    }
    if (this.#originals.size > 0) {
      this.#originals.clear();
    }
  }

  /** Adds a value to the row that is being read. */
  addField(start: number, end: number): void {
    if (this.fields === this.starts.length) {
      this.starts = grown(this.starts);
      this.ends = grown(this.ends);
    }
    this.starts[this.fields] = start;
    this.ends[this.fields] = end;
    this.fields++;
  }

  /** Forgets the values added since the last {@link endRow}. */
  dropFields(): void {
    this.fields = this.firstField(this.rows);
  }

  /** Ends the row: `rawStart` to `rawEnd` are its bytes without the line end. */
  endRow(line: number, rawStart: number, rawEnd: number): void {
    if (this.rows === this.lines.length) {
      this.lines = grownDoubles(this.lines);
      this.#rawStarts = grown(this.#rawStarts);
      this.#rawEnds = grown(this.#rawEnds);
      this.firstFields = grown(this.firstFields);
    }
    this.lines[this.rows] = line;
    this.#rawStarts[this.rows] = rawStart;
    this.#rawEnds[this.rows] = rawEnd;
    this.rows++;
    this.firstFields[this.rows] = this.fields;
  }

  /** Ends a row that cannot be read. */
  endFaultyRow(line: number, range: readonly [number, number], fault: RowFault): void {
    this.dropFields();
    this.endRow(line, range[0], range[1]);
    this.setFault(this.rows - 1, fault);
  }

  /** Keeps a row's bytes as they are now, because the reader is about to change them. */
  keepOriginal(row: number, rawStart: number, rawEnd: number): void {
    this.#originals.set(row, this.#restored(row, rawStart, rawEnd));
  }

  /** Marks a row as unreadable; the first fault of a row stays. */
  setFault(row: number, fault: RowFault): void {
    if (!this.#faults.has(row)) {
      this.#faults.set(row, fault);
    }
  }

  fault(row: number): RowFault | undefined {
    return this.#faults.size === 0 ? undefined : this.#faults.get(row);
  }

  firstField(row: number): number {
    return row === 0 ? 0 : (this.firstFields[row] ?? 0);
  }

  fieldCount(row: number): number {
    return (this.firstFields[row + 1] ?? 0) - this.firstField(row);
  }

  line(row: number): number {
    return this.lines[row] ?? 0;
  }

  /** Where the row's bytes begin and end in {@link bytes}. */
  rawRange(row: number): readonly [number, number] {
    return [this.#rawStarts[row] ?? 0, this.#rawEnds[row] ?? 0];
  }

  /** The row's bytes as they came, cut at {@link MAX_ORIGINAL_BYTES}. */
  original(row: number): Buffer {
    return this.#originals.get(row) ?? this.#restored(row, ...this.rawRange(row));
  }

  /** The text of the value at a place of a row; undefined when there is none. */
  text(row: number, place: number): string | undefined {
    if (place >= this.fieldCount(row)) {
      return undefined;
    }
    const at = this.firstField(row) + place;
    const end = this.ends[at] ?? ABSENT;
    return end === ABSENT ? undefined : textOf(this.bytes, this.starts[at] ?? 0, end);
  }

  /** All values of a row as text. */
  texts(row: number): (string | undefined)[] {
    return Array.from({ length: this.fieldCount(row) }, (_, place) => this.text(row, place));
  }

  #restored(row: number, start: number, end: number): Buffer {
    if (this.#restore === "values") {
      const values = this.texts(row).map((value) => value ?? null);
      return Buffer.from(JSON.stringify(values)).subarray(0, MAX_ORIGINAL_BYTES);
    }
    assert(start >= 0 && end <= this.bytes.length, () => "a raw range lies outside the batch");
    const cut = Math.min(end, start + MAX_ORIGINAL_BYTES);
    return this.#restore(this.bytes.subarray(start, cut));
  }
}

/** The text of a range of UTF-8 bytes. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset);
  return buffer.toString("utf8", start, end);
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

function grownDoubles(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}
