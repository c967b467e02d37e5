import { InvariantError, must } from "../../../kernel/index.ts";
import type { Operand } from "./condition.ts";
import { dateReader } from "./date-format.ts";
import type { PreparedRecord, PreparedValue } from "./model.ts";
import { readPattern } from "./pattern.ts";

/** Takes a value from a record; null where there is none. Dates are days since 1970-01-01. */
export type OperandReader = (record: PreparedRecord) => PreparedValue;

/** Makes the reader of an operand, whose expression and format were checked when the model was read. */
export function openOperand({ column, match, date }: Operand): OperandReader {
  if (match === undefined && date === undefined) {
    return (record) => record[column] ?? null;
  }
  const find = match === undefined ? undefined : firstMatch(match);
  const days = date === undefined ? undefined : must(dateReader(date), "formats are checked");
  return (record) => {
    const value = record[column] ?? null;
    if (typeof value !== "string") {
      return null;
    }
    const text = find === undefined ? value : find(value);
    if (text === undefined || days === undefined) {
      return text ?? null;
    }
    return days(text) ?? null;
  };
}

/** Undefined where there is no match, or nothing in it. */
function firstMatch(expression: string): (text: string) => string | undefined {
  const pattern = readPattern(expression);
  if (typeof pattern === "string") {
    throw new InvariantError(`an expression was not checked: ${pattern}`);
  }
  return (text) => {
    const found = pattern.exec(text)?.[0] ?? "";
    return found === "" ? undefined : found;
  };
}
