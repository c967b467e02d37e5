/** The contract's rules over a whole row: CEL over `row.FIELD`, typed. */
import { InvalidInputError } from "../../../kernel/index.ts";
import type { Dataset, FieldType, RowRule } from "../../contracts/index.ts";
import { listItems } from "../normalise/list.ts";
import { textOf } from "../reading/row-batch.ts";
import { isNullAt, unescapedCopy } from "./copy-row.ts";
import type { CopyBuffer } from "./copy-row.ts";
import { compileExpression, isEvaluationError } from "./expression.ts";
import type { RowExpression } from "./expression.ts";

/** A rule that a row breaks. */
export interface BrokenRule {
  readonly rule: string;
  readonly message: string;
}

interface CompiledRule {
  readonly rule: RowRule;
  readonly expression: RowExpression;
}

/**
 * Holds rows to the row rules of a dataset. A rule that reads a field without a value does not apply to the row,
 * unless it speaks of null itself: to demand a value, a rule says `row.f != null`.
 *
 * Types in a rule: integers are `int`, decimals `double`, dates (at midnight UTC) and timestamps `timestamp`,
 * lists of text `list`; everything else is `string` or `bool`.
 */
export class RowRules {
  readonly #rules: readonly CompiledRule[];
  /** The fields that any rule reads: name, place in the row, type. */
  readonly #fields: readonly (readonly [string, number, FieldType])[];

  /** @throws InvalidInputError when a rule is no expression over the dataset's fields */
  constructor(dataset: Dataset) {
    this.#rules = dataset.rowRules.map((rule) => ({
      rule,
      expression: compiledRule(rule, dataset),
    }));
    const names = new Set(this.#rules.flatMap(({ expression }) => expression.names));
    this.#fields = dataset.fields.flatMap((field, place) =>
      names.has(field.name) ? [[field.name, place, field.type] as const] : [],
    );
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** The rules that a row breaks; `offsets` says where in `row` each field begins, and one past the last ends. */
  broken(row: CopyBuffer, offsets: Int32Array): BrokenRule[] {
    const values: Record<string, unknown> = {};
    for (const [name, place, type] of this.#fields) {
      values[name] = typedValue(row, [offsets[place] ?? 0, (offsets[place + 1] ?? 1) - 1], type);
    }
    return this.#rules
      .filter(({ expression }) => !holds(expression, values))
      .map(({ rule }) => ({ rule: rule.id, message: rule.message }));
  }
}

function compiledRule(rule: RowRule, dataset: Dataset): RowExpression {
  const compiled = compileExpression(rule.expression);
  if (!compiled.ok) {
    const { message, at } = compiled.error;
    throw new InvalidInputError(
      "rule-invalid",
      `rule ${rule.id} of ${dataset.name}: ${message} (at character ${at + 1})`,
    );
  }
  const unknown = compiled.value.names.find(
    (name) => !dataset.fields.some((field) => field.name === name),
  );
  if (unknown !== undefined) {
    throw new InvalidInputError(
      "rule-invalid",
      `rule ${rule.id} of ${dataset.name} reads the field "${unknown}", which it has not`,
    );
  }
  return compiled.value;
}

function holds(expression: RowExpression, values: Readonly<Record<string, unknown>>): boolean {
  const isUndecided = expression.names.some((name) => values[name] === null);
  // Not left to the evaluation: an error costs fifty times what an answer does.
  if (isUndecided && !expression.mentionsNull) {
    return true;
  }
  try {
    return expression.evaluate(values) === true;
  } catch (error) {
    if (isEvaluationError(error)) {
      return isUndecided;
    }
    throw error;
  }
}

function typedValue(row: CopyBuffer, range: readonly [number, number], type: FieldType): unknown {
  const [start, end] = range;
  if (isNullAt(row.bytes, start, end)) {
    return null;
  }
  const text = unescapedCopy(textOf(row.bytes, start, end));
  switch (type.kind) {
    case "integer":
      return BigInt(text);
    case "decimal":
      return Number(text);
    case "boolean":
      return text === "t";
    case "date":
      return new Date(`${text}T00:00:00Z`);
    case "timestamp":
      return new Date(text);
    case "text-list":
      return listItems(text);
    default:
      return text;
  }
}
