/**
 * What a preparation is made of. Most prepared columns follow from one field, and of names, days and places the
 * same come again and again: whoever prepares a million records prepares such a portion once for each value.
 */
import type { ModelField, PreparedColumn } from "../model/model.ts";
import { columnSources, type PreparationOptions } from "./preparation.ts";

/** Prepared columns that follow from the same fields: records that are equal in these are equal in them. */
export interface Portion {
  readonly fields: readonly ModelField[];
  readonly columns: readonly PreparedColumn[];
}

/**
 * The portions of the columns that are wanted: one for each field, which may be of no column, then one for each
 * combination of fields that a column follows from.
 * @throws InvalidInputError when two columns would have the same name
 */
export function portionsOf(
  fields: readonly ModelField[],
  { only }: PreparationOptions = {},
): readonly Portion[] {
  const portions = new Map<string, { fields: readonly ModelField[]; columns: PreparedColumn[] }>();
  const portionOf = (sources: readonly ModelField[]): { columns: PreparedColumn[] } => {
    const key = sources.map((field) => fields.indexOf(field)).join();
    const portion = portions.get(key) ?? { fields: sources, columns: [] };
    portions.set(key, portion);
    return portion;
  };
  fields.forEach((field) => portionOf([field]));
  for (const { column, fields: sources } of columnSources(fields)) {
    if (only?.has(column.name) ?? true) {
      portionOf(sources).columns.push(column);
    }
  }
  return [...portions.values()];
}

/** Several portions as one, of whatever follows from any of their fields in the order of the model. */
export function joined(portions: readonly Portion[], fields: readonly ModelField[]): Portion {
  const sources = new Set(portions.flatMap((portion) => portion.fields));
  return {
    fields: fields.filter((field) => sources.has(field)),
    columns: portions.flatMap(({ columns }) => columns),
  };
}
