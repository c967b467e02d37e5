/**
 * The tables that a catalogue asks for, as data: what to create, and what to compare.
 *
 * Columns stand by falling width, those of system and contract mixed: PostgreSQL aligns each value to
 * its width, so `bigint, boolean, bigint` loses 7 bytes a row and this order none. The figures are in
 * docs/adr/0005-contracts.md.
 *
 * No foreign key joins these tables. Each would look up a row, and lock it, for every row that a bulk
 * load brings; intake resolves a whole batch in one statement and knows the keys it wrote.
 *
 * No column of the contract is `not null`: a customer that an event created has its identifier only,
 * and sources may each know a part. What is required is required of rows, at intake.
 */
import { createHash } from "node:crypto";
import type { Catalogue, Dataset, Field, FieldType } from "./catalogue.ts";
import { recordsTable } from "./catalogue.ts";

export interface Column {
  readonly name: string;
  /** PostgreSQL's name of the type. */
  readonly type: string;
  readonly isNullable: boolean;
  /** The field that the column stores; undefined for Waybill's own columns. */
  readonly field: Field | undefined;
}

export interface Index {
  readonly name: string;
  readonly columns: readonly string[];
  readonly isUnique: boolean;
  /** The column is sealed: the index holds the blind index of its values. */
  readonly isBlind?: true | undefined;
  /** A column that must be null, or must not, for a row to be in the index. */
  readonly where?: { readonly column: string; readonly isNull: boolean } | undefined;
}

export interface Table {
  readonly name: string;
  readonly shape: "golden" | "records" | "events";
  readonly comment: string;
  readonly columns: readonly Column[];
  readonly primaryKey: { readonly name: string; readonly column: string };
  /** Allowed values of enumerations, by constraint name. */
  readonly checks: readonly EnumCheck[];
  readonly indexes: readonly Index[];
}

export interface EnumCheck {
  readonly name: string;
  readonly column: string;
  readonly values: readonly string[];
}

/** Every table of a catalogue, in the contract's order. */
export function tablesOf(catalogue: Catalogue): Table[] {
  return catalogue.datasets.flatMap((dataset) =>
    dataset.kind === "event"
      ? [eventsTable(dataset)]
      : [goldenTable(dataset), sourceRecordsTable(dataset)],
  );
}

/** The PostgreSQL type of a field's column: that of its values, or of sealed ones. */
export function storedType({ type, sealed }: Pick<Field, "type" | "sealed">): string {
  return sealed === true ? "bytea" : columnType(type);
}

/** The PostgreSQL type of a field's values. */
export function columnType(type: FieldType): string {
  switch (type.kind) {
    case "text":
    case "enum":
      return "text";
    case "integer":
      return "bigint";
    case "decimal":
      return `numeric(${type.precision},${type.scale})`;
    case "boolean":
    case "date":
      return type.kind;
    case "timestamp":
      return "timestamptz";
    case "text-list":
      return "text[]";
  }
}

function goldenTable(dataset: Dataset): Table {
  const { name } = dataset;
  return {
    name,
    shape: "golden",
    comment: `The golden rows of ${name}: each field chosen from its source records`,
    columns: columnsOf(dataset, [
      own("_id", "bigint"),
      own("_created_at", "timestamptz"),
      own("_updated_at", "timestamptz"),
      own("_version", "integer"),
    ]),
    primaryKey: { name: objectName(name, ["pkey"]), column: "_id" },
    checks: checksOf(name, dataset),
    indexes: goldenIndexes(dataset),
  };
}

/**
 * Customers find their account by its identifier, and an account its people by what they call it;
 * customers themselves are found by their records.
 */
function goldenIndexes(dataset: Dataset): Index[] {
  const { name } = dataset;
  if (dataset.kind === "account") {
    return identifierIndexes(name, dataset);
  }
  const { account } = dataset.kind === "customer" ? dataset : {};
  return dataset.fields
    .filter((field) => field.name === account?.field)
    .map((field) => filledIndex(name, field));
}

/** A source often knows one identifier of several: a row without a value is in no index. */
function identifierIndexes(table: string, dataset: Dataset): Index[] {
  return dataset.fields
    .filter(({ identifier }) => identifier)
    .map((field) => filledIndex(table, field));
}

function filledIndex(table: string, { name, sealed }: Field): Index {
  const filled = index(table, { columns: [name], where: { column: name, isNull: false } });
  return sealed === true ? { ...filled, isBlind: true } : filled;
}

function sourceRecordsTable(dataset: Dataset): Table {
  const name = recordsTable(dataset);
  return {
    name,
    shape: "records",
    comment: `The source records of ${dataset.name}, as their sources last stated them`,
    columns: columnsOf(dataset, [
      own("_record", "bigint"),
      { ...own("_id", "bigint"), isNullable: true },
      own("_intake", "bigint"),
      own("_line", "bigint"),
      own("_stated_at", "timestamptz"),
      own("_source", "smallint"),
      own("_hash", "uuid"),
      own("_key", "text"),
    ]),
    primaryKey: { name: objectName(name, ["pkey"]), column: "_record" },
    checks: checksOf(name, dataset),
    indexes: [
      index(name, { columns: ["_source", "_key"], isUnique: true }),
      index(name, { columns: ["_id"] }),
      // Identity, search and events look identifiers up here, also those that no golden row shows.
      ...identifierIndexes(name, dataset),
    ],
  };
}

function eventsTable(dataset: Dataset): Table {
  const { name } = dataset;
  return {
    name,
    shape: "events",
    comment: `The events of ${name}; _customer is null while its customer is unknown`,
    columns: columnsOf(dataset, [
      own("_id", "bigint"),
      { ...own("_customer", "bigint"), isNullable: true },
      own("_at", "timestamptz"),
      own("_intake", "bigint"),
      own("_line", "bigint"),
      own("_source", "smallint"),
      own("_hash", "uuid"),
      own("_subject", "text"),
      own("_key", "text"),
    ]),
    primaryKey: { name: objectName(name, ["pkey"]), column: "_id" },
    checks: checksOf(name, dataset),
    indexes: [
      index(name, { columns: ["_source", "_key"], isUnique: true }),
      index(name, { columns: ["_customer", "_at"] }),
      index(name, { columns: ["_subject"], where: { column: "_customer", isNull: true } }),
    ],
  };
}

function own(name: string, type: string): Column {
  return { name, type, isNullable: false, field: undefined };
}

function columnsOf(dataset: Dataset, system: readonly Column[]): Column[] {
  const fields = dataset.fields.map((field) => ({
    name: field.name,
    type: storedType(field),
    isNullable: true,
    field,
  }));
  return [...system, ...fields].toSorted((a, b) => alignment(b.type) - alignment(a.type));
}

/** What PostgreSQL aligns a type to, in bytes. Short texts and numbers, and uuid, are not aligned. */
function alignment(type: string): number {
  switch (type) {
    case "bigint":
    case "timestamptz":
      return 8;
    case "integer":
    case "date":
      return 4;
    case "smallint":
      return 2;
    default:
      return type === "boolean" || type === "uuid" ? 1 : 0;
  }
}

function checksOf(table: string, dataset: Dataset): EnumCheck[] {
  return dataset.fields.flatMap(({ name, type, sealed }) =>
    type.kind === "enum" && sealed !== true
      ? [{ name: fit(`${table}_${name}_check`), column: name, values: type.values }]
      : [],
  );
}

function index(
  table: string,
  about: Omit<Index, "name" | "isUnique"> & { readonly isUnique?: boolean },
): Index {
  const { columns, isUnique = false, where } = about;
  const name = objectName(table, [...columns, isUnique ? "key" : "idx"]);
  return { name, columns, isUnique, where };
}

/**
 * Indexes share their names with tables. `__` after the table keeps them apart from every dataset, and
 * a field that itself has `__` is told by a hash of table and columns.
 */
function objectName(table: string, parts: readonly string[]): string {
  const last = parts.join("_");
  return parts.some((part) => part.includes("__"))
    ? digest(table, `${table} ${last}`)
    : fit(`${table}__${last}`);
}

/** PostgreSQL cuts names after 63 bytes without a word; two long ones could meet. */
function fit(name: string): string {
  return name.length <= 63 ? name : digest(name.slice(0, 40), name);
}

function digest(prefix: string, name: string): string {
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 16);
  return `${prefix.slice(0, 40)}__${hash}`;
}
