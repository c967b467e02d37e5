/**
 * Encodings in, UTF-8 on. The conversions are our own because they must lose nothing: a rejected row
 * is given back in the bytes it came in, so every input byte needs exactly one UTF-8 form.
 *
 * - Windows-1252 by the WHATWG table, in which the five unassigned bytes are C1 controls.
 * - UTF-16 with unpaired surrogates kept as three bytes (WTF-8), which is not valid UTF-8: the row
 *   is then quarantined for its encoding like any other, and restored exactly.
 */
import { isUtf8 } from "node:buffer";

import type { Restore } from "./row-batch.ts";

export const encodings = ["utf-8", "utf-16le", "utf-16be", "windows-1252"] as const;
export type Encoding = (typeof encodings)[number];

/** Code points of the bytes 0x80–0x9F (WHATWG Encoding Standard, index windows-1252). */
const UPPER_CONTROLS = [
  0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039,
  0x0152, 0x8d, 0x017d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc,
  0x2122, 0x0161, 0x203a, 0x0153, 0x9d, 0x017e, 0x0178,
] as const;

const BYTE_OF_POINT = new Map<number, number>(
  UPPER_CONTROLS.map((point, index) => [point, 0x80 + index]),
);

/** What the first bytes say about the encoding. */
export interface EncodingGuess {
  readonly encoding: Encoding;
  /** Bytes of the byte order mark, to be passed over. */
  readonly bomBytes: number;
}

/**
 * Guesses from a sample: a byte order mark; else NUL bytes on one side of most pairs (UTF-16 of mostly
 * western text); else UTF-8 if the sample is valid UTF-8; else Windows-1252.
 */
export function detectEncoding(sample: Uint8Array): EncodingGuess {
  const mark = byteOrderMark(sample);
  if (mark !== undefined) {
    return mark;
  }
  const [evenNuls, oddNuls] = nulsBySide(sample);
  const pairs = Math.floor(sample.length / 2);
  if (pairs > 0 && oddNuls > pairs / 2 && evenNuls === 0) {
    return { encoding: "utf-16le", bomBytes: 0 };
  }
  if (pairs > 0 && evenNuls > pairs / 2 && oddNuls === 0) {
    return { encoding: "utf-16be", bomBytes: 0 };
  }
  const whole = sample.subarray(0, lastCharacterStart(sample));
  return { encoding: isUtf8(whole) ? "utf-8" : "windows-1252", bomBytes: 0 };
}

/** The byte order mark at the beginning of the sample, if there is one. */
export function byteOrderMark(sample: Uint8Array): EncodingGuess | undefined {
  const [first, second, third] = sample;
  if (first === 0xef && second === 0xbb && third === 0xbf) {
    return { encoding: "utf-8", bomBytes: 3 };
  }
  if (first === 0xff && second === 0xfe) {
    return { encoding: "utf-16le", bomBytes: 2 };
  }
  if (first === 0xfe && second === 0xff) {
    return { encoding: "utf-16be", bomBytes: 2 };
  }
  return undefined;
}

/** Turns chunks of an encoding into chunks of UTF-8. */
export async function* toUtf8(
  chunks: AsyncIterable<Uint8Array>,
  encoding: Encoding,
): AsyncGenerator<Uint8Array> {
  if (encoding === "utf-8") {
    yield* chunks;
    return;
  }
  const decoder = new Utf8Converter(encoding);
  for await (const chunk of chunks) {
    yield decoder.convert(chunk);
  }
  yield decoder.end();
}

/** Gives UTF-8 bytes made by {@link toUtf8} back in the encoding they came in. */
export function restoreFrom(encoding: Encoding): Restore {
  switch (encoding) {
    case "utf-8":
      return (utf8) => Buffer.from(utf8);
    case "windows-1252":
      return (utf8) =>
        Buffer.from(pointsOf(utf8).map((point) => BYTE_OF_POINT.get(point) ?? point));
    case "utf-16le":
      return (utf8) => utf16Of(utf8);
    case "utf-16be":
      return (utf8) => utf16Of(utf8).swap16();
  }
}

/** Converts a stream of Windows-1252 or UTF-16 bytes piece by piece. */
export class Utf8Converter {
  readonly #unitBytes: 1 | 2;
  readonly #lowByte: 0 | 1;
  /** The odd byte at the end of the last piece. */
  #carried: number | undefined;
  /** A high surrogate that still waits for its other half. */
  #high: number | undefined;

  constructor(encoding: Exclude<Encoding, "utf-8">) {
    this.#unitBytes = encoding === "windows-1252" ? 1 : 2;
    this.#lowByte = encoding === "utf-16be" ? 1 : 0;
  }

  convert(chunk: Uint8Array): Uint8Array {
    return this.#unitBytes === 1 ? convertWindows1252(chunk) : this.#convertUtf16(chunk);
  }

  /** What is left when the input has ended; half a unit comes out as an invalid byte. */
  end(): Uint8Array {
    const rest = new Uint8Array(4);
    let length = 0;
    if (this.#high !== undefined) {
      length = putPoint(rest, length, this.#high);
      this.#high = undefined;
    }
    if (this.#carried !== undefined) {
      rest[length++] = 0xff;
      this.#carried = undefined;
    }
    return rest.subarray(0, length);
  }

  #convertUtf16(chunk: Uint8Array): Uint8Array {
    const carried = this.#carried;
    const joined = carried === undefined ? chunk : Buffer.concat([Buffer.of(carried), chunk]);
    const even = joined.length - (joined.length % 2);
    this.#carried = even < joined.length ? joined[even] : undefined;
    const out = new Uint8Array((even / 2) * 3 + 3);
    let length = 0;
    for (let i = 0; i < even; i += 2) {
      const low = joined[i + this.#lowByte] ?? 0;
      const high = joined[i + 1 - this.#lowByte] ?? 0;
      length = this.#putUnit(out, length, (high << 8) | low);
    }
    return out.subarray(0, length);
  }

  #putUnit(out: Uint8Array, at: number, unit: number): number {
    const high = this.#high;
    if (high !== undefined) {
      this.#high = undefined;
      if (unit >= 0xdc00 && unit <= 0xdfff) {
        return putPoint(out, at, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
      }
      return this.#putUnit(out, putPoint(out, at, high), unit);
    }
    if (unit >= 0xd800 && unit <= 0xdbff) {
      this.#high = unit;
      return at;
    }
    return putPoint(out, at, unit);
  }
}

function convertWindows1252(chunk: Uint8Array): Uint8Array {
  const out = new Uint8Array(chunk.length * 3);
  let length = 0;
  for (const byte of chunk) {
    if (byte < 0x80) {
      out[length++] = byte;
    } else {
      length = putPoint(out, length, UPPER_CONTROLS[byte - 0x80] ?? byte);
    }
  }
  return out.subarray(0, length);
}

/** Writes a code point, also an unpaired surrogate, as one to four bytes; returns the next place. */
function putPoint(out: Uint8Array, at: number, point: number): number {
  if (point < 0x80) {
    out[at] = point;
    return at + 1;
  }
  if (point < 0x800) {
    out[at] = 0xc0 | (point >> 6);
    out[at + 1] = 0x80 | (point & 0x3f);
    return at + 2;
  }
  if (point < 0x10000) {
    out[at] = 0xe0 | (point >> 12);
    out[at + 1] = 0x80 | ((point >> 6) & 0x3f);
    out[at + 2] = 0x80 | (point & 0x3f);
    return at + 3;
  }
  out[at] = 0xf0 | (point >> 18);
  out[at + 1] = 0x80 | ((point >> 12) & 0x3f);
  out[at + 2] = 0x80 | ((point >> 6) & 0x3f);
  out[at + 3] = 0x80 | (point & 0x3f);
  return at + 4;
}

/** The code points of bytes that {@link putPoint} wrote, unpaired surrogates included. */
function pointsOf(utf8: Uint8Array): number[] {
  const points: number[] = [];
  for (let i = 0; i < utf8.length;) {
    const lead = utf8[i] ?? 0;
    const size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    let point = size === 1 ? lead : lead & (0xff >> (size + 1));
    for (let k = 1; k < size; k++) {
      point = (point << 6) | ((utf8[i + k] ?? 0) & 0x3f);
    }
    points.push(point);
    i += size;
  }
  return points;
}

function utf16Of(utf8: Uint8Array): Buffer {
  const units = pointsOf(utf8).flatMap((point) =>
    point < 0x10000
      ? [point]
      : [0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff)],
  );
  const out = Buffer.alloc(units.length * 2);
  units.forEach((unit, index) => out.writeUInt16LE(unit, index * 2));
  return out;
}

function nulsBySide(sample: Uint8Array): readonly [number, number] {
  const nuls: [number, number] = [0, 0];
  sample.forEach((byte, index) => {
    if (byte === 0) {
      nuls[index % 2 === 0 ? 0 : 1]++;
    }
  });
  return nuls;
}

/** Where the last, perhaps cut, character of the sample begins. */
function lastCharacterStart(sample: Uint8Array): number {
  let i = sample.length;
  for (let back = 0; back < 4 && i > 0; back++) {
    i--;
    if (((sample[i] ?? 0) & 0xc0) !== 0x80) {
      return (sample[i] ?? 0) < 0x80 ? sample.length : i;
    }
  }
  return sample.length;
}
