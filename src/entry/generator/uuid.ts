import type { Random } from "./random.ts";

const DIGITS = Buffer.from("0123456789abcdef", "latin1");

/** Where in the text the two digits of each of the sixteen bytes begin. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;

/** The hyphens stay; all other places are overwritten each time. */
const text = Buffer.alloc(36, "-", "latin1");

/**
 * Sixteen random bytes in the form of a UUID; like Synthea's, without version bits. Written into one
 * buffer: five times as fast as joining strings (1.5 against 7 µs), and there are two in every event.
 */
export function uuid(random: Random): string {
  let word = 0;
  for (const [index, place] of PLACES.entries()) {
    word = index % 4 === 0 ? random.uint32() : word << 8;
    text[place] = DIGITS[word >>> 28] ?? 0;
    text[place + 1] = DIGITS[(word >>> 24) & 15] ?? 0;
  }
  return text.toString("latin1");
}
