import type { SqlValue } from "../../../platform/postgres/index.ts";
import type { SqlParameters } from "../../policy/index.ts";

type ParameterType = Parameters<SqlParameters["add"]>[1];

/** The values of one statement, numbered as they are added. */
export class StatementValues implements SqlParameters {
  readonly #values: SqlValue[];

  /** @param first those that stand in the statement already: `$1`, `$2`, … */
  constructor(first: readonly SqlValue[] = []) {
    this.#values = [...first];
  }

  /** `$n::type` for a value. */
  add(value: SqlValue, type: ParameterType | "bigint[]"): string {
    this.#values.push(value);
    return `$${this.#values.length}::${type}`;
  }

  get all(): readonly SqlValue[] {
    return this.#values;
  }
}
