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
  /** What stands before values, of all members one after the other. */
  readonly #names: Uint8Array;

  constructor(fields: readonly { readonly name: string }[]) {
    const sorted = fields
      .map(({ name }, position) => ({ name, position }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, position }, rank) => {
        return { prefix: `${rank === 0 ? "{" : ","}${JSON.stringify(name)}:`, position };
      });
    let end = 0;
    this.#members = sorted.map((member) => {
      end += Buffer.byteLength(member.prefix);
      return { ...member, end };
    });
    this.#names = Buffer.from(sorted.map(({ prefix }) => prefix).join(""));
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
    const names = this.#names;
    const source = rows.bytes;
    // Each value has a quote on either side, where the row has a tab at most.
    const most = names.length + rows.rowBytes + 2 * this.#members.length + 1;
    let target = out.room(most);
    let at = out.length;
    let name = 0;
    for (const { position, end } of this.#members) {
      while (name < end) {
        target[at++] = names[name++] ?? 0;
      }
      if (rows.isList(position) || (rows.marksOf(position) & IN_THE_WAY) !== 0) {
        out.length = at;
        out.text(JSON.stringify(rows.value(position)));
        target = out.room(most);
        at = out.length;
        continue;
      }
      target[at++] = QUOTE;
      const valueEnd = rows.endOf(position);
      for (let next = rows.startOf(position); next < valueEnd; next += 1) {
        target[at++] = source[next] ?? 0;
      }
      target[at++] = QUOTE;
    }
    target[at++] = CLOSING_BRACE;
    out.length = at;
  }
}

interface Member {
  /** What stands before the value. */
  readonly prefix: string;
  /** Where that ends among all of them, in bytes. */
  readonly end: number;
  /** Of the value among the record's. */
  readonly position: number;
}

const QUOTE = 0x22;
const CLOSING_BRACE = 0x7d;
/** What keeps a value's bytes from standing in JSON as they are. */
const IN_THE_WAY = HOLDS_ESCAPE | HOLDS_JSON_SPECIAL;
