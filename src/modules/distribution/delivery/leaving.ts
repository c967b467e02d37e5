/** What leaves of whom, in which forms: found out row by row while a payload is staged. */
import { formOfRank, type Form, type GivenForm } from "../../policy/index.ts";
import type { WaybillFieldType } from "../../../protocol/waybill/index.ts";
import type { Field } from "../../contracts/index.ts";
import { DisclosureRoll } from "../disclosure/roll.ts";
import type { OutgoingRows } from "../payload/outgoing-rows.ts";

/** A field that leaves. */
export interface OutgoingField {
  readonly field: Field;
  /** The forms it can have, the most telling first: several where they differ by row. */
  readonly forms: readonly Form[];
}

/** A field's type in the payload: its own only where its values are the contract's. */
export function outgoingType({ field, forms }: OutgoingField): WaybillFieldType {
  const isOwn = forms.every((form) => form === "clear" || form === "absent");
  return isOwn ? field.type.kind : "text";
}

/** Whether the form of a field differs by row; its rank then stands in `OutgoingRows.forms`. */
export function differsByRow({ forms }: OutgoingField): boolean {
  return forms.length > 1;
}

/** Everything that is remembered of the rows that left. */
export class Leaving {
  /** Whose they were, with the forms of each. */
  readonly roll = new DisclosureRoll();
  /** The newest change that their snapshot has seen. */
  readonly seen: bigint;
  readonly #fields: readonly OutgoingField[];
  readonly #rollNumbers = new Map<string, number>();
  #lastForms: string | undefined;
  #lastNumber = 0;

  constructor(fields: readonly OutgoingField[], seen: bigint) {
    this.#fields = fields;
    this.seen = seen;
  }

  /** Takes the row that `rows` stands at. */
  add(rows: OutgoingRows): void {
    const { forms } = rows;
    if (forms !== this.#lastForms) {
      this.#lastForms = forms;
      this.#lastNumber = this.#numberOf(forms);
    }
    this.roll.add(rows.id, this.#lastNumber);
  }

  /** The forms that each field has had, the most telling first; those it could have, where there was no row. */
  occurred(): readonly (readonly Form[])[] {
    const sets = [...this.#rollNumbers.keys()].map((digits) => this.#formsOf(digits));
    return this.#fields.map(({ forms }, place) =>
      sets.length === 0 ? forms : forms.filter((form) => sets.some((set) => set[place] === form)),
    );
  }

  #numberOf(digits: string): number {
    const known = this.#rollNumbers.get(digits);
    if (known !== undefined) {
      return known;
    }
    const given = this.#formsOf(digits).flatMap((form, place): [string, GivenForm][] =>
      form === "absent" ? [] : [[this.#fields[place]?.field.name ?? "", form]],
    );
    const number = this.roll.forms(Object.fromEntries(given));
    this.#rollNumbers.set(digits, number);
    return number;
  }

  /** The form of each field, given the digits of those that differ by row. */
  #formsOf(digits: string): readonly Form[] {
    let next = 0;
    return this.#fields.map((one) => {
      if (!differsByRow(one)) {
        return one.forms[0] ?? "absent";
      }
      next += 1;
      return formOfRank(Number(digits[next - 1]));
    });
  }
}
