/**
 * A record on its way out: the text form of each projected field, in the route's order. One form for all
 * formats, so that a commitment made from any of them is the same.
 *
 * | type | text form |
 * |---|---|
 * | text, enum | the text |
 * | integer | decimal digits, `-` before a negative |
 * | decimal(p,s) | decimal digits with exactly s digits after the point |
 * | boolean | `true` or `false` |
 * | date | `YYYY-MM-DD` |
 * | timestamp | `YYYY-MM-DDTHH:MM:SS.ffffffZ`, in UTC with microseconds |
 * | text-list | a list of texts |
 * | missing | null |
 */
import { assert } from "../../../kernel/index.ts";
import type { WaybillFieldType } from "../../../protocol/waybill/index.ts";

export type TextForm = string | null | readonly string[];

/** The values of one record, in the order of the projection's fields. */
export type RecordValues = readonly TextForm[];

/** A field that leaves. */
export interface ProjectedField {
  readonly name: string;
  readonly type: WaybillFieldType;
}

/**
 * Makes the canonical text of records: RFC 8785 JSON of `{field: text form}`. Names are sorted once, not
 * once a record. The texts come from PostgreSQL as UTF-8, so none holds a lone surrogate.
 */
export class CanonicalRecord {
  readonly #members: readonly { readonly prefix: string; readonly position: number }[];

  constructor(fields: readonly { readonly name: string }[]) {
    this.#members = fields
      .map(({ name }, position) => ({ name, position }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, position }, rank) => {
        return { prefix: `${rank === 0 ? "{" : ","}${JSON.stringify(name)}:`, position };
      });
  }

  /** The canonical text of one record. @throws InvariantError when it has too few values */
  of(values: RecordValues): string {
    let text = "";
    for (const { prefix, position } of this.#members) {
      const value = values[position];
      assert(value !== undefined, () => "a record has a value for every field");
      text += prefix + JSON.stringify(value);
    }
    return `${text}}`;
  }
}
