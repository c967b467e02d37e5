/** Whose the rows of a payload are, and in which forms: kept while they are packed, 12 bytes a row. */
import type { OutgoingRows } from "./outgoing-rows.ts";

/** Plain, so that a thread can hand it over. */
export interface PackedRows {
  /** Of the customers, row by row: as numbers, which takes half the time. */
  readonly ids: Float64Array;
  /** For each row, where its forms are in {@link forms}. */
  readonly formsOf: Uint32Array;
  /** What there has been of `OutgoingRows.forms` so far, each once. */
  readonly forms: readonly string[];
}

const FIRST_CAPACITY = 4096;

/** Gathers them. */
export class RowList {
  #ids = new Float64Array(FIRST_CAPACITY);
  #formsOf = new Uint32Array(FIRST_CAPACITY);
  #size = 0;
  readonly #forms: string[] = [];
  #last = 0;

  /** Adds the row that `rows` stands at. */
  add(rows: OutgoingRows): void {
    const { forms } = rows;
    if (this.#forms[this.#last] !== forms) {
      this.#last = this.#placeOf(forms);
    }
    this.#reserve(1);
    this.#ids[this.#size] = rows.id;
    this.#formsOf[this.#size] = this.#last;
    this.#size += 1;
  }

  /** Adds the rows of another list: all that was ever in it since it began, part by part. */
  append({ ids, formsOf, forms }: PackedRows): void {
    this.#reserve(ids.length);
    this.#ids.set(ids, this.#size);
    this.#formsOf.set(formsOf, this.#size);
    this.#size += ids.length;
    this.#forms.push(...forms.slice(this.#forms.length));
  }

  /** All rows; until something is added. */
  rows(): PackedRows {
    return {
      ids: this.#ids.subarray(0, this.#size),
      formsOf: this.#formsOf.subarray(0, this.#size),
      forms: this.#forms,
    };
  }

  /** Forgets the rows, not the forms. */
  empty(): void {
    this.#size = 0;
  }

  #placeOf(forms: string): number {
    const known = this.#forms.indexOf(forms);
    return known === -1 ? this.#forms.push(forms) - 1 : known;
  }

  #reserve(more: number): void {
    const needed = this.#size + more;
    if (needed > this.#ids.length) {
      const capacity = Math.max(needed, this.#ids.length * 2);
      const ids = new Float64Array(capacity);
      const formsOf = new Uint32Array(capacity);
      ids.set(this.#ids);
      formsOf.set(this.#formsOf);
      this.#ids = ids;
      this.#formsOf = formsOf;
    }
  }
}
