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
 * Makes the canonical bytes of records: RFC 8785 JSON of `{field: text form}` in UTF-8. Names are sorted once,
 * not once a record. The texts come from PostgreSQL as UTF-8, so none holds a lone surrogate.
 */
export class CanonicalRecord {
  readonly #members: readonly { readonly beforeValue: Buffer; readonly position: number }[];
  readonly #row: JsonRow;

  constructor(fields: readonly { readonly name: string }[]) {
    const sorted = fields
      .map(({ name }, position) => ({ name, position, isLiteral: false }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    this.#members = sorted.map(({ name, position }, rank) => {
      return { beforeValue: Buffer.from(beforeValue(name, rank)), position };
    });
    this.#row = new JsonRow(sorted);
  }

  /** Adds a record. @throws InvariantError when it has too few values */
  write(values: RecordValues, out: ByteSink): void {
    for (const member of this.#members) {
      out.copy(member.beforeValue);
      const value = values[member.position];
      assert(value !== undefined, () => "a record has a value for every field");
      if (typeof value !== "string" || !out.quoted(value)) {
        out.text(JSON.stringify(value));
      }
    }
    out.byte(CLOSING_BRACE);
  }

  /** Adds the record of the row that `rows` stands at. */
  writeRow(rows: OutgoingRows, out: ByteSink): void {
    this.#row.writeRow(rows, out);
  }
}

const CLOSING_BRACE = 0x7d;
