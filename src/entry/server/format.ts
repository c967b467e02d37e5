/** Figures and instants as the overview writes them. */
import type { JobProgress } from "../../platform/jobs/index.ts";
import { html, type Html } from "./html.ts";

/** A number with its noun: `1 client`, `7,043 clients`. */
export function count(number: number | bigint, noun: string): string {
  return `${number.toLocaleString("en-GB")} ${noun}${Number(number) === 1 ? "" : "s"}`;
}

/** An instant in a time zone, to the minute: `21 Nov 2026, 23:30`. */
export function instant(at: Date, timeZone: string): Html {
  const text = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  }).format(at);
  return html`<time datetime="${at.toISOString()}">${text}</time>`;
}

/** How much is done, in whole percent; undefined while the total is not known. */
export function share({ done, total }: JobProgress): number | undefined {
  if (total === undefined) {
    return undefined;
  }
  return total === 0 ? 100 : Math.min(100, Math.floor((100 * done) / total));
}
