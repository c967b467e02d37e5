import type { SqlValue } from "../../../platform/postgres/index.ts";

/** What a literal is cast to, so that the server infers the parameter's type and never guesses. */
export type ParameterType =
  | "text"
  | "bigint"
  | "numeric"
  | "boolean"
  | "date"
  | "timestamptz"
  | "interval"
  | "integer"
  | "text[]"
  | "bigint[]"
  | "numeric[]"
  | "boolean[]"
  | "date[]"
  | "timestamptz[]";

/**
 * The parameters of one statement. Equal values of a type share a number: equal conditions therefore
 * have equal SQL, which is how leaves are shared between criteria.
 */
export class Parameters {
  readonly #numbers = new Map<string, string>();
  readonly #values: SqlValue[] = [];

  /**
   * `$n::type` for a value in its text form. What is not in the criteria but asked with them (the
   * instant, the members) has a name: it is never shared with a literal that happens to be equal, and
   * the statement's text stays the same when it changes.
   */
  add(value: string | readonly string[], type: ParameterType, name?: string): string {
    const key = name === undefined ? `${type} ${JSON.stringify(value)}` : `${type} ${name}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) {
      return known;
    }
    this.#values.push(value);
    const placeholder = `$${this.#values.length}::${type}`;
    this.#numbers.set(key, placeholder);
    return placeholder;
  }

  get values(): readonly SqlValue[] {
    return this.#values;
  }
}
