import { readdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { openRows } from "./open.ts";
import { inPieces, readAll } from "./testing.ts";
import { workbook } from "./workbook.fixture.ts";
import { dateOfSerial, isDateFormat } from "./xlsx-format.ts";

const header = `<row r="1"><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c><c t="inlineStr"><is><t>c</t></is></c></row>`;

describe("workbooks", () => {
  test("cells come as text whatever they are, from the first sheet that is visible", async () => {
    const bytes = workbook({
      sharedStrings: `<si><t>shared</t></si><si><r><t>rich </t></r><r><t>text</t></r><rPh><t>aloud</t></rPh></si>`,
      styles: `<xf numFmtId="14"/><xf numFmtId="164"/>`,
      numberFormats: `<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm"/>`,
      rows:
        header +
        `<row r="3"><c r="A3" t="s"><v>0</v></c><c r="B3" t="s"><v>1</v></c><c r="C3" t="b"><v>1</v></c></row>` +
        `<row r="4"><c r="A4"><v>29.850000000000001</v></c><c r="B4" s="1"><v>45292</v></c><c r="C4" s="2"><v>45292.75</v></c></row>` +
        `<row r="5"><c r="C5" t="str"><f>A1</f><v>calculated</v></c></row>` +
        `<row r="6"><c r="A6"/></row>`,
    });

    const { columns, rows } = await readAll(inPieces(bytes));

    expect(columns).toEqual(["a", "b", "c"]);
    expect(rows.map(({ line, values }) => [line, ...values])).toEqual([
      [3, "shared", "rich text", "true"],
      [4, "29.85", "2024-01-01", "2024-01-01T18:00:00"],
      [5, undefined, undefined, "calculated"],
    ]);
  });

  test("a cell with an error of the workbook costs its row only", async () => {
    const rows = `${header}<row><c t="e"><v>#N/A</v></c></row><row><c><v>1</v></c></row>`;
    const read = await readAll(inPieces(workbook({ rows })));

    expect(read.rows.map(({ line, fault }) => [line, fault])).toEqual([
      [2, "cell-error"],
      [3, undefined],
    ]);
  });

  test("the original of a row is its values", async () => {
    const rows = `${header}<row><c><v>1</v></c><c/><c t="inlineStr"><is><t>x</t></is></c></row>`;
    const read = await readAll(inPieces(workbook({ rows })));

    expect(read.rows[0]?.original.toString()).toBe('["1",null,"x"]');
  });

  test("a sheet is chosen by name, and a name that is not there is answered with those that are", async () => {
    const bytes = workbook({ rows: header });

    const { columns } = await readAll(inPieces(bytes), { sheet: "Notes" });
    const refused = readAll(inPieces(bytes), { sheet: "Dta" });

    expect(columns).toEqual(["hidden"]);
    await expect(refused).rejects.toMatchObject({
      code: "xlsx-sheet",
      hint: 'its sheets are "Notes", "Data"',
    });
  });

  test.skipIf(process.platform !== "linux")(
    "a workbook being read is in no folder, so that nothing is left behind however reading ends",
    async () => {
      const spools = async (): Promise<string[]> => {
        const all = await readdir(tmpdir());
        const inputs = all
          .filter((name) => name.startsWith("waybill-intake-"))
          .map((name) => join(tmpdir(), name, "input"));
        const sizes = await Promise.all(inputs.map((path) => stat(path).catch(() => undefined)));
        return inputs.filter((_, index) => (sizes[index]?.size ?? 0) > 0);
      };
      const before = new Set(await spools());

      await using source = await openRows(inPieces(workbook({ rows: header })), {
        format: {},
        wantedColumns: [],
      });

      expect(source.columns.length).toBeGreaterThan(0);
      expect((await spools()).filter((name) => !before.has(name))).toEqual([]);
    },
  );

  test("a document type declaration, the door to entity bombs, is refused", async () => {
    const rows = `<!DOCTYPE x>`;
    await expect(readAll(inPieces(workbook({ rows })))).rejects.toMatchObject({
      code: "xlsx-damaged",
    });
  });
});

describe("dates of workbooks", () => {
  test.each([
    [1, false, "1900-01-01"],
    [59, false, "1900-02-28"],
    [60, false, "1900-02-29"],
    [61, false, "1900-03-01"],
    [45292.5, false, "2024-01-01T12:00:00"],
    [0.25, false, "06:00:00"],
    [0, true, "1904-01-01"],
    [43830, true, "2024-01-01"],
  ])("day %d (1904: %s) is %s", (serial, is1904, text) => {
    expect(dateOfSerial(serial, is1904)).toBe(text);
  });

  test.each([
    [14, undefined, true],
    [0, undefined, false],
    [2, undefined, false],
    [164, "dd/mm/yyyy", true],
    [164, "[h]:mm:ss", false],
    [164, '0.00" days"', false],
    [164, "General", false],
    [164, "[Red]#,##0", false],
    [164, "[$-409]mmmm yy", true],
  ])("format %d %j shows a date: %s", (id, code, shows) => {
    expect(isDateFormat(id, code)).toBe(shows);
  });
});
