/** The days of agreements: they begin and end where the client is (docs/waybill.md). Pure, and without dependencies. */

/** By time zone; making a formatter takes a hundred times as long as using it. There are some 600 zones. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/** The day at `instant` in an IANA time zone, as `YYYY-MM-DD`. */
export function localDate(instant: Date, timeZone: string): string {
  const formatter = formatters.get(timeZone) ?? dayFormatter(timeZone);
  formatters.set(timeZone, formatter);
  const parts = formatter.formatToParts(instant);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
  return `${part("year").padStart(4, "0")}-${part("month")}-${part("day")}`;
}

function dayFormatter(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-u-ca-iso8601", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
}

/** An agreement as far as its days go; both are included. */
export interface AgreementDays {
  readonly from: string;
  readonly until: string;
}

/** Whether the agreement is in force on a day, and if not, which way it is missed. */
export function agreementState(
  { from, until }: AgreementDays,
  day: string,
): "in-force" | "not-yet" | "ended" {
  if (day < from) {
    return "not-yet";
  }
  return day > until ? "ended" : "in-force";
}
