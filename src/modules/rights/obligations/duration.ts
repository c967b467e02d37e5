/** ISO 8601 durations of whole units, added to an instant in UTC: years and months by the calendar. */
import { must } from "../../../kernel/index.ts";

const PARTS =
  /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/u;

/**
 * The instant a duration after another. A day that its month does not have becomes the month's last:
 * a month after 31 January is the end of February.
 * @param duration as waybills have it, for example `P30D`
 * @throws InvariantError when it is not one
 */
export function addDuration(from: Date, duration: string): Date {
  const [, ...texts] = must(PARTS.exec(duration), "durations were checked when they were applied");
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] =
    texts.map((text) => Number(text ?? 0));
  const moved = new Date(from);
  const day = moved.getUTCDate();
  moved.setUTCDate(1);
  moved.setUTCMonth(moved.getUTCMonth() + 12 * years + months);
  const last = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
  moved.setUTCDate(Math.min(day, last) + 7 * weeks + days);
  return new Date(moved.getTime() + 1000 * (seconds + 60 * (minutes + 60 * hours)));
}
