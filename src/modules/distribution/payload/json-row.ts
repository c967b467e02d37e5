/** Rows as JSON objects, in bytes: most values stand there as they came. */
import { assert } from "../../../kernel/index.ts";
import type { ByteSink } from "./byte-sink.ts";
import { areDecimal } from "./number-bytes.ts";
import { HOLDS_ESCAPE, HOLDS_JSON_SPECIAL, type OutgoingRows } from "./outgoing-rows.ts";

/** A member of the object. */
export interface JsonMember {
  readonly name: string;
  /** Of its value among the row's fields. */
  readonly position: number;
  /** Stands without quotes: a number, `true` or `false`. */
  readonly isLiteral: boolean;
}

const QUOTE = 0x22;
const CLOSING_BRACE = 0x7d;
const TRUE = 0x74;
const FALSE = 0x66;
/** What keeps a value's bytes from standing in JSON as they are. */
const IN_THE_WAY = HOLDS_ESCAPE | HOLDS_JSON_SPECIAL;

/** What stands before the value of an object's member. @param rank its place, from 0 */
export function beforeValue(name: string, rank: number): string {
  return `${rank === 0 ? "{" : ","}${JSON.stringify(name)}:`;
}

/** Writes rows as objects with the same members, whose names are prepared once. */
export class JsonRow {
  readonly #members: readonly (JsonMember & { readonly namesEnd: number })[];
  /** What stands before values, of all members one after the other. */
  readonly #names: Uint8Array;

  constructor(members: readonly JsonMember[]) {
    const names = members.map(({ name }, rank) => {
      return Buffer.from(beforeValue(name, rank));
    });
    let namesEnd = 0;
    this.#members = members.map((member, rank) => {
      namesEnd += names[rank]?.length ?? 0;
      return { ...member, namesEnd };
    });
    this.#names = Buffer.concat(names);
  }

  /** Adds the object of the row that `rows` stands at. */
  write(rows: OutgoingRows, out: ByteSink): void {
    const names = this.#names;
    const source = rows.bytes;
    // Of a row's value, there is a tab at one end; here, a quote at either.
    const most = names.length + rows.rowBytes + 2 * this.#members.length + 1;
    let target = out.room(most);
    let at = out.length;
    let name = 0;
    for (const { position, isLiteral, namesEnd } of this.#members) {
      while (name < namesEnd) {
        target[at++] = names[name++] ?? 0;
      }
      if (rows.isList(position) || (rows.marksOf(position) & IN_THE_WAY) !== 0) {
        out.length = at;
        out.text(JSON.stringify(rows.value(position)));
        target = out.room(most);
        at = out.length;
        continue;
      }
      if (isLiteral) {
        refuseNoLiteral(rows, position);
      } else {
        target[at++] = QUOTE;
      }
      const end = rows.endOf(position);
      for (let next = rows.startOf(position); next < end; next += 1) {
        target[at++] = source[next] ?? 0;
      }
      if (!isLiteral) {
        target[at++] = QUOTE;
      }
    }
    target[at] = CLOSING_BRACE;
    out.length = at + 1;
  }
}

function refuseNoLiteral(rows: OutgoingRows, position: number): void {
  const start = rows.startOf(position);
  const lead = rows.bytes[start];
  assert(
    lead === TRUE || lead === FALSE || areDecimal(rows.bytes, start, rows.endOf(position)),
    () => "a number has a JSON form",
  );
}
