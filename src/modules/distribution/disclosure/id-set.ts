/** A set of ids as bits, in blocks that exist where ids are: a million ids in a row take 128 KB. */
const BLOCK_IDS = 65_536;

export class IdSet {
  readonly #blocks = new Map<number, Uint8Array>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param id from 1 to 2⁵³ − 1 */
  add(id: bigint): void {
    const value = Number(id);
    const place = value % BLOCK_IDS;
    const block = this.#block((value - place) / BLOCK_IDS);
    const [byte, bit] = [place >> 3, 1 << (place & 7)];
    const before = block[byte] ?? 0;
    if ((before & bit) === 0) {
      block[byte] = before | bit;
      this.#size += 1;
    }
  }

  has(id: bigint): boolean {
    const value = Number(id);
    const place = value % BLOCK_IDS;
    const block = this.#blocks.get((value - place) / BLOCK_IDS);
    return block !== undefined && ((block[place >> 3] ?? 0) & (1 << (place & 7))) !== 0;
  }

  /** The ids above `id`, ascending, at most `limit` of them. */
  after(id: bigint, limit: number): bigint[] {
    const found: bigint[] = [];
    for (const number of [...this.#blocks.keys()].toSorted((a, b) => a - b)) {
      const base = number * BLOCK_IDS;
      if (base + BLOCK_IDS > id) {
        this.#collect(base, { found, id, limit });
      }
    }
    return found;
  }

  #collect(
    base: number,
    { found, id, limit }: { readonly found: bigint[]; readonly id: bigint; readonly limit: number },
  ): void {
    const block = this.#block(base / BLOCK_IDS);
    for (let place = 0; place < BLOCK_IDS && found.length < limit; place += 1) {
      if (((block[place >> 3] ?? 0) & (1 << (place & 7))) !== 0 && base + place > id) {
        found.push(BigInt(base + place));
      }
    }
  }

  #block(number: number): Uint8Array {
    const known = this.#blocks.get(number);
    if (known !== undefined) {
      return known;
    }
    const block = new Uint8Array(BLOCK_IDS / 8);
    this.#blocks.set(number, block);
    return block;
  }
}
