/**
 * Which slots a member is in, as the bytes that `_members.bits` holds: slot n is bit n mod 8 (from the
 * lowest) of byte n div 8, as PostgreSQL's `get_bit` counts. Bytes that are not there are zero.
 */

/** Slots are kept in words of this many, so that a new one seldom makes every row longer. */
export const SLOTS_PER_WORD = 64;

/** How many bytes hold slots 0 to `slots` − 1. */
export function widthOf(slots: number): number {
  return Math.ceil(slots / SLOTS_PER_WORD) * (SLOTS_PER_WORD / 8);
}

/** Whether the bit of a slot is set. */
export function hasSlot(bits: Uint8Array, slot: number): boolean {
  return (((bits[slot >> 3] ?? 0) >> (slot & 7)) & 1) === 1;
}

/** The bits of these slots alone. */
export function bitsOf(slots: Iterable<number>): Uint8Array {
  const all = [...slots];
  const bits = new Uint8Array(widthOf(Math.max(0, ...all.map((slot) => slot + 1))));
  for (const slot of all) {
    bits[slot >> 3] = (bits[slot >> 3] ?? 0) | (1 << (slot & 7));
  }
  return bits;
}

/**
 * `before` outside the mask, `evaluated` inside it: what is stored after some slots were evaluated.
 * A buffer of the pool: a batch makes thousands of these few bytes.
 */
export function replaced(
  before: Uint8Array,
  { evaluated, mask }: { readonly evaluated: Uint8Array; readonly mask: Uint8Array },
): Buffer {
  const bits = Buffer.allocUnsafe(Math.max(before.length, evaluated.length, mask.length));
  for (let index = 0; index < bits.length; index++) {
    const inside = mask[index] ?? 0;
    bits[index] = ((before[index] ?? 0) & ~inside) | ((evaluated[index] ?? 0) & inside);
  }
  return bits;
}

/** The slots inside the mask that one of the two has and the other has not, ascending. */
export function differing(left: Uint8Array, right: Uint8Array, mask: Uint8Array): number[] {
  const slots: number[] = [];
  for (let index = 0; index < mask.length; index++) {
    let rest = ((left[index] ?? 0) ^ (right[index] ?? 0)) & (mask[index] ?? 0);
    for (; rest !== 0; rest &= rest - 1) {
      slots.push(index * 8 + (31 - Math.clz32(rest & -rest)));
    }
  }
  return slots;
}

export function isEmpty(bits: Uint8Array): boolean {
  return bits.every((byte) => byte === 0);
}
