/** How the values of a field are divided, and what the divisions are called. */
import type { DateUnit, FieldGrouping } from "../store/distribution.ts";

/**
 * Quantiles as bounds that people read: rounded to two digits, each once, ascending. Rounded also because
 * a quantile is the value of one row, which is nobody's business who may see counts only.
 */
export function wholeBounds(quantiles: readonly string[]): readonly string[] {
  const rounded = quantiles.map((quantile) => Number(Number(quantile).toPrecision(2)));
  return [...new Set(rounded)].sort((a, b) => a - b).map(plain);
}

/** Without an exponent, which PostgreSQL reads but people do not. */
function plain(value: number): string {
  return value.toLocaleString("en", { useGrouping: false, maximumFractionDigits: 20 });
}

/** The unit of which so many years have no more than some tens. */
export function unitFor(years: number): DateUnit {
  if (years > 30) {
    return "decade";
  }
  return years > 2 ? "year" : "month";
}

/** What a value, or the key of a division, is called. */
export function labelOf(value: string, grouping: FieldGrouping): string {
  switch (grouping.kind) {
    case "values":
    case "list":
      return value;
    case "ranges":
      return rangeLabel(Number(value), grouping.bounds);
    case "dates":
      return dateLabel(value, grouping.unit);
  }
}

/** @param place how many of the bounds are not above the values */
function rangeLabel(place: number, bounds: readonly string[]): string {
  const [from, to] = [bounds[place - 1], bounds[place]];
  if (from === undefined) {
    return to === undefined ? "any value" : `below ${to}`;
  }
  return to === undefined ? `${from} and above` : `${from} to below ${to}`;
}

/** @param date the first day of the unit, as PostgreSQL writes it */
function dateLabel(date: string, unit: DateUnit): string {
  const isBefore = date.endsWith(" BC");
  const [year = "", month = ""] = date.split("-");
  const named = { decade: `${year}s`, year, month: `${year}-${month}` }[unit];
  return isBefore ? `${named} BC` : named;
}
