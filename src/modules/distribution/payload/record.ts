/** The record that is committed to: one text for all formats, so that a commitment made from any is the same. */
import { assert } from "../../../kernel/index.ts";
import type { WaybillFieldType } from "../../../protocol/waybill/index.ts";
import type { ByteSink } from "./byte-sink.ts";
import { beforeValue, JsonRow } from "./json-row.ts";
import type { OutgoingRows } from "./outgoing-rows.ts";
import type { RecordValues } from "./text-form.ts";

export type { RecordValues, TextForm } from "./text-form.ts";

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
  readonly #row: JsonRow;

  constructor(fields: readonly { readonly name: string }[]) {
    const sorted = fields
      .map(({ name }, position) => ({ name, position, isLiteral: false }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    this.#members = sorted.map(({ name, position }, rank) => {
      return { prefix: beforeValue(name, rank), position };
    });
    this.#row = new JsonRow(sorted);
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

  /** Adds the bytes of {@link of} for the row that `rows` stands at. */
  write(rows: OutgoingRows, out: ByteSink): void {
    this.#row.write(rows, out);
  }
}
