/** What an agreement with a recipient allows: the limits before any policy. Its days are those of waybills. */
import { coversKey } from "../../contracts/index.ts";
import type { Agreement } from "./recipient.ts";

/** How many days are left after a day: 0 on the last one, negative when it has ended. */
export function daysLeft({ until }: Pick<Agreement, "until">, day: string): number {
  return Math.round((Date.parse(until) - Date.parse(day)) / 86_400_000);
}

/** Whether data may be used for a purpose: one of those agreed, or beneath one. */
export function allowsPurpose({ purposes }: Pick<Agreement, "purposes">, purpose: string): boolean {
  return purposes.some((agreed) => coversKey(agreed, purpose));
}

/** Whether data of a category may be had: one of those agreed, or beneath one. Data of no category may not. */
export function allowsCategory(
  { categories }: Pick<Agreement, "categories">,
  category: string | undefined,
): boolean {
  return category !== undefined && categories.some((agreed) => coversKey(agreed, category));
}

/**
 * Whether an ISO 8601 duration is longer than another for certain, whatever months and years they fall
 * on: P31D against P1M is not, since a month can have 31 days.
 */
export function isLonger(duration: string, limit: string): boolean {
  return days(duration).least > days(limit).most;
}

/** The fewest and the most days that a duration can take, parts of days included. */
function days(duration: string): { readonly least: number; readonly most: number } {
  const [date = "", time = ""] = duration.slice(1).split("T");
  const amount = (text: string, unit: string): number =>
    Number(new RegExp(`(\\d+)${unit}`, "u").exec(text)?.[1] ?? 0);
  const months = amount(date, "Y") * 12 + amount(date, "M");
  const hours = amount(time, "H") + amount(time, "M") / 60 + amount(time, "S") / 3600;
  const exact = amount(date, "W") * 7 + amount(date, "D") + hours / 24;
  // Twelve months have 365 or 366 days; a few months at least 28 each, at most 31.
  const years = Math.floor(months / 12);
  const rest = months % 12;
  return {
    least: years * 365 + rest * 28 + exact,
    most: years * 366 + Math.min(rest * 31, 366) + exact,
  };
}
