/** Rows as JSON objects, in bytes: most values stand there as they came. */
import { assert, must } from "../../../kernel/index.ts";
import type { ByteSink } from "./byte-sink.ts";
import { areDecimal } from "./number-bytes.ts";
import { HOLDS_ESCAPE, HOLDS_JSON_SPECIAL, IS_LIST, type OutgoingRows } from "./outgoing-rows.ts";

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
const IN_THE_WAY = HOLDS_ESCAPE | HOLDS_JSON_SPECIAL | IS_LIST;

/** What stands before the value of an object's member. @param rank its place, from 0 */
export function beforeValue(name: string, rank: number): string {
  return `${rank === 0 ? "{" : ","}${JSON.stringify(name)}:`;
}

/** A member whose name is prepared. */
interface PreparedMember extends JsonMember {
  /** What stands before its value: from here on in the words of all names, */
  readonly word: number;
  /** to here, */
  readonly wordEnd: number;
  /** so many bytes of it. */
  readonly nameBytes: number;
}

const WORD_BYTES = 4;

/**
 * Writes rows as objects with the same members, whose names are prepared once. They are most of an object, and
 * are written in words: what that writes too much is written over by what follows. Measured for thirteen
 * members, 0.20 µs a row, and 0.31 byte by byte.
 */
export class JsonRow {
  readonly #members: readonly PreparedMember[];
  readonly #words: Int32Array;

  constructor(members: readonly JsonMember[]) {
    const names = members.map(({ name, isLiteral }, rank) =>
      Buffer.from(beforeValue(name, rank) + (isLiteral ? "" : '"')),
    );
    const padded = names.map((name) => Buffer.concat([name], wordsOf(name) * WORD_BYTES));
    let wordEnd = 0;
    this.#members = members.map((member, rank) => {
      const name = must(names[rank], "every member has a name");
      const word = wordEnd;
      wordEnd += wordsOf(name);
      return { ...member, word, wordEnd, nameBytes: name.length };
    });
    const bytes = Buffer.concat(padded);
    this.#words = Int32Array.from({ length: wordEnd }, (_, n) => bytes.readInt32LE(n * WORD_BYTES));
  }

  /** Adds the object of the row that `rows` stands at. */
  writeRow(rows: OutgoingRows, out: ByteSink): void {
    const words = this.#words;
    const source = rows.view;
    // Of a row's value, there is a tab at one end; here, a quote at either.
    const most = words.length * WORD_BYTES + rows.rowBytes + 2 * this.#members.length + 1;
    let target = out.room(most);
    let at = out.length;
    for (const { position, isLiteral, word, wordEnd, nameBytes } of this.#members) {
      for (let next = word, to = at; next < wordEnd; next += 1, to += WORD_BYTES) {
        target.setInt32(to, words[next] ?? 0, true);
      }
      at += nameBytes;
      if ((rows.marksOf(position) & IN_THE_WAY) !== 0) {
        // With quotes of its own, or with none.
        out.length = isLiteral ? at : at - 1;
        out.text(JSON.stringify(rows.value(position)));
        target = out.room(most);
        at = out.length;
        continue;
      }
      if (isLiteral) {
        refuseNoLiteral(rows, position);
      }
      const start = rows.startOf(position);
      const end = rows.endOf(position);
      for (let next = start, to = at; next < end; next += WORD_BYTES, to += WORD_BYTES) {
        target.setInt32(to, source.getInt32(next, true), true);
      }
      at += end - start;
      if (!isLiteral) {
        target.setUint8(at, QUOTE);
        at += 1;
      }
    }
    target.setUint8(at, CLOSING_BRACE);
    out.length = at + 1;
  }
}

function wordsOf(name: Uint8Array): number {
  return Math.ceil(name.length / WORD_BYTES);
}

function refuseNoLiteral(rows: OutgoingRows, position: number): void {
  const start = rows.startOf(position);
  const lead = rows.bytes[start];
  assert(
    lead === TRUE || lead === FALSE || areDecimal(rows.bytes, start, rows.endOf(position)),
    () => "a number has a JSON form",
  );
}
