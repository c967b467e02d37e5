/** JSON (RFC 8259) looked at as bytes: where values end, and what they are. */
import { textOf } from "./row-batch.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

/** Where the string that opens at `at` has ended; beyond `to` when it does not. */
export function stringEnd(bytes: Uint8Array, at: number, to: number): number {
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
export function nestedEnd(bytes: Uint8Array, at: number, to: number): number {
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

/** The text of the string literal at `bytes[start, end)`; undefined when it is none. */
export function parsedString(bytes: Uint8Array, start: number, end: number): string | undefined {
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

/** Whether `bytes[start, end)` is a JSON value. */
export function isJson(bytes: Uint8Array, start: number, end: number): boolean {
  try {
    JSON.parse(textOf(bytes, start, end));
    return true;
  } catch {
    return false;
  }
}

/** Whether a byte is white space to JSON. */
export function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Whether a byte ends a number, `true`, `false` or `null`. */
export function endsScalar(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_LIST || isBlank(byte);
}
