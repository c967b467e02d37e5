/** JSON records: the objects of one array, or one object a line. */
import { InvalidInputError } from "../../../kernel/index.ts";
import { isBlank, nestedEnd, stringEnd } from "./json-bytes.ts";
import type { JsonObjects } from "./json-objects.ts";
import { LineParser } from "./lines.ts";
import { MAX_RECORD_BYTES } from "./records.ts";
import type { Portion, RecordParser } from "./records.ts";
import { MAX_ORIGINAL_BYTES } from "./row-batch.ts";
import type { RowBatch, RowFault } from "./row-batch.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const LF = 0x0a;

const TOO_LONG: RowFault = {
  rule: "too-long",
  message: `the record is longer than ${MAX_RECORD_BYTES / 1024 / 1024} MB`,
};

/** One object a line. */
export function jsonLinesParser(objects: JsonObjects): RecordParser {
  return new LineParser(objects.read, false);
}

/** The objects of one array, in bounded memory. Rows are numbered by record: an array may well be one line. */
export class JsonArrayParser implements RecordParser {
  readonly #objects: JsonObjects;
  #state: "before" | "first" | "element" | "separator" | "after" = "before";
  #line = 1;
  #record = 0;

  constructor(objects: JsonObjects) {
    this.#objects = objects;
  }

  /** @throws InvalidInputError when the text is no array, or ends inside it */
  parse(portion: Portion, batch: RowBatch): number {
    const { bytes, to, atEnd } = portion;
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
    this.#record++;
    if (end - at > MAX_RECORD_BYTES) {
      if (end > to) {
        throw new InvalidInputError("json-too-long", `line ${this.#line}: ${TOO_LONG.message}`);
      }
      batch.endFaultyRow(this.#record, [at, at + MAX_ORIGINAL_BYTES], TOO_LONG);
    } else {
      this.#objects.read(batch, { start: at, end, line: this.#record });
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
