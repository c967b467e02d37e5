/** Everybody's bits in memory, for questions that need them all at once. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { SLOTS_PER_WORD, widthOf } from "../membership/bits.ts";

/** How many ids one row of the answer covers: a megabyte of bits where 100 segments are kept. */
const IDS_PER_ROW = 65_536;

/** The bits of all members of a subject, one after another, in no order. */
export interface MemberImage {
  readonly members: number;
  /** Bytes of a member, a multiple of 4. */
  readonly width: number;
  readonly bytes: Uint8Array;
}

/**
 * Reads the bits of all members of a subject who are in anything.
 *
 * As a few long values: a million rows of their own take 2.5 s to arrive, sixteen values with the same
 * bytes 0.5 s. Bits are cut, or filled up with zeros, to the width of the highest slot asked about.
 * @param slots how many slots the image holds, from 0 on
 */
export async function readImage(
  tx: Transaction,
  { subject, slots }: { readonly subject: number; readonly slots: number },
): Promise<MemberImage> {
  const width = Math.max(widthOf(slots), SLOTS_PER_WORD / 8);
  const rows = await tx.rows<{ bits: Buffer }>(
    `select string_agg(case when length(bits) = $2::integer then bits
                            else substr(bits || $3::bytea, 1, $2::integer) end, ''::bytea) as bits
       from _members
      where subject = $1
      group by member / $4::integer`,
    [subject, width, Buffer.alloc(width), IDS_PER_ROW],
  );
  const length = rows.reduce((sum, { bits }) => sum + bits.length, 0);
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const { bits } of rows) {
    bytes.set(bits, offset);
    offset += bits.length;
  }
  return { members: length / width, width, bytes };
}

/** Who is in one slot: bit n is about the n-th member of the image. */
export function slotBitmap(image: MemberImage, slot: number): Uint32Array {
  const bitmap = new Uint32Array(Math.ceil(image.members / 32));
  const bit = slot & 7;
  let place = slot >> 3;
  for (let word = 0; word < bitmap.length; word++) {
    const last = Math.min(32, image.members - word * 32);
    let bits = 0;
    for (let member = 0; member < last; member++) {
      bits |= (((image.bytes[place] ?? 0) >> bit) & 1) << member;
      place += image.width;
    }
    bitmap[word] = bits;
  }
  return bitmap;
}

/**
 * Everybody divided by the slots they are in, without those in none: for each combination one member
 * that has it and how many do, in an order that depends on the slots alone and not on the numbers.
 *
 * The members are sorted by their bits, the first slot counting most, with two passes of a radix sort
 * for 32 slots. A look-up table by bits takes 30 times as long where most combinations are rare.
 */
export class Combinations {
  readonly #words: readonly Uint32Array[];
  readonly #members: readonly number[];
  /** How many members each combination has. */
  readonly sizes: readonly number[];

  constructor(image: MemberImage, slots: readonly number[]) {
    const words: Uint32Array[] = [];
    for (let from = 0; from < slots.length; from += 32) {
      words.push(wordsOf(image, slots.slice(from, from + 32)));
    }
    this.#words = words;
    const [members, sizes] = runsOf(sortedBy(words, image.members), words);
    this.#members = members;
    this.sizes = sizes;
  }

  /** The positions of the slots that a combination is of. */
  positions(combination: number): number[] {
    const member = this.#members[combination] ?? 0;
    const positions: number[] = [];
    for (const [index, words] of this.#words.entries()) {
      for (let rest = words[member] ?? 0; rest !== 0;) {
        const position = Math.clz32(rest);
        positions.push(index * 32 + position);
        rest &= ~(0x8000_0000 >>> position);
      }
    }
    return positions;
  }
}

/** For each member a word whose n-th bit from the highest is about the n-th of at most 32 slots. */
function wordsOf(image: MemberImage, slots: readonly number[]): Uint32Array {
  const words = new Uint32Array(image.members);
  for (const [position, slot] of slots.entries()) {
    const bit = slot & 7;
    let place = slot >> 3;
    for (let member = 0; member < words.length; member++) {
      const isIn = ((image.bytes[place] ?? 0) >> bit) & 1;
      words[member] = (words[member] ?? 0) | (isIn << (31 - position));
      place += image.width;
    }
  }
  return words;
}

/** The members in the order of their words, the first word counting most. */
function sortedBy(words: readonly Uint32Array[], members: number): Uint32Array {
  let order = Uint32Array.from({ length: members }, (_, member) => member);
  for (const word of words.toReversed()) {
    for (const shift of [0, 16]) {
      order = sortedByDigit(order, word, shift);
    }
  }
  return order;
}

/** One pass: by 16 bits of the word, equal ones staying in their order. */
function sortedByDigit(
  order: Uint32Array,
  word: Uint32Array,
  shift: number,
): Uint32Array<ArrayBuffer> {
  const places = new Uint32Array(0x1_0001);
  for (const key of word) {
    const next = ((key >>> shift) & 0xffff) + 1;
    places[next] = (places[next] ?? 0) + 1;
  }
  for (let digit = 1; digit < places.length; digit++) {
    places[digit] = (places[digit] ?? 0) + (places[digit - 1] ?? 0);
  }
  const sorted = new Uint32Array(order.length);
  for (const member of order) {
    const digit = ((word[member] ?? 0) >>> shift) & 0xffff;
    const place = places[digit] ?? 0;
    sorted[place] = member;
    places[digit] = place + 1;
  }
  return sorted;
}

/** The first member of each run of equal words and the run's length; members without a bit left out. */
function runsOf(
  order: Uint32Array,
  words: readonly Uint32Array[],
): readonly [members: readonly number[], sizes: readonly number[]] {
  const members: number[] = [];
  const sizes: number[] = [];
  let before: number | undefined;
  for (const member of order) {
    const last = before;
    before = member;
    if (last !== undefined && words.every((word) => word[member] === word[last])) {
      sizes.push((sizes.pop() ?? 0) + 1);
    } else {
      members.push(member);
      sizes.push(1);
    }
  }
  const [first] = members;
  const isNobody = first !== undefined && words.every((word) => word[first] === 0);
  return isNobody ? [members.slice(1), sizes.slice(1)] : [members, sizes];
}
