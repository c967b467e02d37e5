import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { DuckDb } from "../../../platform/duckdb/index.ts";
import { readFiles, type InputTable } from "./read-files.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "waybill-read-files-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

function write(name: string, bytes: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

interface Read {
  readonly table: InputTable;
  readonly names: readonly string[];
  /** Rows of values, in order of id. */
  readonly rows: readonly (readonly (string | null)[])[];
}

async function read(...paths: readonly string[]): Promise<Read> {
  await using duck = await DuckDb.open();
  const table = await readFiles(duck, paths);
  const kinds = Object.fromEntries(table.columns.map(({ column }) => [column, "text" as const]));
  const { id } = await duck.columns("select id from input order by id", { id: "int32" });
  const columns = await duck.columns("select * from input order by id", kinds);
  expect([...id]).toEqual([...id.keys()]);
  const rows = Array.from(id, (row) =>
    table.columns.map(({ column }) => columns[column]?.[row] ?? null),
  );
  return { table, names: table.columns.map(({ name }) => name), rows };
}

async function refusal(...paths: readonly string[]): Promise<unknown> {
  return await read(...paths).catch((error: unknown) => error);
}

const łódź = "Łódź 山田太郎 Müller €";

describe("text", () => {
  test.each([
    ["UTF-8", Buffer.from(`name,city\n${łódź},x\n`)],
    ["UTF-8 with a mark", Buffer.from(`\uFEFFname,city\n${łódź},x\n`)],
    ["UTF-16LE with a mark", Buffer.from(`\uFEFFname,city\n${łódź},x\n`, "utf16le")],
    ["UTF-16BE with a mark", Buffer.from(`\uFEFFname,city\n${łódź},x\n`, "utf16le").swap16()],
    ["UTF-16LE without", Buffer.from(`name,city\n${łódź},x\n`, "utf16le")],
  ])("in %s comes as it was written", async (_, bytes) => {
    const { names, rows } = await read(write("a.csv", bytes));

    expect(names).toEqual(["name", "city"]);
    expect(rows).toEqual([[łódź, "x"]]);
  });

  test("in Windows-1252 with old line ends comes as it was written", async () => {
    const { rows } = await read(write("a.csv", Buffer.from("a,b\r\xFC,2\r3,4", "latin1")));

    expect(rows).toEqual([
      ["ü", "2"],
      ["3", "4"],
    ]);
  });

  test("that is written anew keeps line ends one wherever its portions end", async () => {
    const head = 'a,b\r\n"';
    const portion = 64 * 1024;
    const value = `${"\xFC".repeat(portion - head.length - 1)}\r\nx`;

    const { rows } = await read(write("a.csv", Buffer.from(`${head}${value}",2\r\n`, "latin1")));

    expect(rows).toEqual([[value.replace("\r", ""), "2"]]);
  });

  test("that is no UTF-8, even at its very end, is Windows-1252", async () => {
    const long = "Erika,Bonn\n".repeat(40_000);
    const bytes = Buffer.from(`name,city\n${long}M\xFCller,\x80uro\n`, "latin1");

    const { rows } = await read(write("a.csv", bytes));

    expect(rows.at(-1)).toEqual(["Müller", "€uro"]);
  });

  test.each([
    ["commas", "a,b\n1,2\n"],
    ["semicolons", "a;b\r\n1;2\r\n"],
    ["tabs", "a\tb\n1\t2"],
    ["bars", "a|b\n1|2\n"],
    ["blanks after commas", "a, b\n1, 2\n"],
    ["quotes", '"a","b"\n"1","2"\n'],
    ["quotes after blanks", '"a", "b"\n"1", "2"\n'],
    ["single quotes", "'a';'b'\n'1';'2'\n"],
    ["old line ends", "a,b\r1,2\r"],
    ["mixed line ends", "a,b\r\n1,2\n"],
    ["mixed line ends and blanks", "a,b\n1,2\r\n\r"],
    ["empty lines at the end", "a,b\n1,2\n\n\n"],
  ])("with %s is told apart", async (_, text) => {
    const { names, rows } = await read(write("a.txt", text));

    expect(names).toEqual(["a", "b"]);
    expect(rows.map((row) => row.map((value) => value?.trim()))).toEqual([["1", "2"]]);
  });

  test("with one column only is read too", async () => {
    const { names, rows } = await read(write("a.csv", "name\nErika\nMax\n"));

    expect(names).toEqual(["name"]);
    expect(rows).toEqual([["Erika"], ["Max"]]);
  });

  test("may hold delimiters, quotes and line ends in quotes, and fields of 1 MB", async () => {
    const long = "x".repeat(1_000_000);

    const { rows } = await read(
      write("a.csv", `a,b,c\n"1,""x""","two\nlines",${long}\n,"",'s-Gravenhage\n`),
    );

    expect(rows).toEqual([
      ['1,"x"', "two\nlines", long],
      [null, null, "'s-Gravenhage"],
    ]);
  });

  test("of a header only has columns and no rows", async () => {
    const { table } = await read(write("a.csv", "a,b\n"));

    expect(table).toMatchObject({ rows: 0, columns: [{ name: "a" }, { name: "b" }] });
  });

  test("keeps its order and its values, whatever they are", async () => {
    const cell = fc
      .string({ unit: "grapheme", maxLength: 12 })
      .map((text) => text.replaceAll("\0", ""));
    const twoCells = fc.tuple(cell, cell);

    await fc.assert(
      fc.asyncProperty(fc.array(twoCells, { maxLength: 30 }), async (records) => {
        const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
        const lines = records.map((record) => record.map(quoted).join(","));

        const { rows } = await read(write("a.csv", ["a,b", ...lines, ""].join("\n")));

        expect(rows).toEqual(records.map((record) => record.map((text) => text || null)));
      }),
      { numRuns: 12 },
    );
  });

  test("of many rows keeps their order", async () => {
    const count = 100_000;
    const lines = Array.from({ length: count }, (_, index) => `${index},some more text`);

    const { rows } = await read(write("a.csv", `n,text\n${lines.join("\n")}\n`));

    expect(rows.every(([n], index) => n === String(index))).toBe(true);
    expect(rows).toHaveLength(count);
  });
});

describe("columns", () => {
  test("that are called the same, or nothing, get a name of their own", async () => {
    const { names, rows } = await read(write("a.csv", ",name,Name,id,name\n1,2,3,4,5\n"));

    expect(names).toEqual(["column 1", "name", "Name (2)", "id", "name (3)"]);
    expect(rows).toEqual([["1", "2", "3", "4", "5"]]);
  });

  test("of several files are stacked by name, and each row says its file", async () => {
    await using duck = await DuckDb.open();
    const first = write("a.csv", "Name,city\nErika,Bonn\nMax,Ulm\n");
    const second = write("b.csv", "phone;name\n0228;Anna\n");

    const table = await readFiles(duck, [first, second]);

    expect(table.files).toEqual([
      { path: first, rows: 2 },
      { path: second, rows: 1 },
    ]);
    expect(table.columns.map(({ name }) => name)).toEqual(["Name", "city", "phone"]);
    expect(await duck.rows("select id, file, c0, c1, c2 from input order by id")).toEqual([
      { id: 0, file: 0, c0: "Erika", c1: "Bonn", c2: null },
      { id: 1, file: 0, c0: "Max", c1: "Ulm", c2: null },
      { id: 2, file: 1, c0: "Anna", c1: null, c2: "0228" },
    ]);
    expect(readdirSync(duck.tempFolder)).toEqual([]);
  });
});

test("Parquet comes as the text that a CSV would have", async () => {
  const path = join(folder, "a [1].parquet");
  await using duck = await DuckDb.open();
  await duck.run(
    `copy (select 1 as "Kunden-Nr", date '1999-12-31' as born, ['a', 'b'] as tags, 53111.0::double as plz, ` +
      "1.5 as half, {'x': 1} as nested, true as flag, timestamptz '2020-01-01 12:00:00+02' as at, '' as empty, [['a']] as lists " +
      "union all select null, null, [], null, null, null, null, null, null, null) " +
      `to '${path}' (format parquet)`,
  );

  const { names, rows } = await read(path);

  expect(names.slice(0, 2)).toEqual(["Kunden-Nr", "born"]);
  expect(rows).toEqual([
    [
      "1",
      "1999-12-31",
      "a; b",
      "53111",
      "1.5",
      '{"x":1}',
      "true",
      "2020-01-01 10:00:00+00",
      null,
      '[["a"]]',
    ],
    Array<null>(10).fill(null),
  ]);
});

test.each(["name", "FILE_ROW_NUMBER"])(
  "rows of Parquet files are numbered in the order of the files, beside a column %s",
  async (column) => {
    await using duck = await DuckDb.open();
    const paths = [0, 1].map((file) => join(folder, `${file}.parquet`));
    for (const [file, path] of paths.entries()) {
      await duck.run(
        `copy (select '${file} ' || range as ${column} from range(10000)) ` +
          `to '${path}' (format parquet, row_group_size 2048)`,
      );
    }

    const { rows } = await read(...paths);

    const expected = [0, 1].flatMap((file) =>
      Array.from({ length: 10_000 }, (_, row) => [`${file} ${row}`]),
    );
    expect(rows).toEqual(expected);
  },
);

describe("what cannot be read is refused in words", () => {
  test("a record with too few or too many values, by its line", async () => {
    const path = write("a.csv", 'a,b\n1,2\n"two\nlines",2\n1\n1,2\n1,2,3\n');

    expect(await refusal(path)).toMatchObject({
      name: "InvalidInputError",
      code: "input-records",
      message: `${path} has records that cannot be read, first on line 5`,
      issues: [
        { at: path, line: 5, message: "the record has 1 values where the header has 2" },
        { at: path, line: 7, message: "the record has 3 values where the header has 2" },
      ],
    });
  });

  test("a record with too few values, by its line, in a file with old line ends", async () => {
    const path = write("a.csv", "a,b\r1,2\r1\r1,2\r");

    expect(await refusal(path)).toMatchObject({ issues: [{ line: 3 }] });
  });

  test("a quote that is never closed, without the text behind it", async () => {
    const path = write("a.csv", 'a,b\n1,2\n1,"Erika\n3,4\n');

    const error = await refusal(path);

    expect(error).toMatchObject({
      code: "input-records",
      issues: [{ line: 3, message: "a quote is not closed, or text follows the closing quote" }],
    });
    expect(JSON.stringify(error)).not.toContain("Erika");
  });

  test("a record of 20 MB", async () => {
    const path = write("a.csv", `a,b\n1,2\n1,${"x".repeat(20_000_000)}\n`);

    expect(await refusal(path)).toMatchObject({
      issues: [{ line: 3, message: "the record is longer than 16 MB" }],
    });
  });

  test.each([
    ["nothing", "", "input-empty"],
    ["blanks", " \n\n", "input-empty"],
    ["JSON", '[\n  {"a": 1}\n]', "input-kind"],
    ["lines of JSON", '{"a": 1}\n{"a": 2}\n', "input-kind"],
    ["a zip", "PK\u0003\u0004xxxx", "input-binary"],
    [
      "garbage",
      Uint8Array.from({ length: 5_000 }, (_, i) => (i * i * 31 + i * 7) % 256),
      "input-binary",
    ],
    ["half a Parquet file", "PAR1xxxxxxxxxxx", "input-parquet"],
  ])("a file of %s", async (_, bytes, code) => {
    const path = write("a.csv", bytes);

    expect(await refusal(path)).toMatchObject({ name: "InvalidInputError", code });
  });

  test("a file that is not there, a folder, and no file at all", async () => {
    mkdirSync(join(folder, "sub"));

    expect(await refusal(join(folder, "absent.csv"))).toMatchObject({ code: "input-missing" });
    expect(await refusal(join(folder, "sub"))).toMatchObject({
      code: "input-kind",
      hint: "name the files in it",
    });
    expect(await refusal()).toMatchObject({ code: "input-files" });
  });

  test("a file that may not be read", async (context) => {
    if (process.getuid?.() === 0) {
      context.skip("root may read everything; run the tests as another user");
    }
    const path = write("a.csv", "a,b\n");
    chmodSync(path, 0o000);

    expect(await refusal(path)).toMatchObject({ code: "input-permission" });
  });
});
