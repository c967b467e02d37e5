/** Columns as arrays: how rows leave and enter DuckDB by the million without an object for each. */
import { DuckDBListValue, type DuckDBValue, type DuckDBVector } from "@duckdb/node-api";
import { InvariantError, unreachable } from "../../kernel/index.ts";

/** What the values of a column become. Typed arrays hold no nulls; a null in them is an invariant broken. */
interface ColumnArrays {
  readonly uint8: Uint8Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly float64: Float64Array;
  readonly number: readonly (number | null)[];
  readonly text: readonly (string | null)[];
  readonly texts: readonly (readonly string[] | null)[];
}

export type ColumnKind = keyof ColumnArrays;

/** The columns that are wanted of a query, by name. */
export type ColumnKinds = Readonly<Record<string, ColumnKind>>;

/** The columns of a query, each as long as it has rows. */
export type Columns<Kinds extends ColumnKinds> = {
  readonly [Name in keyof Kinds]: ColumnArrays[Kinds[Name]];
};

/** A column to be appended: the values of its rows, in any of the shapes that columns are read in. */
export type ColumnValues = ColumnArrays[ColumnKind];

/** Gathers the values of one column, chunk by chunk. */
export interface ColumnReader {
  /** Adds the first `rows` values of the vector. */
  read(vector: DuckDBVector, rows: number): void;
  /** Everything that was added since the last time. */
  take(): ColumnValues;
}

/** A reader of the kind. The name is for the message when a value is not what the kind says. */
export function columnReader(kind: ColumnKind, name: string): ColumnReader {
  switch (kind) {
    case "uint8":
      return new NumberReader((length) => new Uint8Array(length), asNumber(name));
    case "int32":
      return new NumberReader((length) => new Int32Array(length), asNumber(name));
    case "float64":
      return new NumberReader((length) => new Float64Array(length), asNumber(name));
    case "int64":
      return new ValueReader(asBigInt(name), (values) => BigInt64Array.from(values));
    case "number":
      return new ValueReader(nullable(asNumber(name)), (values) => values);
    case "text":
      return new ValueReader(nullable(asText(name)), (values) => values);
    case "texts":
      return new ValueReader(nullable(asTexts(name)), (values) => values);
    default:
      return unreachable(kind);
  }
}

/** Writes `values[from…from + rows]` into a vector. */
export function writeVector(
  vector: DuckDBVector,
  values: ColumnValues,
  { from, rows }: { readonly from: number; readonly rows: number },
): void {
  for (let row = 0; row < rows; row += 1) {
    const value = values[from + row];
    vector.setItem(row, isList(value) ? new DuckDBListValue(value) : (value ?? null));
  }
  vector.flush();
}

function isList(value: ColumnValues[number] | undefined): value is readonly string[] {
  return typeof value === "object" && value !== null;
}

const FIRST_LENGTH = 2_048;

type NumberArray = Uint8Array | Int32Array | Float64Array;

/** Fills a typed array that doubles when it is full. */
class NumberReader implements ColumnReader {
  readonly #make: (length: number) => NumberArray;
  readonly #parse: (value: DuckDBValue) => number;
  #values: NumberArray;
  #length = 0;

  constructor(make: (length: number) => NumberArray, parse: (value: DuckDBValue) => number) {
    this.#make = make;
    this.#parse = parse;
    this.#values = make(FIRST_LENGTH);
  }

  read(vector: DuckDBVector, rows: number): void {
    this.#reserve(this.#length + rows);
    const values = this.#values;
    for (let row = 0; row < rows; row += 1) {
      values[this.#length + row] = this.#parse(vector.getItem(row));
    }
    this.#length += rows;
  }

  take(): NumberArray {
    const taken = this.#values.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #reserve(length: number): void {
    if (length > this.#values.length) {
      const longer = this.#make(Math.max(length, this.#values.length * 2));
      longer.set(this.#values);
      this.#values = longer;
    }
  }
}

class ValueReader<Value> implements ColumnReader {
  readonly #parse: (value: DuckDBValue) => Value;
  readonly #pack: (values: Value[]) => ColumnValues;
  #values: Value[] = [];

  constructor(parse: (value: DuckDBValue) => Value, pack: (values: Value[]) => ColumnValues) {
    this.#parse = parse;
    this.#pack = pack;
  }

  read(vector: DuckDBVector, rows: number): void {
    for (let row = 0; row < rows; row += 1) {
      this.#values.push(this.#parse(vector.getItem(row)));
    }
  }

  take(): ColumnValues {
    const taken = this.#values;
    this.#values = [];
    return this.#pack(taken);
  }
}

function nullable<Value>(
  parse: (value: DuckDBValue) => Value,
): (value: DuckDBValue) => Value | null {
  return (value) => (value === null ? null : parse(value));
}

/** Counts are bigints in DuckDB; they and every other number fit into a double here. */
function asNumber(name: string): (value: DuckDBValue) => number {
  return (value) => {
    if (typeof value === "number") {
      return value;
    }
    return typeof value === "bigint" ? Number(value) : refuse(name, "a number");
  };
}

function asBigInt(name: string): (value: DuckDBValue) => bigint {
  return (value) => (typeof value === "bigint" ? value : refuse(name, "a 64-bit integer"));
}

function asText(name: string): (value: DuckDBValue) => string {
  return (value) => (typeof value === "string" ? value : refuse(name, "a text"));
}

function asTexts(name: string): (value: DuckDBValue) => readonly string[] {
  const parse = asText(name);
  return (value) =>
    value instanceof DuckDBListValue ? value.items.map(parse) : refuse(name, "a list of texts");
}

function refuse(name: string, wanted: string): never {
  throw new InvariantError(`column ${name} holds something that is not ${wanted}`);
}
