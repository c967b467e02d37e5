/** Names and numbers as DuckDB reads them. */
import { assert } from "../../../kernel/index.ts";

/** Quotes a name; columns of imported models may have any. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A number that DuckDB takes for a double: without an exponent it would be a decimal, and round. */
export function doubleLiteral(value: number): string {
  assert(Number.isFinite(value), () => "numbers of a model are finite");
  const text = String(value);
  return text.includes("e") ? text : `${text}e0`;
}
