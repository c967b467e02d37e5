import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dateOrderOf, readDate } from "./date.ts";
import { withDatesWritten } from "./date-writing.ts";

const none: ReadonlySet<string> = new Set();

describe("dates", () => {
  test.each([
    "1987-03-21",
    "1987/3/21",
    "1987-03-21T00:00:00Z",
    "1987-03-21 00:00:00",
    "19870321",
    "21.03.1987",
    "21/3/87",
    "3/21/1987",
    "21-03-1987",
    "21 Mar 1987",
    "21. März 1987",
    "March 21st, 1987",
    "21 mars 1987",
    "21 de marzo de 1987",
  ])("%s is the 21st of March 1987, whatever the order of the column", (value) => {
    const expected = { days: 6288, text: "19870321", year: 1987 };

    expect(readDate(value, "day-month", none)).toEqual(expected);
    expect(readDate(value, "month-day", none)).toEqual(expected);
  });

  test("where both parts could be either, the order of the column decides", () => {
    expect(readDate("04/03/1987", "day-month", none)).toMatchObject({ text: "19870304" });
    expect(readDate("04/03/1987", "month-day", none)).toMatchObject({ text: "19870403" });
  });

  test("every day from 1000 to 2199 is read back from its ISO form", () => {
    const from = Date.UTC(1000, 0, 1) / 86_400_000;
    const to = Date.UTC(2199, 11, 31) / 86_400_000;
    fc.assert(
      fc.property(fc.integer({ min: from, max: to }), (days) => {
        const text = new Date(days * 86_400_000).toISOString().slice(0, 10);
        fc.pre(!["1900-01-01", "1753-01-01", "1601-01-01", "1111-11-11"].includes(text));
        fc.pre(!text.startsWith("1899-12-3"));

        expect(readDate(text, "day-month", none)).toMatchObject({ days });
      }),
    );
  });

  test("a year, or a year and month, is a year and no day", () => {
    expect(readDate("1950", "day-month", none)).toEqual({ days: null, text: null, year: 1950 });
    expect(readDate("1950-07", "day-month", none)).toEqual({ days: null, text: null, year: 1950 });
  });

  test("a day that no calendar has keeps its digits and has no number", () => {
    expect(readDate("1956-02-31", "day-month", none)).toEqual({
      days: null,
      text: "19560231",
      year: 1956,
    });
  });

  test.each(["1900-01-01", "0000-00-00", "9999-12-31", "0001-01-01", "00000000", "30.12.1899"])(
    "%s is nobody's date",
    (value) => {
      expect(readDate(value, "day-month", none)).toBe("placeholder-date");
    },
  );

  test.each(["soon", "12", "1/2/3/4", "N/A"])("%s is no date", (value) => {
    expect(readDate(value, "day-month", none)).toBe("unreadable");
  });

  test("years of two digits are those from 1930 to 2029", () => {
    expect(readDate("1.2.29", "day-month", none)).toMatchObject({ year: 2029 });
    expect(readDate("1.2.30", "day-month", none)).toMatchObject({ year: 1930 });
  });
});

describe("how a column of dates is written", () => {
  const field = { name: "dob", kind: "date", columns: ["dob"] } as const;

  function written(values: readonly (string | null)[], country?: string): unknown {
    return withDatesWritten([{ ...field, country }], new Map([["dob", values]]))[0]?.dates;
  }

  test("a part above 12 is a day, and most values win", () => {
    expect(dateOrderOf(["03/04/1987", "03/21/1987", null])).toBe("month-day");
    expect(dateOrderOf(["03/04/1987", "21/03/1987"])).toBe("day-month");
    expect(dateOrderOf(["13/04/87", "14/04/87", "04/13/87"])).toBe("day-month");
  });

  test("where no value tells, the country does, and without one the day comes first", () => {
    expect(written(["03/04/1987"], "US")).toMatchObject({ order: "month-day" });
    expect(written(["03/04/1987"], "DE")).toMatchObject({ order: "day-month" });
    expect(written(["03/04/1987"])).toMatchObject({ order: "day-month" });
  });

  test("a known default that comes far too often is a placeholder, a rare one is a birthday", () => {
    const days = Array.from({ length: 300 }, (_, day) =>
      new Date(day * 86_400_000 * 31).toISOString().slice(0, 10),
    );
    const often = Array.from({ length: 40 }, () => "1970-01-01");

    expect(written([...days, ...often])).toMatchObject({ placeholderDays: ["19700101"] });
    expect(written(days)).toMatchObject({ placeholderDays: [] });
  });
});
