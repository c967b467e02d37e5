import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { DuckDb } from "../../../platform/duckdb/index.ts";
import { autoModel } from "../auto/auto-model.ts";
import type { Model, ModelField } from "../model/model.ts";
import type { Preparation, SetAsideCount } from "../prepare/preparation.ts";
import { openModelPreparation } from "./model-preparation.ts";
import { prepareInput } from "./prepare-input.ts";
import { readFiles } from "./read-files.ts";

const fields: readonly ModelField[] = [
  { name: "first", kind: "given-name", columns: ["first"] },
  { name: "last", kind: "family-name", columns: ["last"] },
  { name: "born", kind: "date", columns: ["born"] },
  { name: "mail", kind: "email", columns: ["mail"] },
];
const everything: Model = autoModel(fields);
/** Without the addresses, nothing is left that is not repeated. */
const repeated: Model = autoModel(fields.slice(0, 3));

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

/** Some of the records, each prepared alone. */
const EVERY = 37;
function prepareSome(preparation: Preparation, rows: number): unknown[] {
  return Array.from({ length: Math.ceil(rows / EVERY) }, (_, place) => {
    const id = place * EVERY;
    return { id, ...preparation.prepareRecord(record(id)) };
  });
}

/** What is set aside of all records, prepared as one batch. */
function setAsideOfAll(preparation: Preparation, rows: number): readonly SetAsideCount[] {
  const all = Array.from({ length: rows }, (_, id) => record(id));
  const names = ["first", "last", "born", "mail"];
  preparation.prepare(
    new Map(names.map((name) => [name, all.map((values) => values[name] ?? null)])),
  );
  return preparation.setAside();
}

test.each([
  { what: "many rows, of which most values are repeated", rows: 10_240, model: everything },
  { what: "many rows, of which all values are repeated", rows: 10_240, model: repeated },
  { what: "a few rows", rows: 100, model: everything },
])("$what are prepared as each is alone, in their order", async ({ rows, model }) => {
  await using duck = await DuckDb.open();
  const input = await readFiles(duck, [await fileOf(rows)]);

  const setAside = await prepareInput(duck, { input, model });

  const { id } = await duck.columns("select id from records", { id: "int32" });
  expect(id).toEqual(Int32Array.from({ length: rows }, (_, place) => place));
  expect(await duck.rows(`from records where id % ${EVERY} = 0`)).toEqual(
    prepareSome(openModelPreparation(model), rows),
  );
  expect(setAside).toEqual(setAsideOfAll(openModelPreparation(model), rows));
  const tables = await duck.rows(
    "select table_name as name from duckdb_tables() where not temporary order by name",
  );
  expect(tables).toEqual([{ name: "input" }, { name: "records" }]);
});

test("what is prepared row by row tells how far it is", async () => {
  await using duck = await DuckDb.open();
  const input = await readFiles(duck, [await fileOf(5_000)]);
  const shares: number[] = [];

  await prepareInput(duck, { input, model: everything, onProgress: (share) => shares.push(share) });

  expect(shares).toEqual([expect.closeTo(0.82, 2), 1]);
});

test("preparing that is stopped says so", async () => {
  await using duck = await DuckDb.open();
  const input = await readFiles(duck, [await fileOf(10_240)]);

  const preparing = prepareInput(duck, { input, model: everything, signal: AbortSignal.abort() });

  await expect(preparing).rejects.toMatchObject({ name: "CancelledError" });
});
