/** The ways in which `./waybill import` is given its records. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Client } from "../../src/modules/contracts/index.ts";
import { testDatabase, type TestDatabase } from "../support/database.ts";
import { value } from "./client-state.ts";
import { applyShop } from "./scene.ts";
import { runWaybill } from "./waybill-process.ts";

let database: TestDatabase;
let client: Client;
let folder: string;

beforeAll(async () => {
  database = await testDatabase();
  client = await applyShop(database.db);
  folder = await mkdtemp(join(tmpdir(), "waybill-inputs-"));
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const customer = (number: string): string => `number,name\n${number},Leonora Quistgaard\n`;

interface Document {
  readonly accepted: number;
  readonly intakes: readonly { readonly origin: string }[];
}

/** Imports customers. @returns how many were new, and what their files are called */
async function imported(names: readonly string[], stdin?: Buffer): Promise<[number, string[]]> {
  const args = ["import", "shop", "customers", ...names, "--json"];
  const ended = await runWaybill(args, { data: folder, database: database.url, stdin });
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  const document: Document = JSON.parse(ended.stdout);
  return [document.accepted, document.intakes.map(({ origin }) => origin)];
}

test("a folder, a pattern, a compressed file and standard input are all read, each once, in the order of names", async () => {
  const day = join(folder, "day");
  await mkdir(join(day, "deeper"), { recursive: true });
  await writeFile(join(day, "b.csv"), customer("2"));
  await writeFile(join(day, "a.csv"), customer("1"));
  await writeFile(join(day, ".hidden.csv"), customer("99"));
  await writeFile(join(day, "deeper", "c.csv"), customer("98"));
  await writeFile(join(folder, "week-2.csv.gz"), gzipSync(customer("4")));
  await writeFile(join(folder, "week-1.csv"), customer("3"));

  expect(await imported([day])).toEqual([2, ["a.csv", "b.csv"]]);
  expect(await imported([join(folder, "week-*")])).toEqual([2, ["week-1.csv", "week-2.csv.gz"]]);
  expect(await imported(["-"], gzipSync(customer("5")))).toEqual([1, ["-"]]);

  const numbers = "select string_agg(number, ' ' order by number) as value from customers";
  expect(await value(database.db, client, numbers)).toBe("1 2 3 4 5");
});

test("of several files, those before a bad one stay, and the message names it", async () => {
  await writeFile(join(folder, "x-1.csv"), customer("11"));
  await writeFile(join(folder, "x-2.csv"), "name,name\nLeonora Quistgaard,x\n");
  await writeFile(join(folder, "x-3.csv"), customer("13"));
  const args = ["import", "shop", "customers", join(folder, "x-*.csv")];

  const { code, stderr } = await runWaybill(args, { data: folder, database: database.url });

  expect(code).toBe(2);
  expect(stderr).toContain("x-2.csv");
  expect(stderr).not.toContain("Quistgaard");
  const numbers =
    "select string_agg(number, ' ' order by number) as value from customers where number > '10' and number < '2'";
  expect(await value(database.db, client, numbers)).toBe("11");
});

test("a file that may not be read is named, with no other harm", async () => {
  const args = ["import", "shop", "customers", "/proc/self/mem"];

  const { code, stderr } = await runWaybill(args, { data: folder, database: database.url });

  expect(stderr).toMatch(/^error: .*mem/);
  expect(stderr).not.toContain("unforeseen");
  expect(code).toBe(2);
});
