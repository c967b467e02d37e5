import fc from "fast-check";
import { expect, test } from "vitest";
import {
  compactDay,
  dayOf,
  dottedDay,
  isoDay,
  isoInstant,
  officeSecond,
  Season,
  SERVICE,
  SHOPPING,
} from "./calendar.ts";
import { Random } from "./random.ts";

const FROM = dayOf(new Date("2025-01-01"));
const UNTIL = dayOf(new Date("2025-12-31"));

function daysOf(season: Season, count: number): number[] {
  const random = new Random(3);
  return Array.from({ length: count }, () => season.pick(random));
}

test("the three ways to write a day name the same day", () => {
  fc.assert(
    fc.property(fc.integer({ min: -20_000, max: 40_000 }), (day) => {
      const iso = isoDay(day);
      const [year, month, dayOfMonth] = iso.split("-");

      expect(dayOf(new Date(iso))).toBe(day);
      expect(compactDay(day)).toBe(`${year}${month}${dayOfMonth}`);
      expect(dottedDay(day)).toBe(`${dayOfMonth}.${month}.${year}`);
    }),
  );
});

test("an instant is what the calendar of the language makes of it, also past midnight", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 30_000 }), fc.nat(400_000), (day, second) => {
      const instant = new Date((day * 86_400 + second) * 1000).toISOString();

      expect(isoInstant(day, second)).toBe(instant.replace(".000", ""));
    }),
  );
});

test("office hours stay within their day", () => {
  const random = new Random(4);
  const seconds = Array.from({ length: 20_000 }, () => officeSecond(random));

  expect(
    seconds.every((second) => Number.isInteger(second) && second >= 0 && second < 86_400),
  ).toBe(true);
});

test("no day lies before the earliest or after the last, and both can be drawn", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(5), fc.integer({ min: -3, max: 8 }), (seed, length, ahead) => {
      const season = new Season(FROM, FROM + length, SHOPPING);
      const random = new Random(seed);
      const earliest = Math.min(Math.max(FROM + ahead, FROM), FROM + length);
      const found = new Set(Array.from({ length: 300 }, () => season.pick(random, FROM + ahead)));

      expect(Math.min(...found)).toBe(earliest);
      expect(Math.max(...found)).toBe(FROM + length);
    }),
    { numRuns: 50 },
  );
});

test("shops are busiest in Advent and on Saturdays, and nearly still on Christmas Day", () => {
  const days = daysOf(new Season(FROM, UNTIL, SHOPPING), 100_000);
  const share = (holds: (iso: string, day: number) => boolean) =>
    days.filter((day) => holds(isoDay(day), day)).length / days.length;
  const advent = share((iso) => iso >= "2025-12-01" && iso <= "2025-12-24");
  const saturdays = share((_, day) => new Date(day * 86_400_000).getUTCDay() === 6);
  const mondays = share((_, day) => new Date(day * 86_400_000).getUTCDay() === 1);

  expect(advent).toBeGreaterThan(2 * (24 / 365));
  expect(saturdays / mondays).toBeCloseTo(1.45 / 0.85, 0.7);
  expect(share((iso) => iso === "2025-12-25")).toBeLessThan(0.3 / 365);
});

test("call centres are busiest on Mondays", () => {
  const days = daysOf(new Season(FROM, UNTIL, SERVICE), 50_000);
  const counts = Array.from(
    { length: 7 },
    (_, weekday) => days.filter((day) => new Date(day * 86_400_000).getUTCDay() === weekday).length,
  );

  expect(counts.indexOf(Math.max(...counts))).toBe(1);
  expect(counts.indexOf(Math.min(...counts))).toBe(0);
});
