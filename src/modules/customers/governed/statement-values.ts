import type { SqlValue } from "../../../platform/postgres/index.ts";
import type { SqlParameters } from "../../policy/index.ts";

type ParameterType = Parameters<SqlParameters["add"]>[1];

/**
 * The values of one statement, numbered as they are added. A value that is there already keeps its number:
 * policies ask the same of many fields, and the server takes in, types and binds every parameter by itself.
 */
export class StatementValues implements SqlParameters {
  readonly #values: SqlValue[];
  /** By type and value, of those that can be compared by their text. */
  readonly #places = new Map<string, string>();

  /** @param first those that stand in the statement already: `$1`, `$2`, … */
  constructor(first: readonly SqlValue[] = []) {
    this.#values = [...first];
  }

  /** `$n::type` for a value. */
  add(value: SqlValue, type: ParameterType | "bigint[]"): string {
    const text = comparableText(value);
    const known = text === undefined ? undefined : this.#places.get(`${type} ${text}`);
    if (known !== undefined) {
      return known;
    }
    this.#values.push(value);
    const place = `$${this.#values.length}::${type}`;
    if (text !== undefined) {
      this.#places.set(`${type} ${text}`, place);
    }
    return place;
  }

  get all(): readonly SqlValue[] {
    return this.#values;
  }
}

/** Equal for equal values of one SQL type; undefined of those that are not looked for. */
function comparableText(value: SqlValue): string | undefined {
  if (value instanceof Date) {
    return value.toISOString();
  }
  return typeof value === "object" ? undefined : String(value);
}
