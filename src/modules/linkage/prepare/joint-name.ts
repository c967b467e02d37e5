/**
 * The person's name put together from all fields that hold a part of it, so that a record with a given
 * and a family name can be compared with one that has both in one field, whatever the file.
 */
import { must } from "../../../kernel/index.ts";
import type { ModelField, PreparedColumn, PreparedType, PreparedValue } from "../model/model.ts";
import type { FieldReader, FieldReading } from "./field-reading.ts";

/** The columns `name__PART` where the fields hold a person's name, none otherwise. */
export function jointNameColumns(fields: readonly ModelField[]): readonly PreparedColumn[] {
  return jointNameSources(fields).map(({ column }) => column);
}

/**
 * The columns of {@link jointNameColumns}, each with the fields that it follows from. Where a field holds full
 * names, every part depends on whether the others have a value, and so follows from all of them.
 */
export function jointNameSources(fields: readonly ModelField[]): readonly ColumnSource[] {
  const personal = fields.filter(isPersonal);
  const isParted = personal.every(({ kind }) => kind !== "full-name");
  return personal.length === 0
    ? []
    : jointParts.map(({ part, type, kind }) => {
        const own = isParted ? personal.filter((field) => field.kind === kind) : [];
        const column = { name: `name__${part}`, type };
        return { column, fields: own.length === 0 ? personal : own };
      });
}

/** A prepared column, and the fields that it follows from: records that are equal in these are equal in it. */
export interface ColumnSource {
  readonly column: PreparedColumn;
  readonly fields: readonly ModelField[];
}

/** Whether a field holds the name of a person or a part of it. */
export function isPersonal({ kind }: ModelField): boolean {
  return kind === "given-name" || kind === "family-name" || kind === "full-name";
}

/**
 * The values of the wanted columns of the joint name, each as a function of what was read from the
 * record's name fields, in the order of `readers`.
 */
export function openJointName(
  readers: readonly FieldReader[],
): (readings: readonly FieldReading[]) => NameReadings {
  const sources = readers.map((reader) => ({ reader, at: partIndex(reader) }));
  return (readings) => {
    const found: NameReading[] = [];
    for (const [index, source] of sources.entries()) {
      const parts = readings[index];
      if (typeof parts !== "string" && parts !== null && parts !== undefined) {
        found.push({ kind: source.reader.field.kind, parts, at: source.at });
      }
    }
    const given = found.find(({ kind }) => kind === "given-name");
    const family = found.find(({ kind }) => kind === "family-name");
    const full = found.find(({ kind }) => kind === "full-name");
    return {
      given,
      family,
      full,
      isSplit: given !== undefined || family !== undefined,
      all: found,
    };
  };
}

/** The value of a part of the joint name; `part` is the place in {@link jointNameColumns}. */
export function jointNameValue(name: NameReadings, part: number): PreparedValue {
  return must(jointParts[part], "parts are numbered as their columns are").of(name);
}

/** What an address may be made from. Folded, as names are. */
export interface OwnerName {
  readonly given: string | null;
  readonly family: string | null;
}

export function ownerOf(name: NameReadings): OwnerName {
  const [given, family] = [givenText(name), familyText(name)];
  return {
    given: typeof given === "string" ? given : null,
    family: typeof family === "string" ? family : null,
  };
}

type PartIndex = ReadonlyMap<string, number>;

interface NameReading {
  readonly kind: string;
  readonly parts: readonly PreparedValue[];
  readonly at: PartIndex;
}

/** What one record has of a name: the first field of each kind with a value, and all fields with one. */
interface NameReadings {
  readonly given: NameReading | undefined;
  readonly family: NameReading | undefined;
  readonly full: NameReading | undefined;
  /** With a given or a family name of its own, a record takes neither from its full name. */
  readonly isSplit: boolean;
  readonly all: readonly NameReading[];
}

const jointParts: readonly {
  readonly part: string;
  readonly type: PreparedType;
  /** The fields that the part follows from where no field holds full names; all where none is said. */
  readonly kind?: "given-name" | "family-name";
  readonly of: (name: NameReadings) => PreparedValue;
}[] = [
  { part: "given", type: "text", kind: "given-name", of: givenText },
  {
    part: "given_initial",
    type: "text",
    kind: "given-name",
    of: ofGiven("initial", "given_initial"),
  },
  { part: "given_sound", type: "text", kind: "given-name", of: ofGiven("sound", "given_sound") },
  { part: "given_nick", type: "list", kind: "given-name", of: ofGiven("nick", "given_nick") },
  { part: "given_own", type: "list", kind: "given-name", of: ofGiven("own", "given_own") },
  { part: "family", type: "text", kind: "family-name", of: familyText },
  {
    part: "family_sound",
    type: "text",
    kind: "family-name",
    of: ofFamily("sound", "family_sound"),
  },
  {
    part: "suffix",
    type: "text",
    of: ({ given, family, full }) =>
      value(family, "suffix") ?? value(given, "suffix") ?? value(full, "suffix"),
  },
  { part: "full", type: "text", of: wholeText },
  { part: "tokens", type: "list", of: ({ all }) => unlessEmpty(tokensOf(all)) },
  { part: "rest", type: "list", of: restOf },
];

function givenText(name: NameReadings): PreparedValue {
  return ofGiven("", "given")(name);
}

function familyText(name: NameReadings): PreparedValue {
  return ofFamily("", "family")(name);
}

function ofGiven(part: string, partOfFull: string): (name: NameReadings) => PreparedValue {
  return ({ given, full, isSplit }) => (isSplit ? value(given, part) : value(full, partOfFull));
}

function ofFamily(part: string, partOfFull: string): (name: NameReadings) => PreparedValue {
  return ({ family, full, isSplit }) => (isSplit ? value(family, part) : value(full, partOfFull));
}

function wholeText(name: NameReadings): PreparedValue {
  const given = givenText(name);
  const family = familyText(name);
  if (typeof given === "string" && typeof family === "string") {
    return `${given} ${family}`;
  }
  return given ?? family;
}

/** What further fields and the middle of a full name add to given and family name. */
function restOf(name: NameReadings): PreparedValue {
  const { all, given, family, full } = name;
  const isAll = full === undefined && all.every((one) => one === given || one === family);
  if (isAll) {
    return null;
  }
  const own = new Set(tokensOf([given, family].filter((part) => part !== undefined)));
  const [givenName, familyName] = [givenText(name), String(familyText(name) ?? "")];
  return unlessEmpty(
    tokensOf(all).filter(
      (token) => !own.has(token) && token !== givenName && !familyName.endsWith(token),
    ),
  );
}

function tokensOf(names: readonly NameReading[]): readonly string[] {
  const tokens = new Set<string>();
  for (const name of names) {
    const list = value(name, "tokens");
    for (const token of Array.isArray(list) ? list : []) {
      tokens.add(token);
    }
  }
  return [...tokens].toSorted();
}

function value(name: NameReading | undefined, part: string): PreparedValue {
  const index = name?.at.get(part);
  return index === undefined ? null : (name?.parts[index] ?? null);
}

function unlessEmpty(items: readonly string[]): readonly string[] | null {
  return items.length === 0 ? null : items;
}

function partIndex({ field, columns }: FieldReader): PartIndex {
  return new Map(columns.map(({ name }, index) => [name.slice(field.name.length + 2), index]));
}
