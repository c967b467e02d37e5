import { must } from "../../../kernel/index.ts";
import type { Operand } from "./condition.ts";
import { dateReader } from "./date-format.ts";
import type { DateReader } from "./date-format.ts";
import type { PreparedRecord, PreparedValue } from "./model.ts";
import { readPattern } from "./pattern.ts";

/** What an operand does to a text; made once, for a model is read often and by millions of pairs. */
interface OperandReader {
  readonly pattern: RegExp | undefined;
  readonly date: DateReader | undefined;
}

const readers = new WeakMap<Operand, OperandReader>();

/** The value that an operand takes from a record; null where there is none. Dates are days since 1970-01-01. */
export function operandValue(operand: Operand, record: PreparedRecord): PreparedValue {
  const value = record[operand.column] ?? null;
  if (value === null || (operand.match === undefined && operand.date === undefined)) {
    return value;
  }
  if (typeof value !== "string") {
    return null;
  }
  const { pattern, date } = readerOf(operand);
  const text = pattern === undefined ? value : (pattern.exec(value)?.[0] ?? "");
  if (pattern !== undefined && text === "") {
    return null;
  }
  return date === undefined ? text : (date(text) ?? null);
}

function readerOf(operand: Operand): OperandReader {
  const known = readers.get(operand);
  if (known !== undefined) {
    return known;
  }
  const { match, date } = operand;
  const pattern = match === undefined ? undefined : readPattern(match);
  const reader: OperandReader = {
    pattern: pattern instanceof RegExp ? pattern : undefined,
    date: date === undefined ? undefined : must(dateReader(date), "formats are checked on reading"),
  };
  if (typeof pattern === "string") {
    must(reader.pattern, "expressions are checked on reading");
  }
  readers.set(operand, reader);
  return reader;
}
