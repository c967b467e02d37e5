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
  | "bytea"
  | "text[]"
  | "bigint[]"
  | "numeric[]"
  | "boolean[]"
  | "date[]"
  | "timestamptz[]"
  | "bytea[]";

/** What changes from one asking of a statement to the next: the instant, and whom it asks about. */
export interface Asked {
  readonly asOf: Date;
  readonly members?: readonly bigint[] | undefined;
}

/**
 * The parameters of one statement. Equal values of a type share a number: equal conditions therefore
 * have equal SQL, which is how leaves are shared between criteria.
 */
export class Parameters {
  readonly #numbers = new Map<string, string>();
  readonly #values: ((asked: Asked) => SqlValue)[] = [];

  /** `$n::type` for a value in its text form. */
  add(value: string | readonly string[], type: ParameterType): string {
    return this.#number(`${type} ${JSON.stringify(value)}`, type, () => value);
  }

  /**
   * `$n::type` for what is asked. It has a name, and is never shared with a literal that happens to be
   * equal: so the text of the statement stays the same when something else is asked.
   */
  asked(name: string, type: ParameterType, value: (asked: Asked) => SqlValue): string {
    return this.#number(`${type} ${name}`, type, value);
  }

  #number(key: string, type: ParameterType, value: (asked: Asked) => SqlValue): string {
    const known = this.#numbers.get(key);
    if (known !== undefined) {
      return known;
    }
    this.#values.push(value);
    const placeholder = `$${this.#values.length}::${type}`;
    this.#numbers.set(key, placeholder);
    return placeholder;
  }

  valuesFor(asked: Asked): readonly SqlValue[] {
    return this.#values.map((value) => value(asked));
  }
}
