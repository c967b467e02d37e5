import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { inspect } from "./inspect.ts";
import { openRows } from "./open.ts";
import { inPieces, readAll, valuesOf } from "./testing.ts";

/** Bytes that look random and are the same in every run. */
function noise(length: number): Buffer {
  return Buffer.concat(
    Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
      createHash("sha256").update(String(index)).digest(),
    ),
  ).subarray(0, length);
}

async function refusal(input: Uint8Array | string, format = {}): Promise<string> {
  try {
    await readAll(inPieces(input), format);
    return "accepted";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

describe("what an input is", () => {
  test.each([
    [",", "a,b\n1,2\n"],
    [";", "a;b\n1,5;2\n3;4,5\n"],
    ["tab", "a\tb\n1 x\t2\n"],
    ["|", "a|b\n1|2\n"],
    ["whitespace", " id  date  n\n 1 19970101  2\n 2 19970102  3\n"],
    [",", "alone\nfirst value\n"],
  ])("the delimiter %j shows itself", async (delimiter, text) => {
    await using source = await openRows(inPieces(text), { format: {}, wantedColumns: [] });

    expect(source.detected.delimiter).toBe(delimiter);
  });

  test("the delimiter under which the first row names the wanted columns wins", async () => {
    const text = "name;note, more\nx;1, 2\ny;3, 4\n";
    await using source = await openRows(inPieces(text), { format: {}, wantedColumns: ["name"] });

    expect(source.columns).toEqual(["name", "note, more"]);
  });

  test.each([
    ["utf-8", Buffer.from("\ufeffa,b\né,1\n")],
    ["utf-8", Buffer.from("a,b\né,1\n")],
    ["utf-16le", Buffer.from("\ufeffa,b\né,1\n", "utf16le")],
    ["utf-16le", Buffer.from("a,b\né,1\n", "utf16le")],
    ["utf-16be", Buffer.from("\ufeffa,b\né,1\n", "utf16le").swap16()],
    ["utf-16be", Buffer.from("a,b\né,1\n", "utf16le").swap16()],
    ["windows-1252", Buffer.from("a,b\né,1\n", "latin1")],
  ])("the encoding %s shows itself", async (encoding, bytes) => {
    await using source = await openRows(inPieces(bytes), { format: {}, wantedColumns: [] });
    const first = await source.batches.next();

    expect(source.detected.encoding).toBe(encoding);
    expect(source.columns).toEqual(["a", "b"]);
    expect(first.done === true ? [] : first.value.texts(1)).toEqual(["é", "1"]);
  });

  test("gzip is unpacked wherever it comes, also in several members", async () => {
    const bytes = Buffer.concat([gzipSync("a,b\n1,2\n"), gzipSync("3,4\n")]);

    expect(await valuesOf(bytes)).toEqual([
      ["1", "2"],
      ["3", "4"],
    ]);
  });

  test("a format that was declared is not guessed", async () => {
    expect(await valuesOf("a;b,c\n1;2,3\n", { delimiter: "," })).toEqual([["1;2", "3"]]);
    expect(await valuesOf("a,b\n'1,2',3\n", { quote: "'" })).toEqual([["1,2", "3"]]);
    expect(await valuesOf('a,b\n"1",2\n', { quote: "" })).toEqual([['"1"', "2"]]);
  });

  test("columns that the source names need no header, and a header that repeats them is one", async () => {
    const format = { columns: ["a", "b"] };

    expect(await valuesOf("1,2\n", format)).toEqual([["1", "2"]]);
    expect(await valuesOf("a,b\n1,2\n", format)).toEqual([["1", "2"]]);
  });

  test("fixed-width text is cut at characters, not at bytes", async () => {
    const columns = [
      { name: "name", start: 1, length: 6 },
      { name: "age", start: 7, length: 3 },
    ];

    expect(await valuesOf("Zoë    42\nBob\n", { kind: "fixed-width", columns })).toEqual([
      ["Zoë   ", " 42"],
      ["Bob", undefined],
    ]);
  });

  test("a header alone is a file without records", async () => {
    expect(await readAll(inPieces("a,b\n"))).toEqual({ columns: ["a", "b"], rows: [] });
  });

  test("blanks around a line of whitespace-separated values do not count", async () => {
    expect(await valuesOf(" a  b\n 1\t 2  \n", { delimiter: "whitespace" })).toEqual([["1", "2"]]);
  });
});

describe("what cannot be read is refused with a stable code", () => {
  test.each([
    ["input-empty", ""],
    ["input-empty", "\n\n"],
    ["input-empty", gzipSync("")],
    ["input-binary", noise(4000)],
    ["input-kind", Buffer.from("%PDF-1.7\n")],
    ["input-kind", Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])],
    ["gzip-truncated", gzipSync(noise(100_000).toString("hex")).subarray(0, 50_000)],
    [
      "gzip-damaged",
      Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0]), noise(100)]),
    ],
    ["columns-duplicate", "a,b,a\n1,2,3\n"],
    ["header-unreadable", '"a,b\n1,2\n'],
    ["parquet-damaged", Buffer.concat([Buffer.from("PAR1"), noise(1000)])],
    ["xlsx-damaged", Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), noise(1000)])],
    ["json-truncated", '[{"a":1},{"a":'],
    ["json-syntax", '[{"a":1} {"a":2}]'],
  ])("%s", async (code, input) => {
    expect(await refusal(input)).toBe(code);
  });

  test("a file that is not what the source declares is refused", async () => {
    expect(await refusal("a,b\n", { kind: "parquet" })).toBe("input-kind");
  });

  test("a gzip bomb is refused long before it is unpacked", async () => {
    const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024, `${"x".repeat(100_000)}\n`));

    expect(await refusal(bomb)).toBe("input-inflates");
  });

  test("an aborted signal stops the reading", async () => {
    const controller = new AbortController();
    controller.abort();
    const opened = openRows(inPieces("a,b\n"), {
      format: {},
      wantedColumns: [],
      signal: controller.signal,
    });

    await expect(opened).rejects.toMatchObject({ kind: "cancelled" });
  });
});

describe("rows that cannot be read are set aside alone", () => {
  test("a NUL byte", async () => {
    const { rows } = await readAll(inPieces("a,b\n1,x\0y\n2,z and more text that is clean\n"));

    expect(rows.map(({ fault }) => fault)).toEqual(["nul-byte", undefined]);
  });

  test("bytes that are not valid in the declared encoding", async () => {
    const bytes = Buffer.from("a,b\n1,\xe9\n2,z\n", "latin1");
    const { rows } = await readAll(inPieces(bytes), { encoding: "utf-8" });

    expect(rows.map(({ fault }) => fault)).toEqual(["encoding", undefined]);
    expect(rows[0]?.original).toEqual(Buffer.from("1,\xe9", "latin1"));
  });
});

describe("inspecting", () => {
  test("shows the columns and gives the whole input back", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(), { maxLength: 4 }),
        fc.boolean(),
        async (places, zipped) => {
          const text = "a,b\n1,2\n3,4\n";
          const bytes = zipped ? gzipSync(text) : Buffer.from(text);

          const { columns, input } = await inspect(inPieces(bytes, places), {});
          const { rows } = await readAll(input);

          expect(columns).toEqual(["a", "b"]);
          expect(rows.map(({ values }) => values)).toEqual([
            ["1", "2"],
            ["3", "4"],
          ]);
        },
      ),
      { numRuns: 20 },
    );
  });

  test("shows the members of JSON objects", async () => {
    const { columns } = await inspect(inPieces('[{"x":1},{"x":2,"y":3}]'), {});

    expect(columns).toEqual(["x", "y"]);
  });
});
