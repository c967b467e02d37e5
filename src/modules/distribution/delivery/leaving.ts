/** What leaves of whom, in which forms: remembered row by row while a payload is staged. */
import { type Form, type GivenForm, rankOf } from "../../policy/index.ts";
import type { WaybillFieldType } from "../../../protocol/waybill/index.ts";
import { isOwn } from "../definitions/permitted.ts";
import { DisclosureRoll } from "../disclosure/roll.ts";
import type { OutgoingRows } from "../payload/outgoing-rows.ts";
import { formsOfRow, type OutgoingField } from "../store/projection.ts";

/** A field's type in the payload: its own only where its values are the contract's. */
export function outgoingType({ field, forms }: OutgoingField): WaybillFieldType {
  return isOwn(forms) ? field.type.kind : "text";
}

const FIRST_CAPACITY = 1024;

/** The rows of a payload: whose they are, and in which forms. About 12 bytes a row. */
export class Leaving {
  readonly roll = new DisclosureRoll();
  /** The newest change that their snapshot has seen. */
  readonly seen: bigint;
  readonly #fields: readonly OutgoingField[];
  /** The digits of the rows' forms, each once, with the number that the roll has for them. */
  readonly #sets: { readonly digits: string; readonly number: number }[] = [];
  /** By row, in ascending order, and which set it has. */
  #ids = new BigInt64Array(FIRST_CAPACITY);
  #setOf = new Uint32Array(FIRST_CAPACITY);
  #size = 0;
  #last = 0;

  constructor(fields: readonly OutgoingField[], seen: bigint) {
    this.#fields = fields;
    this.seen = seen;
  }

  /** Takes the row that `rows` stands at. */
  add(rows: OutgoingRows): void {
    const { id, forms } = rows;
    if (this.#sets[this.#last]?.digits !== forms) {
      this.#last = this.#setWith(forms);
    }
    if (this.#size === this.#ids.length) {
      this.#grow();
    }
    this.#ids[this.#size] = id;
    this.#setOf[this.#size] = this.#last;
    this.#size += 1;
    this.roll.add(id, this.#sets[this.#last]?.number ?? 0);
  }

  /** The forms that each field has had, the most telling first. */
  occurred(): readonly (readonly Form[])[] {
    const sets = this.#sets.map(({ digits }) => formsOfRow(this.#fields, digits));
    return this.#fields.map(({ forms }, place) =>
      forms.filter((form) => sets.some((set) => set[place] === form)),
    );
  }

  /** Whether a customer is among them. */
  has(customer: bigint): boolean {
    return this.#placeOf(customer) !== undefined;
  }

  /**
   * Whether a customer has left with more than the digits allow now.
   * @param digits of the forms as they would be now; undefined where the customer may not be had at all
   */
  hasMoreThan(customer: bigint, digits: string | undefined): boolean {
    const place = this.#placeOf(customer);
    const set = place === undefined ? undefined : this.#sets[this.#setOf[place] ?? 0];
    if (set === undefined) {
      return false;
    }
    if (digits === undefined) {
      return true;
    }
    const now = formsOfRow(this.#fields, digits);
    return formsOfRow(this.#fields, set.digits).some(
      (form, field) => rankOf(form) > rankOf(now[field] ?? "absent"),
    );
  }

  /** All rows in their order: whose each is, and the digits of its forms. */
  *rows(): Generator<{ readonly id: bigint; readonly forms: string }> {
    for (let place = 0; place < this.#size; place += 1) {
      const forms = this.#sets[this.#setOf[place] ?? 0]?.digits ?? "";
      yield { id: this.#ids[place] ?? 0n, forms };
    }
  }

  /** The ids of the rows that are not among some. */
  outside(some: { has(id: bigint): boolean }): bigint[] {
    return Array.from(this.#ids.subarray(0, this.#size).filter((id) => !some.has(id)));
  }

  /** The ids of all rows, ascending, so many at a time. */
  *batches(size: number): Generator<readonly bigint[]> {
    for (let from = 0; from < this.#size; from += size) {
      yield Array.from(this.#ids.subarray(from, Math.min(this.#size, from + size)));
    }
  }

  #setWith(digits: string): number {
    const known = this.#sets.findIndex((set) => set.digits === digits);
    if (known !== -1) {
      return known;
    }
    const given = formsOfRow(this.#fields, digits).flatMap((form, place): [string, GivenForm][] =>
      form === "absent" ? [] : [[this.#fields[place]?.field.name ?? "", form]],
    );
    this.#sets.push({ digits, number: this.roll.forms(Object.fromEntries(given)) });
    return this.#sets.length - 1;
  }

  #grow(): void {
    const ids = new BigInt64Array(this.#ids.length * 2);
    const setOf = new Uint32Array(this.#setOf.length * 2);
    ids.set(this.#ids);
    setOf.set(this.#setOf);
    this.#ids = ids;
    this.#setOf = setOf;
  }

  #placeOf(customer: bigint): number | undefined {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#ids[middle] ?? 0n) < customer) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < this.#size && this.#ids[low] === customer ? low : undefined;
  }
}
