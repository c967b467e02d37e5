/**
 * Parsers see their input portion by portion. Through {@link openRows} a small input is one portion, so here the
 * portions are as small as the pieces, which puts their borders into every state a parser can be in.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { DelimitedParser } from "./delimited.ts";
import { JsonObjects } from "./json-objects.ts";
import { JsonArrayParser, jsonLinesParser } from "./json.ts";
import { LineParser, splitAtBlanks, splitAtPlaces } from "./lines.ts";
import { readRecords } from "./records.ts";
import type { RecordParser } from "./records.ts";
import { inPieces } from "./testing.ts";
import type { ReadRow } from "./testing.ts";

interface ParserCase {
  readonly name: string;
  readonly make: () => RecordParser;
  readonly units: readonly string[];
  readonly between?: string;
  readonly around?: readonly [string, string];
}

const csv = ["a", "b,", ",", '"', '""', '"x"', "\n", "\r", "\r\n", " ", "\0", "é", "\ud800"];
const columns = [
  { name: "a", start: 1, length: 2 },
  { name: "b", start: 3, length: 1 },
];
const json = [
  "{",
  "}",
  "[",
  "]",
  '"a"',
  '"',
  ":",
  ",",
  "1",
  "-2.50",
  "null",
  "\\",
  "\\u0041",
  "\n",
  " ",
  '{"a":"é"}',
];

const elements = [
  '{"a":1}',
  '{"a":"\\u00e9\\""}',
  '\n{ "a" : -2.5e3 }',
  '[1,{"b":2}]',
  '"s,]"',
  "7",
  "null",
  '{"a":}',
  '{"a":{"b":[1,"}"]}}',
];

const cases: readonly ParserCase[] = [
  {
    name: "delimited text",
    make: () => new DelimitedParser({ delimiter: 0x2c, quote: 0x22, crEnds: false }),
    units: csv,
  },
  {
    name: "delimited text with CR line ends",
    make: () => new DelimitedParser({ delimiter: 0x2c, quote: 0x22, crEnds: true }),
    units: csv,
  },
  {
    name: "delimited text without quotes",
    make: () => new DelimitedParser({ delimiter: 0x2c, quote: undefined, crEnds: false }),
    units: csv,
  },
  {
    name: "values between blanks",
    make: () => new LineParser(splitAtBlanks, false),
    units: ["a", " ", "\t", "\n", "\r\n", "\0", "é"],
  },
  {
    name: "fixed-width text",
    make: () => new LineParser(splitAtPlaces(columns), false),
    units: ["a", "é", "😀", " ", "\n", "\r\n"],
  },
  { name: "JSON lines", make: () => jsonLinesParser(new JsonObjects(["a"])), units: json },
  {
    name: "a JSON array",
    make: () => new JsonArrayParser(new JsonObjects(["a"])),
    units: elements,
    between: ",",
    around: ["[", ' ,{"a":"x\\n"}]'],
  },
  {
    name: "what is hardly a JSON array",
    make: () => new JsonArrayParser(new JsonObjects(["a"])),
    units: json,
    around: ["[", "]"],
  },
];

/** The rows, and the error that ended them if one did. */
async function outcome(
  parser: RecordParser,
  chunks: AsyncIterable<Uint8Array>,
  batchBytes: number,
): Promise<unknown[]> {
  const rows: (ReadRow | string)[] = [];
  try {
    for await (const batch of readRecords(chunks, parser, {
      restore: (utf8) => Buffer.from(utf8),
      batchBytes,
    })) {
      for (let row = 0; row < batch.rows; row++) {
        rows.push({
          line: batch.line(row),
          values: batch.texts(row),
          fault: batch.fault(row)?.message,
          original: Buffer.from(batch.original(row)),
        });
      }
    }
  } catch (error) {
    rows.push(String(error));
  }
  return rows;
}

/** Of an input that ends in an error only that: rows in front of it may still have waited in their batch. */
function comparable(rows: readonly unknown[]): readonly unknown[] {
  return typeof rows.at(-1) === "string" ? rows.slice(-1) : rows;
}

describe("the borders of portions make no difference to", () => {
  for (const { name, make, units, between = "", around = ["", ""] } of cases) {
    test(`${name}`, async () => {
      const parts = fc.array(fc.constantFrom(...units), { minLength: 1, maxLength: 30 });
      const cuts = fc.array(fc.nat(), { maxLength: 30 });

      await fc.assert(
        fc.asyncProperty(parts, cuts, async (body, places) => {
          const bytes = Buffer.from(around[0] + body.join(between) + around[1]);

          const whole = await outcome(make(), inPieces(bytes), Number.POSITIVE_INFINITY);
          const pieces = await outcome(make(), inPieces(bytes, places), 1);

          expect(comparable(pieces)).toEqual(comparable(whole));
        }),
        { numRuns: 1000 },
      );
    });
  }
});

test("a row with doubled quotes before a letter of several bytes is good beside a bad row", async () => {
  const parser = new DelimitedParser({ delimiter: 0x2c, quote: 0x22, crEnds: false });
  const bytes = Buffer.from('\0\n"x""é"\n');

  const [bad, good] = await outcome(parser, inPieces(bytes), Number.POSITIVE_INFINITY);

  expect(bad).toHaveProperty("fault", expect.stringContaining("NUL"));
  expect(good).toMatchObject({ line: 2, values: ['x"é'], fault: undefined });
});
