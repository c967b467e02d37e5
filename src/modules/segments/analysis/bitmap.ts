/** Sets of members as bits: member n is bit n mod 32 of word n div 32. */

/** How many members are in the set. */
export function sizeOf(bitmap: Uint32Array): number {
  let count = 0;
  for (const word of bitmap) {
    count += bitCount(word);
  }
  return count;
}

/** How many are in both of two sets of equal length. */
export function sizeOfBoth(left: Uint32Array, right: Uint32Array): number {
  let count = 0;
  for (let index = 0; index < left.length; index++) {
    count += bitCount((left[index] ?? 0) & (right[index] ?? 0));
  }
  return count;
}

/** Bits set in a word of 32, pairwise sums in parallel (Warren, Hacker's Delight, section 5-1). */
function bitCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
