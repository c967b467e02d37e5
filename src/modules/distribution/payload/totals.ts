/** The exact sums that a waybill states. */
import { assert } from "../../../kernel/index.ts";
import { ExactSum } from "./exact-sum.ts";
import type { TextForm } from "./text-form.ts";

/** A field whose sum the waybill states. */
export interface TotalledField {
  readonly name: string;
  /** Digits after the point. */
  readonly scale: number;
}

export class Totals {
  readonly #sums: readonly {
    readonly name: string;
    readonly position: number;
    readonly sum: ExactSum;
  }[];

  constructor(fields: readonly { readonly name: string }[], totals: readonly TotalledField[]) {
    this.#sums = totals.map(({ name, scale }) => {
      const position = fields.findIndex((field) => field.name === name);
      assert(position >= 0, () => `the total of ${name} needs the field`);
      return { name, position, sum: new ExactSum(scale) };
    });
  }

  /** @param valueAt the text form of the record's field at a position */
  add(valueAt: (position: number) => TextForm): void {
    for (const { position, sum } of this.#sums) {
      const value = valueAt(position);
      assert(value === null || typeof value === "string", () => "totals are over numbers");
      sum.add(value);
    }
  }

  /** By field. */
  result(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#sums.map(({ name, sum }) => [name, sum.toString()]));
  }
}
