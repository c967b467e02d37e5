import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { Field, FieldType } from "../../contracts/index.ts";
import { scaled, unscaled } from "../normalise/number.ts";
import { Rejection } from "../normalise/outcome.ts";
import { Zone } from "../normalise/zone.ts";
import type { ColumnMapping } from "../source-definition.ts";
import { compileConvert } from "./convert.ts";
import { testField } from "../../../../tests/support/catalogue.ts";
import { CopyBuffer, isNullAt, unescapedCopy } from "./copy-row.ts";
import { compileDatePattern } from "./date-pattern.ts";
import { compileExpression } from "./expression.ts";
import { marksReader } from "./number-marks.ts";
import { ExactSum } from "./sum.ts";
import { ValueCache } from "./value-cache.ts";

const field = (type: FieldType): Field => testField("f", type);

function shown(outcome: string | null | Rejection): string | null {
  return outcome instanceof Rejection ? `refused: ${outcome.rule}` : outcome;
}

function convert(
  mapping: Omit<ColumnMapping, "column">,
  type: FieldType,
  raw: string,
): string | null {
  const place = { zone: new Zone("UTC"), country: "DE" };
  return shown(
    compileConvert({ column: "c", ...mapping }, field(type), { place, nulls: ["NA"] })(raw),
  );
}

describe("date patterns", () => {
  test.each([
    ["yyyyMMdd", "19970101", "1997-01-01"],
    ["dd.MM.yyyy", "29.02.2024", "2024-02-29"],
    ["d.M.yyyy", "3.12.2024", "2024-12-03"],
    ["d MMM yyyy", "3 Dec 2024", "2024-12-03"],
    ["MM/dd/yyyy hh:mm a", "12/03/2024 12:05 am", "2024-12-03T00:05:00"],
    [
      "yyyy-MM-dd'T'HH:mm:ss.SSSxxx",
      "2024-12-03T01:02:03.456+02:00",
      "2024-12-03T01:02:03.456+02:00",
    ],
    ["yyyy'y'''", "2024", "refused"],
    ["dd.MM.yyyy", "2024-02-29", "refused"],
    ["dd.MM.yyyy", "1.2.2024", "refused"],
    ["MM/dd/yyyy hh:mm a", "12/03/2024 13:05 pm", "2024-12-03T99:05:00"],
  ])("%s reads %j as %s", (pattern, text, result) => {
    const compiled = compileDatePattern(pattern, undefined);
    const read = compiled.ok ? compiled.value(text) : "refused";

    expect(read instanceof Rejection ? "refused" : read).toBe(result);
  });

  test("two-digit years need a pivot, and then mean the years around it", () => {
    const compiled = compileDatePattern("dd.MM.yy", 30);

    expect(compileDatePattern("dd.MM.yy", undefined).ok).toBe(false);
    expect(compiled.ok && [compiled.value("01.02.30"), compiled.value("01.02.31")]).toEqual([
      "2030-02-01",
      "1931-02-01",
    ]);
  });

  test.each([
    "YYYY-MM-dd",
    "yyyy-MM",
    "yyyy-MM-dd hh:mm",
    "yyyy-MM-dd mm",
    "yyyy yyyy MM dd",
    "yyyy-MM-dd 'at",
    "EEE d MMM yyyy",
  ])("%s is refused", (pattern) => {
    expect(compileDatePattern(pattern, undefined).ok).toBe(false);
  });
});

describe("number marks", () => {
  test.each([
    [",", ".", "1.234.567,89", "1234567.89"],
    [",", ".", "-1.234", "-1234"],
    [",", undefined, "1234,5", "1234.5"],
    [".", ",", "12,34,567.8", "1234567.8"],
    [",", " ", "1\u202f234,5", "1234.5"],
    [",", ".", "1.23", "refused: type"],
    [",", ".", "1.2345", "refused: type"],
    [",", ".", "12.34,5", "refused: type"],
    [",", ".", "1.2.345", "refused: type"],
    [",", undefined, "1.5", "refused: type"],
  ])("decimal %j and thousands %j read %j as %s", (...[decimal, thousands, text, result]) => {
    expect(shown(marksReader(decimal, thousands)(text))).toBe(result);
  });
});

describe("column mappings", () => {
  const text: FieldType = { kind: "text" };

  test("nothing, blanks and the tokens for nothing are no value", () => {
    expect(convert({ nulls: ["none"] }, text, "  ")).toBe(null);
    expect(convert({ nulls: ["none"] }, text, " none ")).toBe(null);
    expect(convert({}, text, "NA")).toBe(null);
    expect(convert({}, text, "NAME")).toBe("NAME");
  });

  test("a lookup replaces what it names and leaves the rest", () => {
    const values = { "0": "false", "1": "true", x: null };

    expect(
      ["0", "1", "x", "yes", "2"].map((raw) => convert({ values }, { kind: "boolean" }, raw)),
    ).toEqual(["f", "t", null, "t", "refused: type"]);
  });

  test("split and take count from both ends, and a part that is not there is no value", () => {
    const taken = (take: number): string | null =>
      convert({ split: " ", take }, text, "Ann Mary Lee");

    expect([1, 2, -1, 4, -4].map(taken)).toEqual(["Ann", "Mary", "Lee", null, null]);
  });

  test("split without take fills a list, whatever the parts hold", () => {
    expect(convert({ split: ";" }, { kind: "text-list" }, 'a; "b\\ ;;[1]')).toBe(
      '{"a","\\"b\\\\","[1]"}',
    );
  });
});

describe("expressions", () => {
  function evaluated(text: string, row: Record<string, unknown>): unknown {
    const compiled = compileExpression(text);
    return compiled.ok ? compiled.value.evaluate(row) : `refused at ${compiled.error.at}`;
  }

  test("read columns by name", () => {
    expect(evaluated('row["FIRST"] + " " + row.LAST', { FIRST: "Ann", LAST: "Lee" })).toBe(
      "Ann Lee",
    );
  });

  test.each([
    ['row["A"].matches("(a+)+$")', 0],
    ["row.A +", 7],
    ["nothing", 0],
    ['row[row["A"]]', 0],
    ["row", 0],
    ["[1,2].all(x, [3].exists(y, y == x))", 13],
    [`"${"x".repeat(5000)}"`, 4096],
    ["has(row.A)", 0],
  ])("%s is refused with its place", (text, at) => {
    expect(compileExpression(text)).toMatchObject({ ok: false, error: { at } });
  });
});

describe("sums", () => {
  test("are exact for any numbers", () => {
    const units = fc.array(fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }));
    fc.assert(
      fc.property(units, fc.constantFrom(0, 2, 4), (values, scale) => {
        const sum = new ExactSum({ kind: "decimal", precision: 30, scale });
        for (const value of values) {
          const bytes = Buffer.from(unscaled(value, scale));
          sum.add(bytes, 0, bytes.length);
        }

        expect(scaled(sum.text, scale)).toBe(values.reduce((total, value) => total + value, 0n));
      }),
    );
  });

  test("of short numbers stay exact when they leave the range of doubles", () => {
    const sum = new ExactSum({ kind: "integer" });
    const bytes = Buffer.from("9999999999");
    for (let count = 0; count < 2_000_000; count++) {
      sum.add(bytes, 0, bytes.length);
    }

    expect(sum.text).toBe("19999999998000000");
  });
});

describe("COPY text", () => {
  test("gives any text back, and keeps the text \\N apart from null", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.oneof(
            fc.constantFrom("\\", "\t", "\n", "\r", "N", "a"),
            fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
          ),
        }),
        (text) => {
          const out = new CopyBuffer(1);
          out.putText(text);
          const written = Buffer.from(out.bytes.subarray(0, out.length)).toString();

          expect(written).not.toMatch(/[\t\n\r]/);
          expect(isNullAt(out.bytes, 0, out.length)).toBe(false);
          expect(unescapedCopy(written)).toBe(text);
        },
      ),
    );
  });

  test("counts are written in full", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(0, 9, 10, 99, 100)),
        (count) => {
          const out = new CopyBuffer(1);
          out.putCount(count);

          expect(Buffer.from(out.bytes.subarray(0, out.length)).toString()).toBe(String(count));
        },
      ),
    );
  });
});

/** What a text becomes with the help of a cache, where it becomes itself in angle brackets without. */
function throughCache(cache: ValueCache, text: string): string {
  const bytes = Buffer.from(text);
  const out = new CopyBuffer(64);
  if (cache.find(bytes, 0, bytes.length)) {
    cache.putFound(out);
  } else {
    out.putText(`<${text}>`);
    cache.keep(bytes, 0, { out, from: 0 });
  }
  return Buffer.from(out.bytes.subarray(0, out.length)).toString();
}

describe("the value cache", () => {
  test("only ever gives back what was kept for the same bytes", () => {
    const cache = new ValueCache();
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "é", "0"), maxLength: 30 });
    const keys = fc.array(letters, { maxLength: 200 });
    fc.assert(
      fc.property(keys, (texts) => {
        for (const text of texts) {
          expect(throughCache(cache, text)).toBe(`<${text}>`);
        }
      }),
    );
  });
});
