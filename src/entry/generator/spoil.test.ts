import fc from "fast-check";
import { expect, test } from "vitest";
import { compactDay, dottedDay, isoDay, isoInstant } from "./calendar.ts";
import { Random } from "./random.ts";
import { spoilRow } from "./spoil.ts";

const day = fc.integer({ min: -14_000, max: 25_000 });

test("a spoiled row differs from the good one in exactly one thing: a date, a number or its width", () => {
  fc.assert(
    fc.property(day, fc.nat(99_999), fc.nat(), (date, cents, seed) => {
      const row = ["A-1", isoDay(date), String(cents / 100), "words"];
      const spoiled = spoilRow(row, { dates: [1], numbers: [2] }, new Random(seed));
      const differences = row.filter((value, at) => at < spoiled.length && spoiled[at] !== value);

      expect(differences.length + Math.abs(spoiled.length - row.length)).toBe(1);
      expect(row).toEqual(["A-1", isoDay(date), String(cents / 100), "words"]);
    }),
  );
});

test.each([
  ["DD.MM.YYYY", dottedDay, /^39\.\d\d\.\d{4}$/],
  ["YYYY-MM-DD", isoDay, /^\d{4}-\d\d-39$/],
  ["YYYYMMDD", compactDay, /^\d{6}39$/],
  ["an instant", (date: number) => isoInstant(date, 3_600), /^\d{4}-\d\d-39T01:00:00Z$/],
])("a spoiled date in the form of %s is the 39th of its month", (_, write, impossible) => {
  fc.assert(
    fc.property(day, fc.nat(), (date, seed) => {
      const [spoiled = ""] = spoilRow([write(date)], { dates: [0], numbers: [] }, new Random(seed));

      fc.pre(spoiled !== "" && spoiled !== write(date));
      expect(spoiled).toMatch(impossible);
    }),
  );
});

test("a spoiled number has a letter in it", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat(), (value, seed) => {
      const row = [String(value), "x"];
      const [spoiled = ""] = spoilRow(row, { dates: [], numbers: [0] }, new Random(seed));

      fc.pre(spoiled !== String(value));
      expect(Number(spoiled)).toBeNaN();
    }),
  );
});

test("an empty value is never what is spoiled", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const spoiled = spoilRow(["", ""], { dates: [0], numbers: [1] }, new Random(seed));

      expect(spoiled.length).not.toBe(2);
    }),
  );
});
