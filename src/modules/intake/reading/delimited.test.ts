import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { Encoding } from "./encoding.ts";
import { Utf8Converter } from "./encoding.ts";
import { inPieces, readAll, valuesOf } from "./testing.ts";

const cuts = fc.array(fc.nat(), { maxLength: 8 });

/** Text that every encoding of the table can hold: Windows-1252 is the narrowest. */
const value = fc.string({
  unit: fc.constantFrom(
    "a",
    "B",
    "7",
    " ",
    ",",
    ";",
    '"',
    "\n",
    "\r\n",
    "é",
    "ß",
    "€",
    "\\",
    "'",
    "\t",
  ),
  maxLength: 8,
});
const table = fc.integer({ min: 2, max: 5 }).chain((width) =>
  fc.array(fc.array(value, { minLength: width, maxLength: width }), {
    minLength: 1,
    maxLength: 12,
  }),
);

interface Style {
  readonly delimiter: string;
  readonly lineEnd: string;
  readonly quoteAll: boolean;
  readonly endsWithLineEnd: boolean;
}
const style = fc.record<Style>({
  delimiter: fc.constantFrom(",", ";", "|", "tab"),
  lineEnd: fc.constantFrom("\n", "\r\n"),
  quoteAll: fc.boolean(),
  endsWithLineEnd: fc.boolean(),
});

function written(rows: readonly (readonly string[])[], { delimiter, ...options }: Style): string {
  const character = delimiter === "tab" ? "\t" : delimiter;
  const needsQuotes = new RegExp(`["\\r\\n${character}]`);
  const cell = (text: string): string =>
    options.quoteAll || needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = rows.map((row) => row.map(cell).join(character));
  return lines.join(options.lineEnd) + (options.endsWithLineEnd ? options.lineEnd : "");
}

function encoded(text: string, encoding: Encoding): Buffer {
  switch (encoding) {
    case "utf-8":
      return Buffer.from(text);
    case "utf-16le":
      return Buffer.from(text, "utf16le");
    case "utf-16be":
      return Buffer.from(text, "utf16le").swap16();
    case "windows-1252":
      return Buffer.from(text.replaceAll("€", "\u0080"), "latin1");
  }
}

describe("delimited text", () => {
  test("any table that is written in any style and encoding is read back equal, however it is cut into pieces", async () => {
    const encoding = fc.constantFrom<Encoding>("utf-8", "utf-16le", "utf-16be", "windows-1252");

    await fc.assert(
      fc.asyncProperty(
        table,
        fc.tuple(style, encoding),
        cuts,
        async (rows, [how, form], places) => {
          const names = (rows[0] ?? []).map((_, index) => `c${index}`);
          const bytes = encoded(written([names, ...rows], how), form);

          const read = await readAll(inPieces(bytes, places), {
            delimiter: how.delimiter,
            encoding: form,
          });

          expect(read.columns).toEqual(names);
          expect(read.rows.map(({ values }) => values)).toEqual(rows);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("any bytes at all give the same rows, faults, lines and originals however they are cut into pieces", async () => {
    const unit = fc.constantFrom("a", ",", '"', "\n", "\r", "\r\n", " ", "\0", "é");
    const text = fc
      .string({ unit, minLength: 1, maxLength: 60 })
      .filter((body) => body.split("\0").length < 4);

    await fc.assert(
      fc.asyncProperty(text, cuts, async (body, places) => {
        const bytes = Buffer.from(`h1,h2\n${body}`);
        const format = { kind: "delimited", delimiter: "," } as const;

        const whole = await readAll(inPieces(bytes), format);
        const pieces = await readAll(inPieces(bytes, places), format);

        expect(pieces).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });

  test("every byte of the records is in exactly one row, read or set aside", async () => {
    const unit = fc.constantFrom("a", ",", '"', "\n", " ", "x");

    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 60 }), async (body) => {
        const { rows } = await readAll(inPieces(`h1,h2\n${body}`), { delimiter: "," });

        const originals = rows.map(({ original }) => original.toString()).join("\n");
        expect(originals.replaceAll(/\n+/g, "\n")).toBe(
          body.replaceAll(/\n+/g, "\n").replaceAll(/^\n|\n$/g, ""),
        );
      }),
      { numRuns: 500 },
    );
  });

  test("lines of quoted values count as they stand in the file", async () => {
    const { rows } = await readAll(inPieces('a,b\n1,"x\ny\nz"\n\n2,"p""q"\n'));

    expect(rows.map(({ line, values }) => [line, ...values])).toEqual([
      [2, "1", "x\ny\nz"],
      [6, "2", 'p"q'],
    ]);
  });

  test("a row with doubled quotes is given back as it came", async () => {
    const { rows } = await readAll(inPieces('a,b\n1,"p""q"\n'));

    expect(rows[0]?.original.toString()).toBe('1,"p""q"');
  });

  test("a quote that never closes costs its own line and no other", async () => {
    const { rows } = await readAll(inPieces('a,b\n1,x\n2,"open\n3,y\n4,z\n'));

    expect(rows.map(({ line, fault }) => [line, fault])).toEqual([
      [2, undefined],
      [3, "quote"],
      [4, undefined],
      [5, undefined],
    ]);
    expect(rows[1]?.original.toString()).toBe('2,"open');
  });

  test("text behind a closing quote costs the line on which the value began", async () => {
    const { rows } = await readAll(inPieces('a,b\n1,"x"y\n2,"fine" \n'));

    expect(rows.map(({ line, fault, values }) => [line, fault, ...values])).toEqual([
      [2, "quote"],
      [3, undefined, "2", "fine"],
    ]);
  });

  test("a quote inside an unquoted value is a character like any other", async () => {
    expect(await valuesOf('a,b\n5" pipe,x\n')).toEqual([['5" pipe', "x"]]);
  });

  test("line ends may be mixed, and CR alone where there is no LF", async () => {
    expect(await valuesOf("a,b\r\n1,2\n3,4\r\n5,6")).toEqual([
      ["1", "2"],
      ["3", "4"],
      ["5", "6"],
    ]);
    expect(await valuesOf("a,b\r1,2\r3,4\r")).toEqual([
      ["1", "2"],
      ["3", "4"],
    ]);
  });

  test("a CR inside a value of a file with LF line ends belongs to the value", async () => {
    expect(await valuesOf("a,b\n1\rx,2\n")).toEqual([["1\rx", "2"]]);
  });

  test("a row of more than 10 MB is set aside in bounded memory and reading goes on", async () => {
    async function* huge(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("a,b\n1,");
      for (let piece = 0; piece < 400; piece++) {
        yield await Promise.resolve(Buffer.alloc(64 * 1024, "x"));
      }
      yield Buffer.from("\n2,y\n");
    }

    const { rows } = await readAll(huge());

    expect(rows.map(({ line, fault }) => [line, fault])).toEqual([
      [2, "too-long"],
      [3, undefined],
    ]);
    expect(rows[0]?.original.length).toBe(65_536);
  });

  test("a quote that stays open over more than 10 MB costs its own line and no other", async () => {
    async function* open(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a,b\n1,"open\n');
      for (let piece = 0; piece < 200; piece++) {
        yield await Promise.resolve(Buffer.from(`${"x".repeat(1000)},y\n`.repeat(60)));
      }
    }

    const { rows } = await readAll(open());

    expect(rows.length).toBe(1 + 200 * 60);
    expect(rows.filter(({ fault }) => fault !== undefined).map(({ line }) => line)).toEqual([2]);
  });

  test("Windows-1252 and UTF-16 rows are given back in the bytes they came in", async () => {
    for (const form of ["windows-1252", "utf-16le", "utf-16be"] as const) {
      const { rows } = await readAll(inPieces(encoded("a,b\né,€\n", form)), { encoding: form });

      expect(rows[0]?.original).toEqual(encoded("é,€", form));
    }
  });

  test("half a surrogate pair is set aside and given back as it came", async () => {
    const bytes = Buffer.from("a,b\n1,\ud83d!\n2,x\n", "utf16le");
    const { rows } = await readAll(inPieces(bytes), { encoding: "utf-16le" });

    expect(rows.map(({ fault }) => fault)).toEqual(["encoding", undefined]);
    expect(rows[0]?.original).toEqual(Buffer.from("1,\ud83d!", "utf16le"));
  });

  test("UTF-16 in pieces of one byte comes out as in one piece", () => {
    const bytes = Buffer.from("a😀é\n", "utf16le");
    const converter = new Utf8Converter("utf-16le");

    const pieces = Array.from(bytes, (byte) => converter.convert(Uint8Array.of(byte)));

    expect(Buffer.concat([...pieces, converter.end()]).toString()).toBe("a😀é\n");
  });
});
