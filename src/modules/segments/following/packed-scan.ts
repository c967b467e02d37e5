import { must } from "../../../kernel/index.ts";
import type { ScannedMember } from "../store/scan.ts";

/**
 * What a scan found, in little memory: 32 bytes and the bits for each member, so that a scan of millions
 * can be taken out of the database at once. Its transaction then ends: while it lasts, the server keeps
 * every version of every row, and rows that change all the time, as the head of the change log, take
 * longer and longer to change.
 */
export class PackedScan {
  readonly #members: BigInt64Array;
  readonly #dues: Float64Array;
  readonly #isGone: Uint8Array;
  readonly #bits: Buffer;
  readonly #width: number;
  #size = 0;

  /** @param room for how many members, whose bits have `width` bytes */
  constructor(room: number, width: number) {
    this.#members = new BigInt64Array(room);
    this.#dues = new Float64Array(room);
    this.#isGone = new Uint8Array(room);
    this.#bits = Buffer.alloc(room * width);
    this.#width = width;
  }

  get size(): number {
    return this.#size;
  }

  add({ member, bits, due }: ScannedMember): void {
    const place = this.#size;
    this.#members[place] = member;
    this.#dues[place] = due?.getTime() ?? Infinity;
    this.#isGone[place] = bits === null ? 1 : 0;
    bits?.copy(this.#bits, place * this.#width);
    this.#size += 1;
  }

  /** Members in the order they were added, so many at a time. */
  *chunks(size: number): Generator<ScannedMember[]> {
    for (let first = 0; first < this.#size; first += size) {
      const count = Math.min(size, this.#size - first);
      yield Array.from({ length: count }, (_, index) => this.#at(first + index));
    }
  }

  #at(place: number): ScannedMember {
    const due = this.#dues[place] ?? Infinity;
    const from = place * this.#width;
    return {
      member: must(this.#members[place], "the place is taken"),
      bits: this.#isGone[place] === 1 ? null : this.#bits.subarray(from, from + this.#width),
      due: due === Infinity ? null : new Date(due),
    };
  }
}
