import type { FieldKind, ModelField } from "../model/model.ts";
import { dateOrderOf, readDate, suspectDays, type DateOrder } from "./date.ts";
import type { Writing } from "./readers.ts";

/**
 * How the dates of a field are written. Decided once from many values and kept with the model, so that a
 * record that arrives alone is read as the others were.
 */
export interface DateWriting {
  readonly field: string;
  readonly order: DateOrder;
  /** `yyyymmdd` of well-known defaults that come far too often to be true. */
  readonly placeholderDays: readonly string[];
}

/**
 * Looks at the dates of a file. Day or month first: what the values say (a part above 12 is a day), else
 * the usage of the field's country, else day first. A known default is a placeholder when it comes at
 * least {@link FEWEST} times and more than {@link TOO_OFTEN} times as often as the average day.
 */
export function dateWritings(
  fields: readonly ModelField[],
  columns: ReadonlyMap<string, readonly (string | null)[]>,
): readonly DateWriting[] {
  return fields
    .filter(({ kind }: { kind: FieldKind }) => kind === "date")
    .map((field) => {
      const values = field.columns.flatMap((column) => columns.get(column) ?? []);
      const order = dateOrderOf(values) ?? usualOrder(field.country);
      return { field: field.name, order, placeholderDays: overfull(values, order) };
    });
}

/** How a field is written where nobody has looked. */
export function writingOf(field: ModelField, known: readonly DateWriting[]): Writing {
  const writing = known.find((candidate) => candidate.field === field.name);
  return {
    dateOrder: writing?.order ?? usualOrder(field.country),
    placeholderDays: new Set(writing?.placeholderDays),
  };
}

const FEWEST = 5;
const TOO_OFTEN = 20;

/** Where the month comes first: the United States and those that follow them. */
const monthFirst: ReadonlySet<string> = new Set([
  "US",
  "PH",
  "PW",
  "FM",
  "MH",
  "GU",
  "PR",
  "AS",
  "VI",
]);

function usualOrder(country: string | undefined): DateOrder {
  return monthFirst.has(country ?? "") ? "month-day" : "day-month";
}

function overfull(values: readonly (string | null)[], order: DateOrder): readonly string[] {
  const counts = new Map<string, number>();
  let all = 0;
  for (const value of values) {
    const date = value === null ? "unreadable" : readDate(value, order, new Set());
    if (typeof date !== "string" && date.text !== null) {
      counts.set(date.text, (counts.get(date.text) ?? 0) + 1);
      all += 1;
    }
  }
  const most = Math.max(FEWEST, (TOO_OFTEN * all) / Math.max(1, counts.size));
  return suspectDays.filter((day) => (counts.get(day) ?? 0) >= most);
}
