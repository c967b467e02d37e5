/** Text whose lines are the records: columns between runs of blanks, columns at fixed places, JSON lines. */
import { MAX_RECORD_BYTES } from "./records.ts";
import type { Portion, RecordParser } from "./records.ts";
import { ABSENT, MAX_ORIGINAL_BYTES } from "./row-batch.ts";
import type { RowBatch } from "./row-batch.ts";

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;

/** A record's place in the bytes of its batch, and in the input. */
export interface RecordRange {
  readonly start: number;
  readonly end: number;
  /** 1-based. */
  readonly line: number;
}

/** Adds the values of a line to the batch and ends the row. */
export type SplitLine = (batch: RowBatch, range: RecordRange) => void;

/** Splits text into lines and leaves each line to `split`. Lines of blanks alone are no rows. */
export class LineParser implements RecordParser {
  readonly #split: SplitLine;
  readonly #crEnds: boolean;
  #line = 1;
  #skipping = false;

  constructor(split: SplitLine, crEnds: boolean) {
    this.#split = split;
    this.#crEnds = crEnds;
  }

  parse(portion: Portion, batch: RowBatch): number {
    const { bytes, to, atEnd } = portion;
    let at = 0;
    while (at < to) {
      const end = this.#lineEnd(bytes, at, to);
      if (end === to && !atEnd && end - at <= MAX_RECORD_BYTES) {
        return this.#skipping ? to : at;
      }
      if (!this.#skipping) {
        this.#endLine(batch, at, end);
      }
      this.#skipping = end === to && !atEnd;
      if (end === to) {
        return to;
      }
      this.#line++;
      at = end + 1;
    }
    return at;
  }

  #endLine(batch: RowBatch, start: number, lineEnd: number): void {
    const { bytes } = batch;
    const end = lineEnd > start && bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
    if (end - start > MAX_RECORD_BYTES) {
      batch.endFaultyRow(this.#line, [start, start + MAX_ORIGINAL_BYTES], {
        rule: "too-long",
        message: `the row is longer than ${MAX_RECORD_BYTES / 1024 / 1024} MB`,
      });
      return;
    }
    if (skipBlanks(bytes, start, end) < end) {
      this.#split(batch, { start, end, line: this.#line });
    }
  }

  #lineEnd(bytes: Uint8Array, from: number, to: number): number {
    let i = from;
    while (i < to && bytes[i] !== LF && !(this.#crEnds && bytes[i] === CR)) {
      i++;
    }
    return i;
  }
}

/** Values between runs of blanks and tabs; blanks around the line do not count. */
export function splitAtBlanks(batch: RowBatch, range: RecordRange): void {
  const { bytes } = batch;
  const { start, end, line } = range;
  let i = skipBlanks(bytes, start, end);
  while (i < end) {
    const from = i;
    while (i < end && bytes[i] !== SPACE && bytes[i] !== TAB) {
      i++;
    }
    batch.addField(from, i);
    i = skipBlanks(bytes, i, end);
  }
  batch.endRow(line, start, end);
}

/** A column of fixed-width text. */
export interface FixedColumn {
  readonly name: string;
  /** The 1-based place of its first character. */
  readonly start: number;
  /** How many characters (Unicode code points, not bytes) it has. */
  readonly length: number;
}

/** Values at fixed places, counted in characters; a line that ends early has no value there. */
export function splitAtPlaces(columns: readonly FixedColumn[]): SplitLine {
  return (batch, { start, end, line }) => {
    const places = characterPlaces(batch.bytes, start, end);
    for (const column of columns) {
      const from = places(column.start - 1);
      const to = places(column.start - 1 + column.length);
      if (from === end) {
        batch.addField(end, ABSENT);
      } else {
        batch.addField(from, to);
      }
    }
    batch.endRow(line, start, end);
  };
}

/** Finds the byte at which the n-th (0-based) character of a line begins, or the line's end. */
function characterPlaces(bytes: Uint8Array, start: number, end: number): (n: number) => number {
  const continuations: number[] = [];
  for (let i = start; i < end; i++) {
    if (((bytes[i] ?? 0) & 0xc0) === 0x80) {
      continuations.push(i);
    }
  }
  return (n) => {
    let at = start + n;
    for (const continuation of continuations) {
      if (continuation > at) {
        break;
      }
      at++;
    }
    return Math.min(at, end);
  };
}

function skipBlanks(bytes: Uint8Array, from: number, end: number): number {
  let i = from;
  while (i < end && (bytes[i] === SPACE || bytes[i] === TAB)) {
    i++;
  }
  return i;
}
