/**
 * JSON records: an array of objects, or one object a line. Values stay ranges of the input's bytes, so a
 * number keeps every digit it was written with (JSON.parse would round it to a double) and only
 * strings with escapes are changed, in place.
 */
import { InvalidInputError } from "../../../kernel/index.ts";
import { LineParser } from "./lines.ts";
import { MAX_RECORD_BYTES } from "./records.ts";
import type { RecordParser } from "./records.ts";
import { ABSENT, MAX_ORIGINAL_BYTES, textOf } from "./row-batch.ts";
import type { RowBatch, RowFault } from "./row-batch.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const LF = 0x0a;

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
const TOO_LONG: RowFault = {
  rule: "too-long",
  message: `the record is longer than ${MAX_RECORD_BYTES / 1024 / 1024} MB`,
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
  readonly read = (batch: RowBatch, line: number, start: number, end: number): void => {
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

/** One object a line. */
export function jsonLinesParser(objects: JsonObjects): RecordParser {
  return new LineParser(objects.read, false);
}

/** The objects of one array, in bounded memory. */
export class JsonArrayParser implements RecordParser {
  readonly #objects: JsonObjects;
  #state: "before" | "first" | "element" | "separator" | "after" = "before";
  #line = 1;

  constructor(objects: JsonObjects) {
    this.#objects = objects;
  }

  /** @throws InvalidInputError when the text is no array, or ends inside it */
  parse(bytes: Uint8Array, to: number, atEnd: boolean, batch: RowBatch): number {
    let at = 0;
    for (;;) {
      at = this.#skipBlanks(bytes, at, to);
      if (at === to) {
        break;
      }
      const next = this.#step(bytes, at, { to, atEnd, batch });
      if (next === undefined) {
        return at;
      }
      at = next;
    }
    if (atEnd && this.#state !== "after") {
      throw new InvalidInputError(
        "json-truncated",
        "the JSON array is not closed: the input was cut off",
        [],
        {
          hint: "transfer the file again",
        },
      );
    }
    return at;
  }

  /** Reads one token; undefined when the element at `at` has not arrived as a whole. */
  #step(
    bytes: Uint8Array,
    at: number,
    portion: { to: number; atEnd: boolean; batch: RowBatch },
  ): number | undefined {
    const byte = bytes[at];
    switch (this.#state) {
      case "before":
        this.#expect(byte === OPEN_LIST);
        this.#state = "first";
        return at + 1;
      case "separator":
        this.#expect(byte === COMMA || byte === CLOSE_LIST);
        this.#state = byte === COMMA ? "element" : "after";
        return at + 1;
      case "after":
        this.#expect(false);
        return at;
      case "first":
        if (byte === CLOSE_LIST) {
          this.#state = "after";
          return at + 1;
        }
        return this.#element(bytes, at, portion);
      case "element":
        return this.#element(bytes, at, portion);
    }
  }

  #element(
    bytes: Uint8Array,
    at: number,
    portion: { to: number; atEnd: boolean; batch: RowBatch },
  ): number | undefined {
    const { to, atEnd, batch } = portion;
    const end = elementEnd(bytes, at, to);
    if (end >= to && to - at <= MAX_RECORD_BYTES && !(atEnd && end === to)) {
      if (!atEnd) {
        return undefined;
      }
      throw new InvalidInputError(
        "json-truncated",
        `the JSON record on line ${this.#line} is not closed: the input was cut off`,
        [],
        { hint: "transfer the file again" },
      );
    }
    if (end - at > MAX_RECORD_BYTES) {
      if (end > to) {
        throw new InvalidInputError("json-too-long", `line ${this.#line}: ${TOO_LONG.message}`);
      }
      batch.endFaultyRow(this.#line, [at, at + MAX_ORIGINAL_BYTES], TOO_LONG);
    } else {
      this.#objects.read(batch, this.#line, at, end);
    }
    this.#countLines(bytes, at, end);
    this.#state = "separator";
    return end;
  }

  #expect(condition: boolean): void {
    if (!condition) {
      throw new InvalidInputError(
        "json-syntax",
        `line ${this.#line}: the input is not one JSON array of objects`,
        [],
        {
          hint: "send an array of objects, or one object a line",
        },
      );
    }
  }

  #skipBlanks(bytes: Uint8Array, from: number, to: number): number {
    let i = from;
    while (i < to && isBlank(bytes[i] ?? 0)) {
      if (bytes[i] === LF) {
        this.#line++;
      }
      i++;
    }
    return i;
  }

  #countLines(bytes: Uint8Array, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      if (bytes[i] === LF) {
        this.#line++;
      }
    }
  }
}

function elementEnd(bytes: Uint8Array, at: number, to: number): number {
  const byte = bytes[at];
  if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
    return nestedEnd(bytes, at, to);
  }
  if (byte === QUOTE) {
    return stringEnd(bytes, at, to);
  }
  let i = at;
  while (i < to && bytes[i] !== COMMA && bytes[i] !== CLOSE_LIST) {
    i++;
  }
  return i;
}

/** Where the string that opens at `at` has ended; beyond `to` when it does not. */
function stringEnd(bytes: Uint8Array, at: number, to: number): number {
  for (let i = at + 1; i < to; i++) {
    if (bytes[i] === BACKSLASH) {
      i++;
    } else if (bytes[i] === QUOTE) {
      return i + 1;
    }
  }
  return to + 1;
}

/** Where the object or list that opens at `at` has ended; beyond `to` when it does not. */
function nestedEnd(bytes: Uint8Array, at: number, to: number): number {
  let depth = 0;
  for (let i = at; i < to; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) {
      i = stringEnd(bytes, i, to) - 1;
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      depth++;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      depth--;
      if (depth === 0) {
        return i + 1;
      }
    }
  }
  return to + 1;
}

function parsedString(bytes: Uint8Array, start: number, end: number): string | undefined {
  const text = textOf(bytes, start, end);
  if (!text.includes("\\")) {
    return text.slice(1, -1);
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function isJson(bytes: Uint8Array, start: number, end: number): boolean {
  try {
    JSON.parse(textOf(bytes, start, end));
    return true;
  } catch {
    return false;
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function endsScalar(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_LIST || isBlank(byte);
}
