import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { inPieces, readAll, valuesOf } from "./testing.ts";

const cuts = fc.array(fc.nat(), { maxLength: 8 });
const scalar = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const record = fc.record(
  { a: scalar, "b c": scalar, ü: scalar, other: fc.jsonValue({ maxDepth: 2 }) },
  { requiredKeys: [] },
);

function expected(value: string | number | boolean | null | undefined): string | undefined {
  return value === null ? undefined : value?.toString();
}

describe("JSON records", () => {
  const wanted = ["a", "b c", "ü"];

  test("arrays and lines of any objects are read back equal, however they are cut into pieces", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1 }),
        cuts,
        fc.tuple(fc.boolean(), fc.nat(2)),
        async (records, places, [isLines, indent]) => {
          const text = isLines
            ? records.map((item) => JSON.stringify(item)).join("\n")
            : JSON.stringify(records, null, indent);

          const { rows } = await readAll(inPieces(text, places), {}, wanted);

          const clean = records.map((item) => {
            const texts = [item.a, item["b c"], item["ü"]];
            const isStorable = texts.every(
              (value) =>
                typeof value !== "string" || (!value.includes("\0") && value.isWellFormed()),
            );
            return isStorable && isWellFormedDeep(item.other) ? texts.map(expected) : "set aside";
          });
          expect(
            rows.map(({ values, fault }) => (fault === undefined ? values : "set aside")),
          ).toEqual(clean);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("any bytes give the same outcome however they are cut into pieces", async () => {
    const unit = fc.constantFrom("{", "}", "[", "]", '"', ":", ",", "a", "1", "\\", "\n", " ");
    const outcome = async (text: string, places: readonly number[]): Promise<unknown> =>
      readAll(inPieces(text, places), { kind: "json" }, ["a"]).catch((error: unknown) =>
        String(error),
      );

    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 30 }), cuts, async (body, places) => {
        const text = `[{"a":1},${body}`;
        expect(await outcome(text, places)).toEqual(await outcome(text, []));
      }),
      { numRuns: 300 },
    );
  });

  test("numbers keep every digit that was written", async () => {
    const text = '{"a":12345678901234567890.123456789,"b c":0.10}';

    expect(await valuesOf(text, {}, wanted)).toEqual([
      ["12345678901234567890.123456789", "0.10", undefined],
    ]);
  });

  test("objects and lists come as JSON text", async () => {
    expect(await valuesOf('[{"a":{"x":[1]},"b c":["p","q"]}]', {}, wanted)).toEqual([
      ['{"x":[1]}', '["p","q"]', undefined],
    ]);
  });

  test.each([
    ["json", "{oops}\n"],
    ["json", '{"a":1,}\n'],
    ["json", '{"a":01}\n'],
    ["json", '{"a":1,"a":2}\n'],
    ["json", '"a"\n'],
    ["nul-byte", '{"a":"\\u0000"}\n'],
    ["encoding", '{"a":"\\ud800"}\n'],
  ])("a line that breaks the rule %s costs itself only: %s", async (rule, line) => {
    const { rows } = await readAll(inPieces(`{"a":1}\n${line}{"a":3}\n`), {}, ["a"]);

    expect(rows.map(({ fault }) => fault)).toEqual([undefined, rule, undefined]);
    expect(rows[1]?.original.toString()).toBe(line.trimEnd());
  });

  test("records of an array are numbered by themselves, because an array may be one line", async () => {
    const { rows } = await readAll(inPieces('[{"a":1},{"a":2}, 7]'), {}, ["a"]);

    expect(rows.map(({ line, fault }) => [line, fault])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, "json"],
    ]);
  });
});

function isWellFormedDeep(value: unknown): boolean {
  // Members that nobody asks for are only held to the syntax, except their texts' escapes.
  if (typeof value === "string") {
    const literal = JSON.stringify(value);
    return !literal.includes("\\") || (!value.includes("\0") && value.isWellFormed());
  }
  return true;
}
