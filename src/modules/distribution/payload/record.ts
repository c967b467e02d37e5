/** The record that is committed to: one text for all formats, so that a commitment made from any is the same. */
import { assert } from "../../../kernel/index.ts";
import type { WaybillFieldType } from "../../../protocol/waybill/index.ts";
import type { ByteSink } from "./byte-sink.ts";
import { HOLDS_ESCAPE, HOLDS_JSON_SPECIAL, type OutgoingRows } from "./outgoing-rows.ts";
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
  readonly #members: readonly Member[];

  constructor(fields: readonly { readonly name: string }[]) {
    this.#members = fields
      .map(({ name }, position) => ({ name, position }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, position }, rank) => {
        const prefix = `${rank === 0 ? "{" : ","}${JSON.stringify(name)}:`;
        return { prefix, bytes: Buffer.from(prefix), position };
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

  /** Adds the bytes of {@link of} for the row that `rows` stands at. */
  write(rows: OutgoingRows, out: ByteSink): void {
    for (const { bytes, position } of this.#members) {
      out.copy(bytes);
      if (rows.isList(position) || (rows.marksOf(position) & IN_THE_WAY) !== 0) {
        out.text(JSON.stringify(rows.value(position)));
      } else {
        out.byte(QUOTE);
        out.copy(rows.bytes, rows.startOf(position), rows.endOf(position));
        out.byte(QUOTE);
      }
    }
    out.byte(CLOSING_BRACE);
  }
}

interface Member {
  /** What stands before the value. */
  readonly prefix: string;
  readonly bytes: Uint8Array;
  /** Of the value among the record's. */
  readonly position: number;
}

const QUOTE = 0x22;
const CLOSING_BRACE = 0x7d;
/** What keeps a value's bytes from standing in JSON as they are. */
const IN_THE_WAY = HOLDS_ESCAPE | HOLDS_JSON_SPECIAL;
