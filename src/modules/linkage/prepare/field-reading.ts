import type { ModelField, PreparedColumn, PreparedValue } from "../model/model.ts";
import { remembering } from "./memory.ts";
import type { Part, Reader, ReadParts, SetAsideReason } from "./reader.ts";
import { readerOf } from "./readers.ts";

/** A field of one record: its parts, why there are none, or null where nothing was given. */
export type FieldReading = ReadParts | null;

/** How a field is read from its columns. */
export interface FieldReader {
  readonly field: ModelField;
  readonly columns: readonly PreparedColumn[];
  /** `values` are those of the field's columns, in their order. */
  read(values: readonly (string | null)[]): FieldReading;
}

/**
 * Reads a field from one column, from several that are one value (lines of an address, latitude and
 * longitude), or from several that are a value each: texts and numbers are then those of the first
 * value that can be read, lists hold what is in any, and `FIELD__all` has every value.
 */
export function fieldReader(field: ModelField): FieldReader {
  const reader = readerOf(field);
  const isSeveral = field.columns.length > 1 && reader.joint === undefined;
  const parts = isSeveral ? [...reader.parts, everyValue] : reader.parts;
  const read = reader.isRepetitive
    ? remembering((text) => reader.read(text))
    : (text: string) => reader.read(text);
  return {
    field,
    columns: parts.map(({ name, type }) => ({ name: columnName(field, name), type })),
    read: isSeveral ? severalValues(reader, read) : oneValue(read, reader.joint),
  };
}

const everyValue: Part = { name: "all", type: "list" };

function columnName(field: ModelField, part: string): string {
  return part === "" ? field.name : `${field.name}__${part}`;
}

type ReadText = (text: string) => ReadParts;
type ReadValues = (values: readonly (string | null)[]) => FieldReading;

function oneValue(read: ReadText, joint: string | undefined): ReadValues {
  return (values) => {
    const text = values.length === 1 ? values[0] : joinedText(values, joint);
    return text === null || text === undefined || text === "" ? null : read(text);
  };
}

/** What is missing is left out: an address has as many lines as it has, and half a coordinate cannot be read. */
function joinedText(values: readonly (string | null)[], joint = ""): string | null {
  const given = values.filter((value) => value !== null && value !== "");
  return given.length === 0 ? null : given.join(joint);
}

function severalValues(reader: Reader, read: ReadText): ReadValues {
  const textPart = reader.parts.findIndex(({ type }) => type === "text");
  return (values) => {
    const found: (readonly PreparedValue[])[] = [];
    let aside: SetAsideReason | null = null;
    for (const value of values) {
      const reading = value === null || value === "" ? null : read(value);
      if (typeof reading === "string") {
        aside ??= reading;
      } else if (reading !== null) {
        found.push(reading);
      }
    }
    const [first] = found;
    return first === undefined ? aside : [...merged(first, found), everyText(found, textPart)];
  };
}

function merged(
  first: readonly PreparedValue[],
  all: readonly (readonly PreparedValue[])[],
): readonly PreparedValue[] {
  return all.length === 1
    ? first
    : first.map((value, part) => (isList(value) ? union(all.map((parts) => parts[part])) : value));
}

function everyText(
  all: readonly (readonly PreparedValue[])[],
  textPart: number,
): readonly string[] | null {
  const texts = union(all.map((parts) => parts[textPart]));
  return texts.length === 0 ? null : texts;
}

function union(values: readonly (PreparedValue | undefined)[]): readonly string[] {
  const items = values.flatMap((value) =>
    isList(value) ? value : typeof value === "string" ? [value] : [],
  );
  return [...new Set(items)].toSorted();
}

function isList(value: PreparedValue | undefined): value is readonly string[] {
  return Array.isArray(value);
}
