import type { FieldKind, ModelField } from "../model/model.ts";
import { CONSTANT, meaningOfColumn } from "./column-kind.ts";
import { profileOf, type ColumnProfile } from "./column-profile.ts";
import { withDatesWritten } from "./date-writing.ts";
import { headerWords, meaningOfHeader, type HeaderMeaning } from "./header.ts";

/** What is known beforehand of a file. */
export interface FieldHints {
  /** By column: what it is, or that it is no field. */
  readonly kinds?: ReadonlyMap<string, FieldKind | "ignored"> | undefined;
  /** ISO 3166-1 alpha-2: where most records are from. */
  readonly country?: string | undefined;
}

/** A column that is no field, and why, in words that follow the column's name. */
export interface IgnoredColumn {
  readonly column: string;
  readonly reason: string;
}

export interface DetectedFields {
  readonly fields: readonly ModelField[];
  readonly ignored: readonly IgnoredColumn[];
}

/**
 * Finds what each column of a file is, from its name and its values, without configuration.
 * @param sample values by column in the order of the file: all of a small file, some 10,000 records
 *   spread over a large one
 */
export function detectFields(
  sample: ReadonlyMap<string, readonly (string | null)[]>,
  hints: FieldHints = {},
): DetectedFields {
  const columns = [...sample].map(([column, values]) => lookAt(column, values, hints));
  const settled = withFamilyName(withNames(withoutConstants(columns)));
  const fields = fieldsOf(settled, hints.country);
  const used = new Set(fields.flatMap((field) => field.columns));
  return {
    fields: withDatesWritten(fields, sample),
    ignored: settled
      .filter(({ column }) => !used.has(column))
      .map(({ column, meaning }) => ({
        column,
        reason: meaning.kind === "ignored" ? meaning.reason : "the other coordinate is missing",
      })),
  };
}

interface Column {
  readonly column: string;
  readonly profile: ColumnProfile;
  readonly meaning: HeaderMeaning;
}

function lookAt(column: string, values: readonly (string | null)[], hints: FieldHints): Column {
  const profile = profileOf(values);
  const hint = hints.kinds?.get(column);
  if (hint !== undefined) {
    const meaning: HeaderMeaning =
      hint === "ignored"
        ? { kind: "ignored", reason: "it was said to be no field" }
        : { kind: hint };
    return { column, profile, meaning };
  }
  return { column, profile, meaning: meaningOfColumn(meaningOfHeader(column), profile) };
}

/** Where every record is the same there is nothing but constants, and they are all that can be compared. */
function withoutConstants(columns: readonly Column[]): readonly Column[] {
  return columns.some(({ meaning }) => meaning.kind !== "ignored")
    ? columns
    : columns.map((one) => {
        const header = meaningOfHeader(one.column);
        const isConstant = one.meaning.kind === "ignored" && one.meaning.reason === CONSTANT;
        return isConstant && header !== undefined && !isNumber(header)
          ? { ...one, meaning: header }
          : one;
      });
}

function isNumber({ kind }: HeaderMeaning): boolean {
  return kind === "own-number" || kind === "group-number";
}

/** `name` is what the other columns leave: with a given name beside it a family name, alone a full one. */
function withNames(columns: readonly Column[]): readonly Column[] {
  const has = (kind: FieldKind): boolean => columns.some(({ meaning }) => meaning.kind === kind);
  const [hasGiven, hasFamily] = [has("given-name"), has("family-name")];
  return columns.map((one) => {
    if (one.meaning.kind !== "some-name") {
      return one;
    }
    const kind = hasGiven === hasFamily ? "full-name" : hasGiven ? "family-name" : "given-name";
    return { ...one, meaning: { kind } };
  });
}

/** Beside given names, a first column of single words that are mostly different is the family name. */
function withFamilyName(columns: readonly Column[]): readonly Column[] {
  const kinds = new Set(columns.map(({ meaning }) => meaning.kind));
  if (!kinds.has("given-name") || kinds.has("family-name") || kinds.has("full-name")) {
    return columns;
  }
  const family = columns.find(
    ({ meaning, profile }) =>
      meaning.kind === "text" && profile.meanWords < 1.5 && profile.distinct >= profile.filled / 10,
  );
  return columns.map((one) =>
    one === family ? { ...one, meaning: { kind: "family-name" } } : one,
  );
}

/** Several columns of these are one field; the name is the field's. */
const gathered: ReadonlyMap<string, string> = new Map([
  ["full-name", "full_name"],
  ["company-name", "company"],
  ["phone", "phone"],
  ["email", "email"],
  ["street-address", "address"],
]);

function fieldsOf(columns: readonly Column[], country: string | undefined): readonly ModelField[] {
  const names = new Set<string>();
  return groupsOf(columns).map(({ kind, columns: [first = "", ...more] }) => {
    const wanted =
      more.length === 0 ? fieldName(first, kind) : (gathered.get(kind) ?? "coordinates");
    const name = freeName(wanted, names);
    names.add(name);
    const field = { name, kind, columns: [first, ...more] };
    return country !== undefined && countryMatters.has(kind) ? { ...field, country } : field;
  });
}

const countryMatters: ReadonlySet<FieldKind> = new Set(["phone", "postal-code", "date"]);

interface Group {
  readonly kind: FieldKind;
  readonly columns: readonly string[];
}

function groupsOf(columns: readonly Column[]): readonly Group[] {
  const groups: { kind: FieldKind; columns: string[] }[] = [];
  const latitudes = columns.filter(({ meaning }) => meaning.kind === "latitude");
  const longitudes = columns.filter(({ meaning }) => meaning.kind === "longitude");
  for (const { column, meaning } of columns) {
    const { kind } = meaning;
    if (
      kind === "ignored" ||
      kind === "longitude" ||
      kind === "some-name" ||
      kind === "own-number" ||
      kind === "group-number"
    ) {
      continue;
    }
    const open = gathered.has(kind) ? groups.find((group) => group.kind === kind) : undefined;
    if (open !== undefined) {
      open.columns.push(column);
    } else if (kind !== "latitude") {
      groups.push({ kind, columns: [column] });
    } else {
      const east = longitudes[latitudes.findIndex((north) => north.column === column)];
      groups.push(...(east === undefined ? [] : [coordinatesOf(column, east.column)]));
    }
  }
  return groups;
}

function coordinatesOf(
  latitude: string,
  longitude: string,
): { kind: FieldKind; columns: string[] } {
  return { kind: "coordinates", columns: [latitude, longitude] };
}

/** `name` alone would be taken for the name put together from all fields. */
function fieldName(column: string, kind: FieldKind): string {
  const words = headerWords(column);
  const name = /^[a-z]/.test(words) ? words : `f_${words}`;
  return words === "name" || words === "" ? kind.replaceAll("-", "_") : name;
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) {
    name = `${wanted}_${number}`;
  }
  return name;
}
