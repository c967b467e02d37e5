import { InvalidInputError, must } from "../../../kernel/index.ts";
import type { ModelField, PreparedColumn, PreparedRecord, PreparedValue } from "../model/model.ts";
import { fieldReader, type FieldReader, type FieldReading } from "./field-reading.ts";
import { emailForm, emailFormColumns } from "./email-form.ts";
import {
  type ColumnSource,
  isPersonal,
  jointNameColumns,
  jointNameSources,
  jointNameValue,
  openJointName,
  type OwnerName,
  ownerOf,
} from "./joint-name.ts";
import type { SetAsideReason } from "./reader.ts";

/** Values as they come, by column of the input; all columns have the same length. */
export type RawColumns = ReadonlyMap<string, readonly (string | null)[]>;

/** Values by prepared column; all columns have the length of the input. */
export type PreparedColumns = ReadonlyMap<string, readonly PreparedValue[]>;

/** How many values of a field were given and yet count as missing, and why; never which. */
export interface SetAsideCount {
  readonly field: string;
  readonly reason: SetAsideReason;
  readonly count: number;
}

export interface PreparationOptions {
  /** Only these prepared columns; all by default. */
  readonly only?: ReadonlySet<string> | undefined;
}

/** Makes prepared records, in batches or one at a time: the same values either way. */
export interface Preparation {
  readonly columns: readonly PreparedColumn[];
  /**
   * A column that the input does not have counts as missing in every record. Where a row stands for several
   * records that are equal, `holders` says for how many.
   */
  prepare(columns: RawColumns, holders?: ArrayLike<number>): PreparedColumns;
  prepareRecord(record: Readonly<Record<string, string | null>>): PreparedRecord;
  /** What was set aside since the preparation was opened. */
  setAside(): readonly SetAsideCount[];
}

/**
 * The columns that records with these fields are prepared into: those of each field, then `name__PART`
 * for the person's name put together from all fields that hold a part of it, then how e-mail addresses
 * are made from that name.
 * @throws InvalidInputError when two would have the same name
 */
export function preparedColumns(fields: readonly ModelField[]): readonly PreparedColumn[] {
  return columnSources(fields).map(({ column }) => column);
}

/**
 * {@link preparedColumns}, each with the fields that it follows from.
 * @throws InvalidInputError when two would have the same name
 */
export function columnSources(fields: readonly ModelField[]): readonly ColumnSource[] {
  const sources = [
    ...fields.flatMap((field) =>
      fieldReader(field).columns.map((column) => ({ column, fields: [field] })),
    ),
    ...jointNameSources(fields),
    ...emailFormColumns(fields).map(({ field, column }) => ({
      column,
      fields: fields.filter((other) => other === field || isPersonal(other)),
    })),
  ];
  refuseDoubles(sources.map(({ column }) => column));
  return sources;
}

/** @throws InvalidInputError when two prepared columns would have the same name */
export function openPreparation(
  fields: readonly ModelField[],
  { only }: PreparationOptions = {},
): Preparation {
  const columns = preparedColumns(fields).filter(({ name }) => only?.has(name) ?? true);
  const readers = fields.map((field) => fieldReader(field));
  const counts = readers.map(() => new Map<SetAsideReason, number>());
  const writeName = nameWriter(readers, columns);

  function prepare(raw: RawColumns, holders?: ArrayLike<number>): PreparedColumns {
    const length = raw.values().next().value?.length ?? 0;
    const prepared = new Map<string, PreparedValue[]>();
    for (const { name } of columns) {
      prepared.set(name, filled<PreparedValue>(length, null));
    }
    const readings = readers.map((reader, index) => {
      const kept = writeName.isReading(reader) ? filled<FieldReading>(length, null) : null;
      const asides = must(counts[index], "there is one for each reader");
      writeField(reader, { raw, holders, prepared, asides, length, kept });
      return kept;
    });
    writeName.write(readings, prepared, length);
    return prepared;
  }

  return {
    columns,
    prepare,
    prepareRecord(record) {
      const raw = new Map(Object.entries(record).map(([column, value]) => [column, [value]]));
      const prepared = [...prepare(raw)];
      return Object.fromEntries(prepared.map(([column, [value]]) => [column, value ?? null]));
    },
    setAside: () =>
      readers.flatMap(({ field }, index) =>
        [...(counts[index] ?? [])].map(([reason, count]) => ({ field: field.name, reason, count })),
      ),
  };
}

/** As `Array.from` makes it, without a call for each place. */
function filled<T>(length: number, value: T): T[] {
  const places: T[] = [];
  places.length = length;
  return places.fill(value);
}

interface FieldBatch {
  readonly raw: RawColumns;
  /** For how many records each row stands: one where nothing is said. */
  readonly holders: ArrayLike<number> | undefined;
  readonly prepared: ReadonlyMap<string, PreparedValue[]>;
  readonly asides: Map<SetAsideReason, number>;
  readonly length: number;
  /** Where the readings go that the joint name is made from. */
  readonly kept: FieldReading[] | null;
}

/** The innermost loops of a preparation: no allocation beside the readings themselves. */
function writeField(reader: FieldReader, batch: FieldBatch): void {
  const { raw, holders, prepared, asides, length, kept } = batch;
  const targets = wantedTargets(reader.columns, prepared);
  const sources = reader.field.columns.map((column) => raw.get(column));
  const values: (string | null)[] = sources.map(() => null);
  for (let row = 0; row < length; row += 1) {
    for (let index = 0; index < sources.length; index += 1) {
      values[index] = sources[index]?.[row] ?? null;
    }
    const reading = reader.read(values);
    if (typeof reading === "string") {
      asides.set(reading, (asides.get(reading) ?? 0) + (holders?.[row] ?? 1));
      continue;
    }
    if (kept !== null) {
      kept[row] = reading;
    }
    writeParts(targets, reading, row);
  }
}

interface Target {
  readonly part: number;
  readonly column: PreparedValue[];
}

function wantedTargets(
  columns: readonly PreparedColumn[],
  prepared: ReadonlyMap<string, PreparedValue[]>,
): readonly Target[] {
  return columns.flatMap(({ name }, part) => {
    const column = prepared.get(name);
    return column === undefined ? [] : [{ part, column }];
  });
}

function writeParts(
  targets: readonly Target[],
  reading: readonly PreparedValue[] | null,
  row: number,
): void {
  if (reading !== null) {
    for (const { part, column } of targets) {
      column[row] = reading[part] ?? null;
    }
  }
}

interface NameWriter {
  /** Whether the readings of the field are needed. */
  isReading(reader: FieldReader): boolean;
  /** `readings` by reader, null where they are not needed. */
  write(
    readings: readonly (readonly FieldReading[] | null)[],
    prepared: ReadonlyMap<string, PreparedValue[]>,
    length: number,
  ): void;
}

function nameWriter(
  readers: readonly FieldReader[],
  columns: readonly PreparedColumn[],
): NameWriter {
  const wanted = new Set(columns.map(({ name }) => name));
  const joint = jointNameColumns(readers.map(({ field }) => field));
  const forms = emailFormColumns(readers.map(({ field }) => field)).filter(({ column }) =>
    wanted.has(column.name),
  );
  if (forms.length === 0 && !joint.some(({ name }) => wanted.has(name))) {
    return { isReading: () => false, write: () => undefined };
  }
  const names = [...readers.keys()].filter((index) => isPersonal(at(readers, index).field));
  const nameOf = openJointName(names.map((index) => at(readers, index)));
  const emails = forms.map(({ field, column }) => ({
    index: readers.findIndex((reader) => reader.field === field),
    column: column.name,
  }));
  return {
    isReading: ({ field }) => isPersonal(field) || forms.some((form) => form.field === field),
    write(readings, prepared, length) {
      const targets = wantedTargets(joint, prepared);
      const ofName = names.map((index) => at(readings, index));
      for (let row = 0; row < length; row += 1) {
        const name = nameOf(ofName.map((readingsOfField) => readingsOfField?.[row] ?? null));
        for (const { part, column } of targets) {
          column[row] = jointNameValue(name, part);
        }
        const owner = emails.length === 0 ? undefined : ownerOf(name);
        for (const { index, column } of emails) {
          const form = owner && formOfReading(readings[index]?.[row] ?? null, owner);
          must(prepared.get(column), "forms are wanted columns")[row] = form ?? null;
        }
      }
    },
  };
}

function at<Value>(values: readonly Value[], index: number): Value {
  return must(values[index], "there is one for each reader");
}

function formOfReading(reading: FieldReading, owner: OwnerName): PreparedValue {
  const address = typeof reading === "string" ? null : reading?.[0];
  return typeof address === "string" ? emailForm(address, owner) : null;
}

function refuseDoubles(columns: readonly PreparedColumn[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) {
      throw new InvalidInputError(
        "linkage-columns-collide",
        `two fields of the model would both be prepared into the column "${name}"`,
        [],
        { hint: "give one of the fields another name" },
      );
    }
    seen.add(name);
  }
}
