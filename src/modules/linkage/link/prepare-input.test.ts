import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { DuckDb } from "../../../platform/duckdb/index.ts";
import { autoModel } from "../auto/auto-model.ts";
import type { Model, ModelField } from "../model/model.ts";
import type { Preparation } from "../prepare/preparation.ts";
import { openModelPreparation } from "./model-preparation.ts";
import { prepareInput } from "./prepare-input.ts";
import { readFiles } from "./read-files.ts";

const fields: readonly ModelField[] = [
  { name: "first", kind: "given-name", columns: ["first"] },
  { name: "last", kind: "family-name", columns: ["last"] },
  { name: "born", kind: "date", columns: ["born"] },
  { name: "mail", kind: "email", columns: ["mail"] },
];
const model: Model = autoModel(fields);

const firsts = ["Anna", "Bob", "unknown", "", "Ben jr", "Cläre"];
const lasts = ["Berg", "O'Neil", "", "van der Berg", "n/a"];
const days = ["1987-03-21", "", "1900-01-01", "soon", "1950-12-02"];

/** Names and days that are repeated, and addresses that are not. */
function record(id: number): Record<string, string | null> {
  const at = (values: readonly string[], every: number): string | null =>
    values[Math.floor(id / every) % values.length] || null;
  const mail = id % 3 === 0 ? null : id % 7 === 0 ? "test@test.com" : `berg${id}@mail.com`;
  return { first: at(firsts, 1), last: at(lasts, 7), born: at(days, 3), mail };
}

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

async function fileOf(rows: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "waybill-test-"));
  folders.push(folder);
  const lines = Array.from({ length: rows }, (_, id) => {
    return Object.values(record(id))
      .map((value) => value ?? "")
      .join(",");
  });
  const path = join(folder, "people.csv");
  await writeFile(path, ["first,last,born,mail", ...lines, ""].join("\n"));
  return path;
}

/** What the records are one by one. */
function prepareAlone(preparation: Preparation, rows: number): unknown[] {
  return Array.from({ length: rows }, (_, id) => ({
    id,
    ...preparation.prepareRecord(record(id)),
  }));
}

test.each([
  { what: "many rows, of which most values are repeated", rows: 20_480 },
  { what: "a few rows", rows: 100 },
])("$what are prepared as each is alone, in their order", async ({ rows }) => {
  await using duck = await DuckDb.open();
  const input = await readFiles(duck, [await fileOf(rows)]);
  const alone = openModelPreparation(model);
  const expected = prepareAlone(alone, rows);

  const shares: number[] = [];
  const setAside = await prepareInput(duck, {
    input,
    model,
    onProgress: (share) => shares.push(share),
  });

  expect(await duck.rows("from records")).toEqual(expected);
  expect(setAside).toEqual(alone.setAside());
  expect(shares.at(-1)).toBe(1);
  const tables = await duck.rows(
    "select table_name as name from duckdb_tables() where not temporary order by name",
  );
  expect(tables).toEqual([{ name: "input" }, { name: "records" }]);
});
