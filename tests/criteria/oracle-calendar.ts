/** The oracle's calendar: instants are microseconds in a bigint, dates their text. */

/** Microseconds since 1970 of an RFC 3339 text in UTC with three or six digits of seconds. */
export function micros(text: string): bigint {
  const fine = /\.\d{3}(\d{3})Z$/.exec(text)?.[1] ?? "000";
  return BigInt(Date.parse(`${text.slice(0, 23)}Z`)) * 1_000n + BigInt(fine);
}

const formats = new Map<string, Intl.DateTimeFormat>();

export function localDate(instant: bigint, timeZone: string): string {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat("sv-SE", {
      timeZone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    });
  formats.set(timeZone, format);
  // Downwards also before 1970, where BigInt division goes towards zero.
  const ms = Number((instant - (((instant % 1_000n) + 1_000n) % 1_000n)) / 1_000n);
  return format.format(new Date(ms)).padStart(10, "0");
}

const starts = new Map<string, bigint>();

export function startOfDay(date: string, timeZone: string): bigint {
  const key = `${date} ${timeZone}`;
  const known = starts.get(key);
  if (known !== undefined) {
    return known;
  }
  // Every quarter of an hour: no zone of the tests begins its days anywhere else in these years. Before
  // standard time, local mean time has seconds, so the search goes on in seconds.
  let ms = Date.parse(`${date}T00:00:00Z`) - 86_400_000;
  for (const step of [900_000, 1_000]) {
    while (localDate(BigInt(ms + step) * 1_000n, timeZone) < date) {
      ms += step;
    }
  }
  const start = BigInt(ms + 1_000) * 1_000n;
  starts.set(key, start);
  return start;
}

export function ageOn(day: string, born: string): number {
  const [year = 0, birthYear = 0] = [day, born].map((text) => Number(text.slice(0, 4)));
  return year - birthYear - (day.slice(5) < born.slice(5) ? 1 : 0);
}

export function monthsBefore(date: string, months: number): string {
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  const first = new Date(Date.UTC(year, month - 1 - months, 1));
  const length = new Date(
    Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0),
  ).getUTCDate();
  first.setUTCDate(Math.min(day, length));
  return first.toISOString().slice(0, 10);
}
