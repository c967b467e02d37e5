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

  /** `$n::type` for a value in its text form. */
  add(value: string | readonly string[], type: ParameterType): string {
    const key = `${type} ${JSON.stringify(value)}`;
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
