/**
 * Remembers what short values of one column became. Most columns of customer data repeat a few values ("Yes",
 * "Month-to-month", a date), and copying remembered bytes costs a tenth of reading them anew.
 * Columns that do not repeat (ids, names) turn their cache off after a trial.
 */
import type { CopyBuffer } from "./copy-row.ts";

const SLOTS = 2048;
const MAX_KEY = 24;
const MAX_VALUE = 40;
/** Values looked up before the cache is judged, and the share of hits below which it costs more than it saves. */
const TRIAL = 8192;
const WORTH = 0.3;

/** A direct-mapped cache in flat arrays: nothing is allocated after its making. */
export class ValueCache {
  readonly #keys = new Uint8Array(SLOTS * MAX_KEY);
  readonly #values = new Uint8Array(SLOTS * MAX_VALUE);
  /** Length of each slot's key plus one; zero for an empty slot. */
  readonly #keyLengths = new Uint8Array(SLOTS);
  readonly #valueLengths = new Uint8Array(SLOTS);
  #lookups = 0;
  #hits = 0;
  /** Where the value last looked for belongs (-1: nowhere), and its length. */
  #slot = -1;
  #size = 0;
  #isOff = false;

  /** Whether the value is remembered: then {@link putFound} follows, else {@link keep} may. */
  find(bytes: Uint8Array, start: number, end: number): boolean {
    const size = end - start;
    this.#slot = -1;
    if (this.#isOff || size > MAX_KEY) {
      return false;
    }
    if (++this.#lookups === TRIAL) {
      this.#isOff = this.#hits < TRIAL * WORTH;
      this.#lookups = 0;
      this.#hits = 0;
    }
    // FNV-1a (Fowler, Noll, Vo) over at most 24 bytes.
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) {
      hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
    }
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    this.#slot = slot;
    this.#size = size;
    if (this.#keyLengths[slot] !== size + 1) {
      return false;
    }
    const keys = this.#keys;
    for (let i = start, k = slot * MAX_KEY; i < end; i++, k++) {
      if (keys[k] !== bytes[i]) {
        return false;
      }
    }
    this.#hits++;
    return true;
  }

  /** Puts what the value last found became. */
  putFound(out: CopyBuffer): void {
    const from = this.#slot * MAX_VALUE;
    out.putRange(this.#values, from, from + (this.#valueLengths[this.#slot] ?? 0));
  }

  /** Remembers that the value last looked for, which begins at `start`, became `out` from `from` on. */
  keep(bytes: Uint8Array, start: number, result: { out: CopyBuffer; from: number }): void {
    const slot = this.#slot;
    const size = result.out.length - result.from;
    if (slot < 0 || size > MAX_VALUE) {
      return;
    }
    for (let i = 0; i < this.#size; i++) {
      this.#keys[slot * MAX_KEY + i] = bytes[start + i] ?? 0;
    }
    this.#keyLengths[slot] = this.#size + 1;
    for (let i = 0; i < size; i++) {
      this.#values[slot * MAX_VALUE + i] = result.out.bytes[result.from + i] ?? 0;
    }
    this.#valueLengths[slot] = size;
  }
}
