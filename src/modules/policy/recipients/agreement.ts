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
