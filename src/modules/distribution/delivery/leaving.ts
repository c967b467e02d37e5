/** What leaves of whom, in which forms. */
import { type Form, type GivenForm, rankOf } from "../../policy/index.ts";
import type { WaybillFieldType } from "../../../protocol/waybill/index.ts";
import { isOwn } from "../definitions/permitted.ts";
import { DisclosureRoll, type FieldForms } from "../disclosure/roll.ts";
import { type PackedRows, RowList } from "../payload/packed-rows.ts";
import { formsOfRow, type OutgoingField } from "../store/projection.ts";

/** A field's type in the payload: its own only where its values are the contract's. */
export function outgoingType({ field, forms }: OutgoingField): WaybillFieldType {
  return isOwn(forms) ? field.type.kind : "text";
}

/** The rows of a payload: whose they are, and in which forms. */
export class Leaving {
  /** The newest change that their snapshot has seen. */
  readonly seen: bigint;
  readonly #fields: readonly OutgoingField[];
  readonly #list = new RowList();
  /** What is in the list: asked for once for each part, not for each customer that is looked up. */
  #rows: PackedRows = this.#list.rows();
  constructor(fields: readonly OutgoingField[], seen: bigint) {
    this.#fields = fields;
    this.seen = seen;
  }

  /** Adds rows as they are packed. */
  add(rows: PackedRows): void {
    this.#list.append(rows);
    this.#rows = this.#list.rows();
  }

  /** For the index of disclosures. */
  roll(): DisclosureRoll {
    const { ids, formsOf, forms } = this.#rows;
    const roll = new DisclosureRoll();
    const numbers = forms.map((digits) => roll.forms(this.#given(digits)));
    const [only] = numbers;
    if (only !== undefined && numbers.length === 1) {
      roll.addAll(ids, only);
    } else {
      ids.forEach((id, row) => {
        roll.add(id, numbers[formsOf[row] ?? 0] ?? 0);
      });
    }
    return roll;
  }

  /** The forms that each field has had, the most telling first. */
  occurred(): readonly (readonly Form[])[] {
    const sets = this.#rows.forms.map((digits) => formsOfRow(this.#fields, digits));
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
    if (place === undefined) {
      return false;
    }
    if (digits === undefined) {
      return true;
    }
    const now = formsOfRow(this.#fields, digits);
    return formsOfRow(this.#fields, this.#digitsOf(place)).some(
      (form, field) => rankOf(form) > rankOf(now[field] ?? "absent"),
    );
  }

  /** All rows in their order: whose each is, and the digits of its forms. */
  *rows(): Generator<{ readonly id: bigint; readonly forms: string }> {
    for (const [row, id] of this.#rows.ids.entries()) {
      yield { id: BigInt(id), forms: this.#digitsOf(row) };
    }
  }

  /** The ids of the rows that are not among some. */
  outside(some: { has(id: bigint): boolean }): bigint[] {
    return Array.from(this.#rows.ids, BigInt).filter((id) => !some.has(id));
  }

  /** The ids of all rows, ascending, so many at a time. */
  *batches(size: number): Generator<readonly bigint[]> {
    const { ids } = this.#rows;
    for (let from = 0; from < ids.length; from += size) {
      yield Array.from(ids.subarray(from, from + size), BigInt);
    }
  }

  #digitsOf(row: number): string {
    return this.#rows.forms[this.#rows.formsOf[row] ?? 0] ?? "";
  }

  /** What the fields are given as; an absent one is not given. */
  #given(digits: string): FieldForms {
    const given = formsOfRow(this.#fields, digits).flatMap((form, place): [string, GivenForm][] =>
      form === "absent" ? [] : [[this.#fields[place]?.field.name ?? "", form]],
    );
    return Object.fromEntries(given);
  }

  #placeOf(customer: bigint): number | undefined {
    const { ids } = this.#rows;
    const id = Number(customer);
    let low = 0;
    let high = ids.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((ids[middle] ?? 0) < id) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return ids[low] === id ? low : undefined;
  }
}
