import type { DatesWritten, ModelField } from "../model/model.ts";
import { dateOrderOf, readDate, suspectDays, type DateOrder } from "./date.ts";

/**
 * The fields, dates with how they are written. It is decided once from many values and kept with the
 * field, so that a record that arrives alone is read as the others were. Day or month first: what the
 * values say (a part above 12 is a day), else the usage of the field's country, else day first. A
 * well-known default is a placeholder when it comes at least {@link FEWEST} times and {@link TOO_OFTEN}
 * times as often as the average day.
 */
export function withDatesWritten(
  fields: readonly ModelField[],
  columns: ReadonlyMap<string, readonly (string | null)[]>,
): readonly ModelField[] {
  return fields.map((field) => {
    if (field.kind !== "date") {
      return field;
    }
    const values = field.columns.flatMap((column) => columns.get(column) ?? []);
    const order = dateOrderOf(values) ?? usualOrder(field.country);
    return { ...field, dates: { order, placeholderDays: overfull(values, order) } };
  });
}

/** How the dates of a field are written, where nobody has looked by the usage of its country. */
export function datesOf({ dates, country }: ModelField): DatesWritten {
  return dates ?? { order: usualOrder(country), placeholderDays: [] };
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
