/** Block keys as a person writes them: `surname, start(given, 3), end(phone, 4)`. */
import type { Result } from "../../../kernel/index.ts";
import { printColumn, takeColumn, takeNumber } from "./condition-text.ts";
import type { KeyPart } from "./model.ts";
import { readAll, TextRefusal } from "./text-tokens.ts";
import type { TextProblem, TokenReader } from "./text-tokens.ts";

/** Reads the parts of a key, or says what is wrong with the text and where. */
export function readKey(text: string): Result<readonly KeyPart[], TextProblem> {
  return readAll(text, (tokens) => {
    const parts = [takePart(tokens)];
    while (tokens.accept(",")) {
      parts.push(takePart(tokens));
    }
    return parts;
  });
}

/** The text of a key; `readKey` gives the parts back. */
export function printKey(parts: readonly KeyPart[]): string {
  return parts.map(printPart).join(", ");
}

function printPart({ column, length, at = "start" }: KeyPart): string {
  const name = printColumn(column);
  return length === undefined ? name : `${at}(${name}, ${length})`;
}

function takePart(tokens: TokenReader): KeyPart {
  const token = tokens.peek();
  const column = takeColumn(tokens);
  const isCall = token.kind === "name" && tokens.accept("(");
  if (!isCall) {
    return { column };
  }
  if (column !== "start" && column !== "end") {
    throw new TextRefusal({
      offset: token.offset,
      message: `${JSON.stringify(column)} is no part of a key`,
      hint: "a part is a column, start(column, n) or end(column, n)",
    });
  }
  const inner = takeColumn(tokens);
  tokens.expect(",");
  const length = takeNumber(tokens, { least: 1, isWhole: true });
  tokens.expect(")");
  return column === "end" ? { column: inner, length, at: "end" } : { column: inner, length };
}
