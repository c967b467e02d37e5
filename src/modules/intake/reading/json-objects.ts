/**
 * JSON objects as rows. Values stay ranges of the input's bytes, so a
 * number keeps every digit it was written with (JSON.parse would round it to a double) and only
 * strings with escapes are changed, in place.
 */
import { endsScalar, isBlank, isJson, nestedEnd, parsedString, stringEnd } from "./json-bytes.ts";
import type { RecordRange } from "./lines.ts";
import { ABSENT, MAX_ORIGINAL_BYTES } from "./row-batch.ts";
import type { RowBatch, RowFault } from "./row-batch.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;

/** Names beyond this many are not remembered: a file whose keys are values would fill the memory. */
const MAX_OTHER_NAMES = 1000;

const NOT_AN_OBJECT: RowFault = { rule: "json", message: "the record is not a JSON object" };
const NOT_JSON: RowFault = { rule: "json", message: "the record is not valid JSON" };
const TWICE: RowFault = { rule: "json", message: "the record names the same member twice" };
const NUL_IN_TEXT: RowFault = {
  rule: "nul-byte",
  message: "a text contains the character NUL, which no text field can hold",
};
const LONE_SURROGATE: RowFault = {
  rule: "encoding",
  message: "a text contains half a surrogate pair, which is no character",
};
/** Reads objects into rows: one value for each of `columns`, in their order. */
export class JsonObjects {
  /** Members that no column asks for. */
  readonly otherNames = new Set<string>();
  readonly #places: ReadonlyMap<string, number>;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  readonly #seen: Uint8Array;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;

  constructor(columns: readonly string[]) {
    this.#places = new Map(columns.map((name, place) => [name, place]));
    this.#starts = new Int32Array(columns.length);
    this.#ends = new Int32Array(columns.length);
    this.#seen = new Uint8Array(columns.length);
  }

  /** Reads the object at `bytes[start, end)` as one row. */
  readonly read = (batch: RowBatch, range: RecordRange): void => {
    const { start, end, line } = range;
    this.#bytes = batch.bytes;
    this.#at = start;
    this.#end = end;
    this.#ends.fill(ABSENT);
    this.#seen.fill(0);
    if (batch.bytes.subarray(start, end).includes(BACKSLASH)) {
      batch.keepOriginal(batch.rows, start, end);
    }
    const fault = this.#object();
    if (fault !== undefined) {
      batch.endFaultyRow(line, [start, Math.min(end, start + MAX_ORIGINAL_BYTES)], fault);
      return;
    }
    for (let place = 0; place < this.#ends.length; place++) {
      batch.addField(this.#starts[place] ?? 0, this.#ends[place] ?? ABSENT);
    }
    batch.endRow(line, start, end);
  };

  #object(): RowFault | undefined {
    if (this.#next() !== OPEN_OBJECT) {
      return NOT_AN_OBJECT;
    }
    this.#at++;
    if (this.#next() === CLOSE_OBJECT) {
      this.#at++;
      return this.#next() === -1 ? undefined : NOT_JSON;
    }
    for (;;) {
      const fault = this.#member();
      if (fault !== undefined) {
        return fault;
      }
      const after = this.#next();
      this.#at++;
      if (after === CLOSE_OBJECT) {
        return this.#next() === -1 ? undefined : NOT_JSON;
      }
      if (after !== COMMA) {
        return NOT_JSON;
      }
    }
  }

  #member(): RowFault | undefined {
    if (this.#next() !== QUOTE) {
      return NOT_JSON;
    }
    const nameStart = this.#at;
    if (!this.#skipString()) {
      return NOT_JSON;
    }
    const name = parsedString(this.#bytes, nameStart, this.#at);
    if (name === undefined || this.#next() !== COLON) {
      return NOT_JSON;
    }
    this.#at++;
    const place = this.#places.get(name);
    if (place === undefined) {
      if (this.otherNames.size < MAX_OTHER_NAMES) {
        this.otherNames.add(name);
      }
      return this.#value(undefined);
    }
    if (this.#seen[place] === 1) {
      return TWICE;
    }
    this.#seen[place] = 1;
    return this.#value(place);
  }

  #value(place: number | undefined): RowFault | undefined {
    const first = this.#next();
    const start = this.#at;
    if (first === QUOTE) {
      return this.#skipString() ? this.#text(place, start) : NOT_JSON;
    }
    if (first === OPEN_OBJECT || first === OPEN_LIST) {
      if (!this.#skipNested() || !isJson(this.#bytes, start, this.#at)) {
        return NOT_JSON;
      }
      this.#put(place, start, this.#at);
      return undefined;
    }
    while (this.#at < this.#end && !endsScalar(this.#bytes[this.#at] ?? 0)) {
      this.#at++;
    }
    if (!isJson(this.#bytes, start, this.#at)) {
      return NOT_JSON;
    }
    this.#put(place, start, first === 0x6e ? ABSENT : this.#at);
    return undefined;
  }

  #text(place: number | undefined, start: number): RowFault | undefined {
    const raw = this.#bytes.subarray(start + 1, this.#at - 1);
    if (!raw.includes(BACKSLASH)) {
      this.#put(place, start + 1, this.#at - 1);
      return undefined;
    }
    const text = parsedString(this.#bytes, start, this.#at);
    if (text === undefined) {
      return NOT_JSON;
    }
    if (text.includes("\0")) {
      return NUL_IN_TEXT;
    }
    if (!text.isWellFormed()) {
      return LONE_SURROGATE;
    }
    // An escape is never shorter than the character in UTF-8, so the text fits where it stood.
    const { written } = new TextEncoder().encodeInto(text, raw);
    this.#put(place, start + 1, start + 1 + written);
    return undefined;
  }

  #put(place: number | undefined, start: number, end: number): void {
    if (place !== undefined) {
      this.#starts[place] = start;
      this.#ends[place] = end;
    }
  }

  /** The next byte that is not blank, or -1 at the end. */
  #next(): number {
    while (this.#at < this.#end && isBlank(this.#bytes[this.#at] ?? 0)) {
      this.#at++;
    }
    return this.#at < this.#end ? (this.#bytes[this.#at] ?? -1) : -1;
  }

  #skipString(): boolean {
    const after = stringEnd(this.#bytes, this.#at, this.#end);
    this.#at = after;
    return after <= this.#end;
  }

  #skipNested(): boolean {
    const after = nestedEnd(this.#bytes, this.#at, this.#end);
    this.#at = after;
    return after <= this.#end;
  }
}
