/** A source's mapping bound to the columns of one input: one cell for each field of the dataset. */
import { InvalidInputError, assert } from "../../../kernel/index.ts";
import type { Issue } from "../../../kernel/index.ts";
import type { Catalogue, Dataset, Field } from "../../contracts/index.ts";
import type { Place } from "../normalise/normaliser.ts";
import { timestampNormaliser } from "../normalise/time.ts";
import { Zone } from "../normalise/zone.ts";
import type { FieldMapping, SourceDefinition } from "../source-definition.ts";
import { ColumnCell, ConstantCell, CountryCell, ExpressionCell, isRequired } from "./cell.ts";
import type { Cell } from "./cell.ts";
import { suggestion } from "../../../kernel/index.ts";
import { compileConvert, compileStatedAt, compileText } from "./convert.ts";
import { CopyBuffer } from "./copy-row.ts";
import { compileExpression } from "./expression.ts";
import type { RowExpression } from "./expression.ts";

/** What is to be filled, from what, by whose rules. */
export interface Target {
  readonly source: SourceDefinition;
  readonly dataset: Dataset;
  readonly catalogue: Catalogue;
}

/** The cells of a dataset's fields, in the contract's order, and what else the binding found. */
export interface Binding {
  readonly cells: readonly Cell[];
  /** Reads when the source stated the row; undefined when it does not say. */
  readonly statedAt: Cell | undefined;
  readonly zone: Zone;
  /** Columns of the input that no field takes and that the source does not ignore. */
  readonly unmapped: readonly string[];
}

/** Fields whose value depends on the country of the record. */
const COUNTRY_NORMALISERS: ReadonlySet<string | undefined> = new Set(["phone", "postal-code"]);

/** The columns that may be asked for, in no particular order. */
export function wantedColumns(target: Target): string[] {
  const { source, dataset } = target;
  const columns = dataset.fields.flatMap((field) => columnsOf(mappingOf(source, field)));
  const stated = source.statedAt === undefined ? [] : [source.statedAt.column];
  return [...new Set([...columns, ...stated])];
}

/**
 * Binds.
 * @param columns the input's columns
 * @param isOpen whether a record may leave columns out (JSON), so that a missing one is no error of the file
 * @throws InvalidInputError when columns are missing
 */
export function bind(target: Target, columns: readonly string[], isOpen: boolean): Binding {
  const { source, dataset, catalogue } = target;
  if (!isOpen) {
    refuseMissing(target, columns);
  }
  const place = { zone: new Zone(catalogue.timeZone), country: catalogue.defaultCountry };
  const binder = new Binder(target, columns, place);
  const used = new Set([...wantedColumns(target), ...source.ignore]);
  return {
    cells: dataset.fields.map((field) => binder.cell(field)),
    statedAt: statedAtCell(source, columns, place),
    zone: place.zone,
    unmapped: columns.filter((column) => column !== "" && !used.has(column)),
  };
}

function statedAtCell(
  { statedAt }: SourceDefinition,
  columns: readonly string[],
  place: Place,
): Cell | undefined {
  if (statedAt === undefined) {
    return undefined;
  }
  const convert = compileStatedAt(statedAt, timestampNormaliser(place.zone));
  return new ColumnCell(columns.indexOf(statedAt.column), convert, false);
}

/** A field that is not named takes the column of its own name. */
function mappingOf(source: SourceDefinition, field: Field): FieldMapping {
  return source.fields[field.name] ?? { column: field.name };
}

function columnsOf(mapping: FieldMapping): readonly string[] {
  if ("column" in mapping) {
    return [mapping.column];
  }
  return "cel" in mapping ? expressionOf(mapping.cel).names : [];
}

function expressionOf(text: string): RowExpression {
  const compiled = compileExpression(text);
  assert(compiled.ok, () => "the expressions of an applied source were checked");
  return compiled.value;
}

/** Fields that Waybill itself cannot do without. */
export function neededFields(dataset: Dataset): ReadonlySet<string> {
  const event = dataset.kind === "event" ? [dataset.eventTime, dataset.subject.field] : [];
  return new Set([...dataset.key, ...event]);
}

function refuseMissing(target: Target, columns: readonly string[]): void {
  const { source, dataset } = target;
  const present = new Set(columns);
  const needed = neededFields(dataset);
  const issues: Issue[] = dataset.fields.flatMap((field) => {
    const mapping = source.fields[field.name];
    const missing = columnsOf(mapping ?? { column: field.name }).filter(
      (column) => !present.has(column),
    );
    const matters = mapping !== undefined || isRequired(field, needed);
    return matters ? missing.map((column) => missingColumn(column, field.name, columns)) : [];
  });
  if (source.statedAt !== undefined && !present.has(source.statedAt.column)) {
    issues.push(missingColumn(source.statedAt.column, "statedAt", columns));
  }
  if (issues.length > 0) {
    throw new InvalidInputError(
      "columns-missing",
      `the input lacks ${issues.length === 1 ? "a column" : `${issues.length} columns`} of the source ${source.source}`,
      issues,
    );
  }
}

function missingColumn(column: string, field: string, columns: readonly string[]): Issue {
  return {
    at: field,
    message: `there is no column "${column}"`,
    hint: suggestion(column, columns),
  };
}

class Binder {
  readonly #target: Target;
  readonly #columns: readonly string[];
  readonly #place: Place;
  readonly #needed: ReadonlySet<string>;
  readonly #countryField: Field | undefined;

  constructor(target: Target, columns: readonly string[], place: Place) {
    this.#target = target;
    this.#columns = columns;
    this.#place = place;
    this.#needed = neededFields(target.dataset);
    this.#countryField = target.dataset.fields.find((field) => field.normaliser === "country");
  }

  cell(field: Field): Cell {
    if (this.#countryField === undefined || !COUNTRY_NORMALISERS.has(field.normaliser)) {
      return this.#plainCell(field, this.#place);
    }
    const cellFor = (country: string): Cell => this.#plainCell(field, { ...this.#place, country });
    return new CountryCell(this.#plainCell(this.#countryField, this.#place), cellFor, {
      defaultCountry: this.#place.country,
      scratch: new CopyBuffer(64),
    });
  }

  #plainCell(field: Field, place: Place): Cell {
    const mapping = mappingOf(this.#target.source, field);
    const isNeeded = isRequired(field, this.#needed);
    if ("constant" in mapping) {
      return new ConstantCell(compileText(field, place)(mapping.constant), isNeeded);
    }
    if ("cel" in mapping) {
      const target = { convert: compileText(field, place), isRequired: isNeeded };
      return new ExpressionCell(expressionOf(mapping.cel), this.#columns, target);
    }
    const column = this.#columns.indexOf(mapping.column);
    if (column < 0) {
      return new ConstantCell(null, isNeeded);
    }
    const convert = compileConvert(mapping, field, { place, nulls: this.#target.source.nulls });
    return new ColumnCell(column, convert, isNeeded);
  }
}
