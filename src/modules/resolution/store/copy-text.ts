/** Rows in PostgreSQL's COPY text format (documentation of COPY, "Text Format"). */

export type CopyValue = string | number | bigint | Date | null;

/** Rows are handed over in pieces of about this many characters. */
const PIECE_LENGTH = 64 * 1024;

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
};

/** Pieces of COPY text, made while they are read. */
export function* copyText(rows: Iterable<readonly CopyValue[]>): Generator<string> {
  let piece = "";
  for (const row of rows) {
    piece += `${row.map(copyValue).join("\t")}\n`;
    if (piece.length >= PIECE_LENGTH) {
      yield piece;
      piece = "";
    }
  }
  if (piece !== "") {
    yield piece;
  }
}

function copyValue(value: CopyValue): string {
  if (value === null) {
    return "\\N";
  }
  if (typeof value === "string") {
    return value.replaceAll(/[\\\t\n\r]/gu, (character) => escapes[character] ?? character);
  }
  return value instanceof Date ? value.toISOString() : String(value);
}
