import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { Zone } from "./zone.ts";

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/Sao_Paulo",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Africa/Casablanca",
  "Pacific/Apia",
];

function localText(timeZone: string, utcMs: number): string {
  return new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).format(utcMs);
}

describe("a zone's clock", () => {
  test("agrees with Intl at any instant since 1950", () => {
    const zones = new Map(ZONES.map((name) => [name, new Zone(name)]));
    const second = fc.integer({ min: -631_152_000, max: 2_200_000_000 });

    fc.assert(
      fc.property(fc.constantFrom(...ZONES), second, (name, seconds) => {
        const utcMs = seconds * 1000;
        const local = utcMs + (zones.get(name)?.offset(utcMs) ?? Number.NaN);

        expect(new Date(local).toISOString().slice(0, 19).replace("T", " ")).toBe(
          localText(name, utcMs),
        );
      }),
      { numRuns: 300 },
    );
  });

  test("the first instant of any day shows that day, and the second before it the day before", () => {
    const zones = new Map(ZONES.map((name) => [name, new Zone(name)]));
    const day = fc
      .integer({ min: 0, max: 25_000 })
      .map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10));

    fc.assert(
      fc.property(fc.constantFrom(...ZONES), day, (name, date) => {
        // Samoa slept through this day when it moved across the date line.
        fc.pre(!(name === "Pacific/Apia" && date === "2011-12-30"));
        const start = Date.parse(zones.get(name)?.startOfDay(date) ?? "");

        expect(localText(name, start).slice(0, 10)).toBe(date);
        expect(localText(name, start - 1000).slice(0, 10) < date).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ["America/Sao_Paulo", "2017-10-15", "2017-10-15T03:00:00Z"],
    ["America/Havana", "2024-11-03", "2024-11-03T04:00:00Z"],
    ["America/Toronto", "1919-03-31", "1919-03-31T04:30:00Z"],
    ["Europe/Berlin", "2024-03-31", "2024-03-30T23:00:00Z"],
  ])("in %s the day %s begins at %s", (name, day, instant) => {
    expect(new Zone(name).startOfDay(day)).toBe(instant);
  });
});
