/**
 * Who is in one disclosure, by the forms that their fields have: filled row by row while a delivery is
 * staged, so it must cost next to nothing for a million customers (8 bytes each, then about one packed).
 */
import { assert, must } from "../../../kernel/index.ts";
import type { GivenForm } from "../../policy/index.ts";
import { encodeIds } from "../../segments/index.ts";

/** Forms by field, of the fields that were seen; an absent field is not part of a disclosure. */
export type FieldForms = Readonly<Record<string, GivenForm>>;

/** Customers of one set of forms, packed. */
export interface RollPart {
  readonly forms: FieldForms;
  readonly first: bigint;
  readonly last: bigint;
  /** Ids as `encodeIds` packs them. */
  readonly customers: Buffer;
}

/**
 * Customers a part: some two kilobytes at most, so that a part lies in its row and a look-up for one
 * customer decodes little; a million customers are 700 rows.
 */
const PART_CUSTOMERS = 1500;

const FIRST_CAPACITY = 64;

export class DisclosureRoll {
  readonly #lists: IdList[] = [];
  readonly #numbers = new Map<string, number>();
  #size = 0;

  /** How many customers were added. */
  get size(): number {
    return this.#size;
  }

  /**
   * The number by which a set of forms is told to {@link add}. Equal sets have one number.
   * @param fields at least one field
   */
  forms(fields: FieldForms): number {
    const entries = Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1));
    assert(entries.length > 0, () => "what shows no field discloses nothing");
    const key = JSON.stringify(entries);
    const known = this.#numbers.get(key);
    if (known !== undefined) {
      return known;
    }
    const number = this.#lists.length;
    this.#lists.push(new IdList(Object.fromEntries(entries)));
    this.#numbers.set(key, number);
    return number;
  }

  /**
   * Adds one customer, in any order.
   * @param customer from 1 to 2⁵³ − 1
   * @param forms from {@link forms}
   */
  add(customer: bigint | number, forms: number): void {
    must(this.#lists[forms], "forms come from the same roll").add(Number(customer));
    this.#size += 1;
  }

  /** Adds many, who must stay as they are. @param forms from {@link forms} */
  addAll(customers: Float64Array, forms: number): void {
    must(this.#lists[forms], "forms come from the same roll").addAll(customers);
    this.#size += customers.length;
  }

  /** Everything that was added, packed. A customer added twice with the same forms is in it once. */
  *parts(): Generator<RollPart> {
    for (const list of this.#lists) {
      yield* list.parts();
    }
  }
}

/** Ids of one set of forms. */
class IdList {
  readonly #forms: FieldForms;
  #ids: Float64Array = new Float64Array(FIRST_CAPACITY);
  #length = 0;
  #isAscending = true;

  constructor(forms: FieldForms) {
    this.#forms = forms;
  }

  add(id: number): void {
    if (this.#length === this.#ids.length) {
      const grown = new Float64Array(this.#length * 2);
      grown.set(this.#ids);
      this.#ids = grown;
    }
    this.#isAscending &&= this.#length === 0 || id > (this.#ids[this.#length - 1] ?? id);
    this.#ids[this.#length] = id;
    this.#length += 1;
  }

  addAll(ids: Float64Array): void {
    if (this.#length > 0) {
      ids.forEach((id) => {
        this.add(id);
      });
      return;
    }
    this.#ids = ids;
    this.#length = ids.length;
    this.#isAscending = ids.every((id, place) => place === 0 || id > (ids[place - 1] ?? id));
  }

  *parts(): Generator<RollPart> {
    const ids = this.#sorted();
    for (let from = 0; from < ids.length; from += PART_CUSTOMERS) {
      const part = ids.subarray(from, from + PART_CUSTOMERS);
      const [first, last] = [must(part[0], "a part has ids"), must(part.at(-1), "a part has ids")];
      const customers = encodeIds(part);
      yield { forms: this.#forms, first: BigInt(first), last: BigInt(last), customers };
    }
  }

  #sorted(): Float64Array {
    const ids = this.#ids.subarray(0, this.#length);
    return this.#isAscending
      ? ids
      : ids
          .slice()
          .sort()
          .filter((id, place, all) => place === 0 || id !== all[place - 1]);
  }
}
