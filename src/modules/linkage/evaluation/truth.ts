/** What is known to be true: which entity each record stands for, as far as somebody said so. */
import { pairsAmong } from "./rates.ts";

/** Records that nobody labelled are left out of every count. */
export const UNLABELLED = -1;

/** Entity number by record; {@link UNLABELLED} where the truth is silent. */
export type Truth = Int32Array;

/** Numbers the labels in the order in which they come; null and empty labels say nothing. */
export function truthOf(labels: readonly (string | null)[]): Truth {
  const numbers = new Map<string, number>();
  return Int32Array.from(labels, (label) => {
    if (label === null || label === "") {
      return UNLABELLED;
    }
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    return number;
  });
}

/** How many records each number has; numbers below 0 are not counted. */
export function sizesOf(numbers: Int32Array): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const number of numbers) {
    if (number >= 0) {
      sizes.set(number, (sizes.get(number) ?? 0) + 1);
    }
  }
  return sizes;
}

/** Pairs of records that the numbers put together. */
export function pairsTogether(numbers: Int32Array): number {
  let pairs = 0;
  for (const size of sizesOf(numbers).values()) {
    pairs += pairsAmong(size);
  }
  return pairs;
}
