/** One field of the rows being prepared: takes its raw value from a batch and puts its COPY text into a row. */
import type { Field } from "../../contracts/index.ts";
import { Rejection } from "../normalise/outcome.ts";
import type { Outcome } from "../normalise/outcome.ts";
import { ABSENT, textOf } from "../reading/row-batch.ts";
import type { RowBatch } from "../reading/row-batch.ts";
import type { Convert } from "./convert.ts";
import type { CopyBuffer } from "./copy-row.ts";
import { isEvaluationError } from "./expression.ts";
import type { RowExpression } from "./expression.ts";
import { ValueCache } from "./value-cache.ts";

/** Puts a field's value of a row into `out`; says why not when it is refused (then a null stands there). */
export interface Cell {
  write(batch: RowBatch, row: number, out: CopyBuffer): Rejection | undefined;
}

const REQUIRED = new Rejection("required", "has no value, and the contract requires one");
const FAILED = new Rejection("expression", "cannot be computed from the columns of this row");

/** Whether a field must have a value, for the contract or for Waybill itself. */
export function isRequired(field: Field, needed: ReadonlySet<string>): boolean {
  return field.rules.required || needed.has(field.name);
}

/** A value from a column of the input. */
export class ColumnCell implements Cell {
  readonly #place: number;
  readonly #convert: Convert;
  readonly #isRequired: boolean;
  readonly #cache = new ValueCache();

  constructor(place: number, convert: Convert, isRequired: boolean) {
    this.#place = place;
    this.#convert = convert;
    this.#isRequired = isRequired;
  }

  write(batch: RowBatch, row: number, out: CopyBuffer): Rejection | undefined {
    const at = (batch.firstFields[row] ?? 0) + this.#place;
    const end = this.#place < batch.fieldCount(row) ? (batch.ends[at] ?? ABSENT) : ABSENT;
    if (end === ABSENT) {
      return put(null, this.#isRequired, out);
    }
    const start = batch.starts[at] ?? 0;
    if (this.#cache.find(batch.bytes, start, end)) {
      this.#cache.putFound(out);
      return undefined;
    }
    const from = out.length;
    const rejection = put(this.#convert(textOf(batch.bytes, start, end)), this.#isRequired, out);
    if (rejection === undefined) {
      this.#cache.keep(batch.bytes, start, { out, from });
    }
    return rejection;
  }
}

/** The same value in every row. */
export class ConstantCell implements Cell {
  readonly #value: Outcome;
  readonly #isRequired: boolean;

  constructor(value: Outcome, isRequired: boolean) {
    this.#value = value;
    this.#isRequired = isRequired;
  }

  write(_batch: RowBatch, _row: number, out: CopyBuffer): Rejection | undefined {
    return put(this.#value, this.#isRequired, out);
  }
}

/** A value computed from the raw columns of the row. */
export class ExpressionCell implements Cell {
  readonly #expression: RowExpression;
  /** The place of each column that the expression reads; -1 when the input has none of that name. */
  readonly #places: readonly (readonly [string, number])[];
  readonly #convert: Convert;
  readonly #isRequired: boolean;

  constructor(
    expression: RowExpression,
    columns: readonly string[],
    target: { readonly convert: Convert; readonly isRequired: boolean },
  ) {
    this.#expression = expression;
    this.#places = expression.names.map((name) => [name, columns.indexOf(name)]);
    this.#convert = target.convert;
    this.#isRequired = target.isRequired;
  }

  write(batch: RowBatch, row: number, out: CopyBuffer): Rejection | undefined {
    const values: Record<string, string> = {};
    for (const [name, place] of this.#places) {
      values[name] = (place < 0 ? undefined : batch.text(row, place)) ?? "";
    }
    return put(this.#evaluate(values), this.#isRequired, out);
  }

  #evaluate(values: Readonly<Record<string, string>>): Outcome {
    try {
      const value = this.#expression.evaluate(values);
      return value === null ? null : this.#convert(textOfValue(value));
    } catch (error) {
      if (isEvaluationError(error)) {
        return FAILED;
      }
      throw error;
    }
  }
}

/** A value that is read by the rules of the row's own country: telephone numbers, postal codes. */
export class CountryCell implements Cell {
  readonly #country: Cell;
  readonly #cellFor: (country: string) => Cell;
  readonly #defaultCountry: string;
  readonly #cells = new Map<string, Cell>();
  readonly #scratch: CopyBuffer;

  constructor(
    country: Cell,
    cellFor: (country: string) => Cell,
    options: { readonly defaultCountry: string; readonly scratch: CopyBuffer },
  ) {
    this.#country = country;
    this.#cellFor = cellFor;
    this.#defaultCountry = options.defaultCountry;
    this.#scratch = options.scratch;
  }

  write(batch: RowBatch, row: number, out: CopyBuffer): Rejection | undefined {
    const country = this.#countryOf(batch, row);
    let cell = this.#cells.get(country);
    if (cell === undefined) {
      cell = this.#cellFor(country);
      this.#cells.set(country, cell);
    }
    return cell.write(batch, row, out);
  }

  /** At most the 249 codes of ISO 3166-1: what the country's own cell lets through. */
  #countryOf(batch: RowBatch, row: number): string {
    const scratch = this.#scratch;
    scratch.length = 0;
    const rejection = this.#country.write(batch, row, scratch);
    const text = textOf(scratch.bytes, 0, scratch.length);
    return rejection === undefined && text.length === 2 && text !== "\\N"
      ? text
      : this.#defaultCountry;
  }
}

function put(outcome: Outcome, isNeeded: boolean, out: CopyBuffer): Rejection | undefined {
  if (typeof outcome === "string") {
    out.putText(outcome);
    return undefined;
  }
  out.putNull();
  if (outcome === null) {
    return isNeeded ? REQUIRED : undefined;
  }
  return outcome;
}

/** CEL values as text; lists as JSON, timestamps in ISO 8601. */
function textOfValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    default:
      return value instanceof Date ? value.toISOString() : JSON.stringify(value, bigintsAsText);
  }
}

function bigintsAsText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
