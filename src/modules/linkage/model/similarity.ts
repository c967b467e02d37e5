/**
 * How alike two texts or places are. Every measure gives exactly what DuckDB's function of that name
 * gives, to the last bit, so that one pair weighs the same alone and among millions: as DuckDB does,
 * they look at the bytes of the UTF-8 text, not at its characters. Texts that are folded to ASCII
 * beforehand lose nothing by it.
 */
import { must } from "../../../kernel/index.ts";

const encoder = new TextEncoder();

/** Above this, a shared beginning counts further (Winkler 1990). */
const BOOST_ABOVE = 0.7;
const BOOST_PER_BYTE = 0.1;
const LONGEST_BOOSTED = 4;

/**
 * Jaro's similarity, 0 to 1 (Jaro, "Advances in Record-Linkage Methodology", JASA 84, 1989): matching
 * bytes at most half the longer text apart, less half of those out of order. 0 when one text is empty.
 */
export function jaro(left: string, right: string): number {
  return jaroOfBytes(bytesOf(left), bytesOf(right));
}

/** {@link jaro}, raised by a tenth of what is missing to 1 for each of the first four bytes shared. */
export function jaroWinkler(left: string, right: string): number {
  const a = bytesOf(left);
  const b = bytesOf(right);
  const similarity = jaroOfBytes(a, b);
  if (similarity <= BOOST_ABOVE) {
    return similarity;
  }
  const most = Math.min(LONGEST_BOOSTED, a.length, b.length);
  let shared = 0;
  while (shared < most && a[shared] === b[shared]) {
    shared += 1;
  }
  return similarity + shared * BOOST_PER_BYTE * (1 - similarity);
}

function jaroOfBytes(a: Uint8Array, b: Uint8Array): number {
  if (a.length === 0 || b.length === 0) {
    return 0;
  }
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const taken = new Uint8Array(a.length);
  const matched = new Uint8Array(b.length);
  let matches = 0;
  for (let position = 0; position < b.length; position += 1) {
    const byte = cell(b, position);
    const until = Math.min(a.length, position + reach + 1);
    for (let candidate = Math.max(0, position - reach); candidate < until; candidate += 1) {
      if (a[candidate] === byte && taken[candidate] === 0) {
        taken[candidate] = 1;
        matched[matches] = byte;
        matches += 1;
        break;
      }
    }
  }
  if (matches === 0) {
    return 0;
  }
  // The order of the three summands is part of the result: their sum is rounded twice.
  const inOrder = matches - Math.floor(outOfOrder(a, taken, matched) / 2);
  return (matches / a.length + matches / b.length + inOrder / matches) / 3;
}

/** How many of the matched bytes stand at another place among those of the other text. */
function outOfOrder(a: Uint8Array, taken: Uint8Array, matched: Uint8Array): number {
  let place = 0;
  let count = 0;
  for (let position = 0; position < a.length; position += 1) {
    if (taken[position] === 1) {
      count += a[position] === matched[place] ? 0 : 1;
      place += 1;
    }
  }
  return count;
}

/** Levenshtein's distance: the fewest bytes to insert, delete or replace. */
export function levenshtein(left: string, right: string): number {
  const [a, b] = differingBytes(left, right);
  const row = counting(b.length + 1);
  for (let index = 0; index < a.length; index += 1) {
    let diagonal = index;
    let before = index + 1;
    row[0] = before;
    for (let column = 0; column < b.length; column += 1) {
      const above = cell(row, column + 1);
      const replaced = diagonal + (a[index] === b[column] ? 0 : 1);
      before = Math.min(before + 1, above + 1, replaced);
      row[column + 1] = before;
      diagonal = above;
    }
  }
  return cell(row, b.length);
}

/**
 * Levenshtein's distance where a swap of neighbours is one edit, and no byte is edited twice (optimal
 * string alignment). Dearer than {@link damerauLevenshtein} only where something stands between the
 * swapped: "ca" and "abc" are 3 apart.
 */
export function adjacentSwap(left: string, right: string): number {
  const [a, b] = differingBytes(left, right);
  let beforePrevious = new Uint32Array(b.length + 1);
  let previous = counting(b.length + 1);
  let current = new Uint32Array(b.length + 1);
  for (let index = 0; index < a.length; index += 1) {
    current[0] = index + 1;
    for (let column = 0; column < b.length; column += 1) {
      const replaced = cell(previous, column) + (a[index] === b[column] ? 0 : 1);
      let edits = Math.min(replaced, cell(previous, column + 1) + 1, cell(current, column) + 1);
      const isPossible = index > 0 && column > 0;
      if (isPossible && a[index] === b[column - 1] && a[index - 1] === b[column]) {
        edits = Math.min(edits, cell(beforePrevious, column - 1) + 1);
      }
      current[column + 1] = edits;
    }
    [beforePrevious, previous, current] = [previous, current, beforePrevious];
  }
  return cell(previous, b.length);
}

/**
 * Whether {@link levenshtein}, or with swaps {@link adjacentSwap}, of ASCII texts is at most so much: by trying
 * three or four edits wherever the texts part, without a table. Quicker for up to two edits.
 */
export function isWithinEdits(
  left: string,
  right: string,
  { atMost, hasSwaps }: { readonly atMost: number; readonly hasSwaps: boolean },
): boolean {
  const isNear = (fromLeft: number, fromRight: number, edits: number): boolean => {
    let [a, b] = [fromLeft, fromRight];
    while (a < left.length && b < right.length && left.charCodeAt(a) === right.charCodeAt(b)) {
      a += 1;
      b += 1;
    }
    const [restOfLeft, restOfRight] = [left.length - a, right.length - b];
    if (restOfLeft === 0 || restOfRight === 0) {
      return Math.max(restOfLeft, restOfRight) <= edits;
    }
    return (
      edits > 0 &&
      (isNear(a + 1, b + 1, edits - 1) ||
        isNear(a + 1, b, edits - 1) ||
        isNear(a, b + 1, edits - 1) ||
        (hasSwaps && isSwapped({ left, right, a, b }) && isNear(a + 2, b + 2, edits - 1)))
    );
  };
  return isNear(0, 0, atMost);
}

/**
 * The distance with swaps of neighbours between which others may be inserted or deleted: "ca" and
 * "abc" are 2 apart (Lowrance and Wagner, "An Extension of the String-to-String Correction Problem",
 * JACM 22, 1975).
 */
export function damerauLevenshtein(left: string, right: string): number {
  const [a, b] = differingBytes(left, right);
  const width = b.length + 1;
  const edits = new Uint32Array((a.length + 1) * width);
  edits.set(counting(width));
  /** By byte: the last row, from 1, where the left text has it. */
  const lastRow = new Uint32Array(256);
  for (let row = 1; row <= a.length; row += 1) {
    const byte = cell(a, row - 1);
    edits[row * width] = row;
    let lastColumn = 0;
    for (let column = 1; column <= b.length; column += 1) {
      const other = cell(b, column - 1);
      const here = row * width + column;
      const replaced = cell(edits, here - width - 1) + (byte === other ? 0 : 1);
      let fewest = Math.min(replaced, cell(edits, here - 1) + 1, cell(edits, here - width) + 1);
      const swapRow = cell(lastRow, other);
      if (swapRow > 0 && lastColumn > 0) {
        const between = row - swapRow - 1 + (column - lastColumn - 1);
        const before = cell(edits, (swapRow - 1) * width + lastColumn - 1);
        fewest = Math.min(fewest, before + between + 1);
      }
      edits[here] = fewest;
      lastColumn = byte === other ? column : lastColumn;
    }
    lastRow[byte] = row;
  }
  return cell(edits, edits.length - 1);
}

/** Of the different bytes of two texts, the share that both have. 0 when one text is empty. */
export function jaccard(left: string, right: string): number {
  const a = new Set(bytesOf(left));
  const b = new Set(bytesOf(right));
  const both = a.intersection(b).size;
  return both === 0 ? 0 : both / (a.size + b.size - both);
}

/** A place on the earth in degrees. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** The mean radius of the earth (IUGG 1980) in kilometres. */
const EARTH_KM = 6_371.0088;

/** Kilometres between two places along the sphere, by the haversine formula. */
export function kilometres(left: Place, right: Place): number {
  const halfNorth = radians(right.latitude - left.latitude) / 2;
  const halfEast = radians(right.longitude - left.longitude) / 2;
  const bend = Math.cos(radians(left.latitude)) * Math.cos(radians(right.latitude));
  const square = Math.sin(halfNorth) ** 2 + bend * Math.sin(halfEast) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(square)));
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

const LAST_ASCII = 0x7f;

/** Most texts are ASCII, for which the encoder is five times slower than this loop. */
function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > LAST_ASCII) {
      return encoder.encode(text);
    }
    bytes[index] = unit;
  }
  return bytes;
}

/**
 * The bytes of both texts without what they begin and end with alike, which no distance counts. Only
 * ASCII is taken off: characters of it are bytes, and what is left can be encoded by itself.
 */
function differingBytes(left: string, right: string): [left: Uint8Array, right: Uint8Array] {
  const shorter = Math.min(left.length, right.length);
  let start = 0;
  while (start < shorter && isSameByte(left.charCodeAt(start), right.charCodeAt(start))) {
    start += 1;
  }
  let end = 1;
  while (
    end <= shorter - start &&
    isSameByte(left.charCodeAt(left.length - end), right.charCodeAt(right.length - end))
  ) {
    end += 1;
  }
  return [
    bytesOf(left.slice(start, left.length - end + 1)),
    bytesOf(right.slice(start, right.length - end + 1)),
  ];
}

function isSameByte(left: number, right: number): boolean {
  return left === right && left <= LAST_ASCII;
}

/** Whether what stands at `a` and after it stands at `b` the other way round. */
function isSwapped({
  left,
  right,
  a,
  b,
}: {
  readonly left: string;
  readonly right: string;
  readonly a: number;
  readonly b: number;
}): boolean {
  return (
    b + 1 < right.length &&
    left.charCodeAt(a) === right.charCodeAt(b + 1) &&
    left.charCodeAt(a + 1) === right.charCodeAt(b)
  );
}

/** 0, 1, 2, … */
function counting(length: number): Uint32Array<ArrayBuffer> {
  const numbers = new Uint32Array(length);
  for (let index = 0; index < length; index += 1) {
    numbers[index] = index;
  }
  return numbers;
}

function cell(cells: Uint8Array | Uint32Array, index: number): number {
  return must(cells[index], "the index is within the table of edits");
}
