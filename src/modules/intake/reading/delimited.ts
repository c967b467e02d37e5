/**
 * Delimited text: RFC 4180 with the leniencies that real files need. Works on bytes, so that a
 * rejected row can be given back exactly as it came and no string is made for a value that is not used.
 *
 * Leniencies: line ends may be LF, CRLF or (in files without any LF) CR, mixed; the last line needs
 * none; blanks may follow a closing quote; a quote inside an unquoted value is a character like any
 * other; lines without a byte are no rows.
 *
 * A quote that is never closed must not swallow the rest of the file: the line on which it opened is
 * reported and reading goes on at the next line. A line in front of such a quote cannot be searched
 * twice (a later quote would have closed it), so the whole stays linear in the file's size.
 */
import { MAX_RECORD_BYTES } from "./records.ts";
import type { Portion, RecordParser } from "./records.ts";
import type { RowBatch, RowFault } from "./row-batch.ts";
import { MAX_ORIGINAL_BYTES } from "./row-batch.ts";

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;

export interface DelimitedOptions {
  /** One ASCII byte. */
  readonly delimiter: number;
  /** One ASCII byte, or undefined when nothing is quoted. */
  readonly quote: number | undefined;
  /** A CR alone ends a line (files of old Macs); otherwise it is part of the value. */
  readonly crEnds: boolean;
}

const TOO_LONG: RowFault = {
  rule: "too-long",
  message: `the row is longer than ${MAX_RECORD_BYTES / 1024 / 1024} MB`,
};

/** What became of a record: where the next one begins, or one of these. */
const INCOMPLETE = -1;
const BROKEN_QUOTE = -2;
const OPEN_QUOTE = -3;
const OVERLONG = -4;

/** Splits delimited text into records. */
export class DelimitedParser implements RecordParser {
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #crEnds: boolean;
  #line = 1;
  /** The rest of an overlong line is being passed over. */
  #skipping = false;
  /** Fields of the present record whose doubled quotes must be made single. */
  readonly #doubled: number[] = [];
  /** Line ends inside quotes of the present record. */
  #innerLines = 0;
  #quoteLine = 0;

  constructor(options: DelimitedOptions) {
    this.#delimiter = options.delimiter;
    this.#quote = options.quote ?? -1;
    this.#crEnds = options.crEnds;
  }

  parse(portion: Portion, batch: RowBatch): number {
    const { bytes, to, atEnd } = portion;
    let at = 0;
    while (at < to) {
      if (this.#skipping) {
        at = this.#skipLine(bytes, at, to);
        continue;
      }
      const next = this.#record(bytes, at, { to, atEnd, batch });
      if (next >= 0) {
        at = next;
        continue;
      }
      if (next === INCOMPLETE) {
        return at;
      }
      const resumed = this.#quarantine(bytes, at, { to, atEnd, batch, reason: next });
      if (resumed === INCOMPLETE) {
        return at;
      }
      at = resumed;
    }
    return at;
  }

  /** Reads one record; returns where the next begins or why there is none. */
  #record(
    bytes: Uint8Array,
    at: number,
    portion: { to: number; atEnd: boolean; batch: RowBatch },
  ): number {
    const { to, atEnd, batch } = portion;
    const limit = Math.min(to, at + MAX_RECORD_BYTES);
    this.#innerLines = 0;
    this.#doubled.length = 0;
    let i = at;
    for (;;) {
      const start = i;
      if (i < limit && bytes[i] === this.#quote) {
        i = this.#quoted(bytes, i, { limit, to, atEnd, batch });
        if (i < 0) {
          batch.dropFields();
          return i;
        }
      } else {
        i = this.#unquotedEnd(bytes, i, { to, limit });
        batch.addField(start, i);
      }
      if (i < limit && bytes[i] === this.#delimiter) {
        i++;
        continue;
      }
      break;
    }
    return this.#endRecord(bytes, at, { ...portion, end: i, limit });
  }

  /** Where an unquoted value ends: at a delimiter, a line end or the limit. */
  #unquotedEnd(bytes: Uint8Array, from: number, portion: { to: number; limit: number }): number {
    const { to, limit } = portion;
    const delimiter = this.#delimiter;
    let i = from;
    for (;;) {
      let byte = bytes[i];
      while (i < limit && byte !== delimiter && byte !== LF && byte !== CR) {
        byte = bytes[++i];
      }
      if (i >= limit || byte !== CR || this.#endsLine(bytes, i, to)) {
        return Math.min(i, limit);
      }
      i++;
    }
  }

  #endRecord(
    bytes: Uint8Array,
    at: number,
    portion: { to: number; atEnd: boolean; batch: RowBatch; end: number; limit: number },
  ): number {
    const { to, atEnd, batch, end, limit } = portion;
    if (end === limit && limit < to) {
      batch.dropFields();
      return OVERLONG;
    }
    let next = end;
    if (end === to) {
      if (!atEnd) {
        batch.dropFields();
        return INCOMPLETE;
      }
    } else if (bytes[end] === CR) {
      if (end + 1 === to && !atEnd) {
        batch.dropFields();
        return INCOMPLETE;
      }
      next = bytes[end + 1] === LF && end + 1 < to ? end + 2 : end + 1;
    } else {
      next = end + 1;
    }
    if (end === at) {
      batch.dropFields();
    } else {
      this.#keep(bytes, batch, [at, end]);
    }
    this.#line += this.#innerLines + 1;
    return next;
  }

  #keep(bytes: Uint8Array, batch: RowBatch, range: readonly [number, number]): void {
    if (this.#doubled.length > 0) {
      batch.keepOriginal(batch.rows, range[0], range[1]);
      for (const field of this.#doubled) {
        batch.ends[field] = this.#collapse(bytes, batch.starts[field] ?? 0, batch.ends[field] ?? 0);
      }
    }
    batch.endRow(this.#line, range[0], range[1]);
  }

  /** Whether the CR at `i` belongs to a line end. One at the very end of the portion does until more is known. */
  #endsLine(bytes: Uint8Array, i: number, to: number): boolean {
    if (this.#crEnds) {
      return true;
    }
    return i + 1 === to || bytes[i + 1] === LF;
  }

  /** Reads a quoted value that opens at `open`; returns where its delimiter or line end stands. */
  #quoted(
    bytes: Uint8Array,
    open: number,
    portion: { limit: number; to: number; atEnd: boolean; batch: RowBatch },
  ): number {
    const { limit, to, atEnd, batch } = portion;
    const quote = this.#quote;
    this.#quoteLine = this.#line + this.#innerLines;
    let doubled = false;
    let i = open + 1;
    for (;;) {
      while (i < limit && bytes[i] !== quote) {
        if (bytes[i] === LF || (this.#crEnds && bytes[i] === CR && bytes[i + 1] !== LF)) {
          this.#innerLines++;
        }
        i++;
      }
      if (i >= limit) {
        return limit < to || atEnd ? OPEN_QUOTE : INCOMPLETE;
      }
      if (i + 1 === to || bytes[i + 1] !== quote) {
        break;
      }
      doubled = true;
      i += 2;
    }
    if (doubled) {
      this.#doubled.push(batch.fields);
    }
    batch.addField(open + 1, i);
    return this.#afterQuote(bytes, i + 1, portion);
  }

  #afterQuote(bytes: Uint8Array, from: number, portion: { to: number; atEnd: boolean }): number {
    const { to, atEnd } = portion;
    let i = from;
    while (i < to && bytes[i] !== this.#delimiter && (bytes[i] === SPACE || bytes[i] === TAB)) {
      i++;
    }
    if (i === to) {
      return atEnd ? i : INCOMPLETE;
    }
    const byte = bytes[i];
    if (byte === this.#delimiter || byte === LF) {
      return i;
    }
    return byte === CR && this.#endsLine(bytes, i, to) ? i : BROKEN_QUOTE;
  }

  /** Makes doubled quotes single, in place; returns the new end. */
  #collapse(bytes: Uint8Array, start: number, end: number): number {
    let write = start;
    for (let read = start; read < end; read++) {
      bytes[write++] = bytes[read] ?? 0;
      if (bytes[read] === this.#quote) {
        read++;
      }
    }
    return write;
  }

  /** Reports the line on which a broken record begins and returns where the next line begins. */
  #quarantine(
    bytes: Uint8Array,
    at: number,
    portion: { to: number; atEnd: boolean; batch: RowBatch; reason: number },
  ): number {
    const { to, atEnd, batch, reason } = portion;
    const limit = Math.min(to, at + MAX_RECORD_BYTES);
    const end = this.#lineEnd(bytes, at, limit);
    const isCut = end === limit ? limit === to : bytes[end] === CR && end + 1 === to;
    if (isCut && !atEnd) {
      return INCOMPLETE;
    }
    const isLong = end === limit && limit < to;
    const fault = isLong || reason === OVERLONG ? TOO_LONG : this.#quoteFault(reason);
    const cut = end - at > MAX_ORIGINAL_BYTES ? at + MAX_ORIGINAL_BYTES : end;
    batch.endFaultyRow(this.#line, [at, cut], fault);
    if (isLong) {
      this.#skipping = true;
      return end;
    }
    if (end === to) {
      return to;
    }
    this.#line++;
    return bytes[end] === CR && bytes[end + 1] === LF ? end + 2 : end + 1;
  }

  #quoteFault(reason: number): RowFault {
    return reason === OPEN_QUOTE
      ? {
          rule: "quote",
          message: `the quote that opens on line ${this.#quoteLine} is never closed; this line was set aside and reading went on at the next`,
        }
      : {
          rule: "quote",
          message: `text follows the quote that closes the value opened on line ${this.#quoteLine}; double the quotes inside a value`,
        };
  }

  #lineEnd(bytes: Uint8Array, from: number, limit: number): number {
    let i = from;
    while (i < limit && bytes[i] !== LF && !(this.#crEnds && bytes[i] === CR)) {
      i++;
    }
    return i > from && i < limit && bytes[i] === LF && bytes[i - 1] === CR ? i - 1 : i;
  }

  #skipLine(bytes: Uint8Array, from: number, to: number): number {
    let i = from;
    while (i < to && bytes[i] !== LF && !(this.#crEnds && bytes[i] === CR)) {
      i++;
    }
    if (i === to) {
      return to;
    }
    this.#skipping = false;
    this.#line++;
    return i + 1;
  }
}
