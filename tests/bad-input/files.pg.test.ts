/**
 * Files as they come on bad days. Whatever is wrong with one: it ends with a message that says what to
 * do and names no person, with the right exit code, and with nothing lost and nothing half published.
 */
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client } from "../../src/modules/contracts/index.ts";
import { quarantinedRows, quarantineSummary } from "../../src/modules/intake/index.ts";
import { contents, SOUND, soundness, value } from "../end-to-end/client-state.ts";
import { applyShop, attempt } from "../end-to-end/scene.ts";
import { testDatabase, type TestDatabase } from "../support/database.ts";
import { workbook, zip } from "../../src/modules/intake/reading/workbook.fixture.ts";

/** A name that stands in every file, and may stand nowhere else. */
const PERSON = "Leonora Quistgaard";

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await testDatabase({ poolSize: 8 });
  client = await applyShop(database.db);
});

afterAll(() => database[Symbol.asyncDispose]());

interface Refused {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly says: RegExp;
  readonly options?: { readonly source?: string; readonly dataset?: string };
}

const HEADER = "number,name,born,seen,balance,points\n";
const row = (number: string, rest = `${PERSON},1980-01-01,,1.00,1`): string =>
  `${number},${rest}\n`;
const GOOD = HEADER + row("1") + row("2");

/** A gzip file may be many, one after the other: a megabyte that becomes a gigabyte. */
function* gigabyte(): Generator<Uint8Array> {
  yield gzipSync(`${HEADER}1,"`);
  const blanks = gzipSync(Buffer.alloc(32 * 1024 * 1024, 0x20));
  for (let member = 0; member < 32; member += 1) {
    yield blanks;
  }
  yield gzipSync(`${PERSON}",1980-01-01,,1.00,1\n${row("2")}`);
}

const refused: readonly Refused[] = [
  { name: "an empty file", content: "", says: /the input is empty/ },
  { name: "blank lines alone", content: "\n\n  \n", says: /no column "number"/ },
  { name: "random bytes", content: randomBytes(64 * 1024), says: /is not text/ },
  {
    name: "a picture",
    content: Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), randomBytes(4096)]),
    says: /is not text/,
  },
  {
    name: "gzip that is cut off",
    content: gzipSync(Buffer.from(HEADER + row("1").repeat(20_000))).subarray(0, 200),
    says: /gzip input ends too early/,
  },
  {
    name: "a column that is there twice",
    content: `number,name,name\n1,${PERSON},x\n`,
    says: /names a column twice: "name"/,
  },
  {
    name: "no column of the key",
    content: `id,name\n1,${PERSON}\n`,
    says: /lacks a column[^]*"number"/,
  },
  {
    name: "UTF-16 without a byte order mark, which begins as UTF-8 cannot",
    content: Buffer.concat([Buffer.from(GOOD, "utf16le"), Buffer.from([0x00])]),
    says: /is not text/,
  },
  {
    name: "a zip that is no workbook",
    content: zip({ "a.txt": PERSON }),
    says: /without a visible sheet/,
  },
  {
    name: "a workbook that is cut off",
    content: zip({ "xl/workbook.xml": "<workbook/>" }).subarray(0, 60),
    says: /damaged or cut off/,
  },
  {
    name: "a source that does not exist",
    content: GOOD,
    options: { source: "nope" },
    says: /no source nope[^]*crm/,
  },
  {
    name: "a dataset that does not exist",
    content: GOOD,
    options: { dataset: "nope" },
    says: /has no dataset nope[^]*orders/,
  },
  {
    name: "JSON that is cut off",
    content: `[{"number":"1","name":"${PERSON}"},{"num`,
    says: /is not closed/,
  },
  { name: "a JSON value that holds no rows", content: '"text"', says: /no column "number"/ },
];

describe("a file that cannot be used is refused as a whole", () => {
  test.for(refused)("$name", async ({ content, says, options }) => {
    const { db } = database;
    const before = await contents(db, "shop");

    const { exitCode, said } = await attempt(db, client, {
      ...options,
      content,
    });

    expect(said).not.toContain("unforeseen");
    expect([2, 4]).toContain(exitCode);
    expect(said).toMatch(says);
    expect(said).not.toContain(PERSON);
    const after = await contents(db, "shop");
    expect({ ...after, _intakes: "", _sources: "" }).toEqual({
      ...before,
      _intakes: "",
      _sources: "",
    });
    expect(await soundness(db, "shop")).toMatchObject(SOUND);
  });
});

interface Partly {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly read: number;
  /** Rules that rows were refused by, with how many. */
  readonly refused: Readonly<Record<string, number>>;
}

const long = "x".repeat(10 * 1024 * 1024);

const partly: readonly Partly[] = [
  { name: "a header alone", content: HEADER, read: 0, refused: {} },
  {
    name: "a last line that is cut off",
    content: HEADER + row("10") + "11,Leo",
    read: 2,
    refused: { "too-few-columns": 1 },
  },
  {
    name: "rows with too few and too many columns",
    content: HEADER + row("20") + `21,${PERSON}\n` + row("22", `${PERSON},,,,,,,`),
    read: 3,
    refused: { "too-few-columns": 1, "too-many-columns": 1 },
  },
  {
    name: "a field of ten megabytes",
    content: HEADER + row("40") + `41,${long},,,,\n` + row("42"),
    read: 3,
    refused: { "too-long": 1 },
  },
  {
    name: "a quote that is never closed",
    content: HEADER + row("50") + `51,"${PERSON},,,,\n` + row("52"),
    read: 3,
    refused: { quote: 1 },
  },
  {
    name: "a NUL in a text",
    content: HEADER + row("60") + `61,Leo\u0000nora,,,,\n`,
    read: 2,
    refused: { "nul-byte": 1 },
  },
  {
    name: "days that do not exist",
    content:
      HEADER +
      row("70", ",2023-02-29,,,") +
      row("71", ",2024-02-29,,,") +
      row("72", ",1900-02-29,,,") +
      row("73", ",2000-02-29,,,") +
      row("74", ",2024-13-01,,,") +
      row("75", ",0000-00-00,,,"),
    read: 6,
    refused: { type: 4 },
  },
  {
    name: "numbers that the column cannot hold exactly",
    content:
      HEADER +
      row("90", ",,,0.001,") +
      row("91", ",,,12345678901.00,") +
      row("92", ",,,9999999999.99,") +
      row("93", ",,,1e400,") +
      row("94", ",,,NaN,") +
      row("95", ",,,,9223372036854775808") +
      row("96", ",,,,9223372036854775807"),
    read: 7,
    refused: { type: 3, precision: 1, scale: 1 },
  },
];

describe("a file with bad rows is taken without them", () => {
  test.for(partly)("$name", async ({ content, read, refused: expected }) => {
    const { db } = database;
    const outcome = await attempt(db, client, {
      content,
    });
    const groups = await quarantineSummary(db, client);
    const ours = groups.filter(({ intake }) => intake === outcome.report?.intake);
    const rules = Map.groupBy(ours, ({ rule }) => rule);
    const counts = [...rules].map(([rule, all]) => [
      rule,
      all.reduce((sum, each) => sum + Number(each.rows), 0),
    ]);
    expect(outcome.exitCode).toBe(0);
    expect(outcome.said).not.toContain(PERSON);
    expect(Object.fromEntries(counts)).toEqual(expected);
    expect(outcome.report).toMatchObject({ state: "published", read });
    expect(await soundness(db, "shop")).toMatchObject(SOUND);
  });
});

test("a row whose bytes are not of the file's encoding waits in quarantine as it came", async () => {
  await using own = await testDatabase();
  const sources = {
    "crm.yaml": "source: crm\ndataset: customers\nprecedence: 1\nformat: {encoding: utf-8}\n",
  };
  const shop = await applyShop(own.db, { sources });
  const bad = Buffer.concat([Buffer.from("2,"), Buffer.from([0xff, 0xfe]), Buffer.from(",,,,")]);
  const content = Buffer.concat([
    Buffer.from(HEADER + row("1")),
    bad,
    Buffer.from(`\n${row("3")}`),
  ]);

  const { report, said } = await attempt(own.db, shop, { content });

  expect(said).toBe("");
  expect(report).toMatchObject({ read: 3, accepted: 2, quarantined: 1 });
  const [waiting] = await quarantinedRows(own, shop, { limit: 10 });
  expect(waiting?.original).toEqual(bad);
});

test("an hour that a clock shows twice is the first, one that it leaves out is as long after the change", async () => {
  const { db } = database;
  const rows = row("80", ",,2026-03-29T02:30:00,,") + row("81", ",,2026-10-25T02:30:00,,");

  const { report } = await attempt(db, client, { content: HEADER + rows });

  expect(report).toMatchObject({ read: 2, quarantined: 0 });
  const seen =
    "select string_agg((seen at time zone 'UTC')::text, ' ' order by number) as value from customers where number in ('80', '81')";
  expect(await value(db, client, seen)).toBe("2026-03-29 01:30:00 2026-10-25 00:30:00");
});

describe("a bomb is refused long before it fills the memory:", () => {
  const cell = (text: string): string => `<c t="inlineStr"><is><t>${text}</t></is></c>`;
  const blanks = (megabytes: number): string => " ".repeat(megabytes * 1024 * 1024);

  test.for([
    ["gzip", () => Readable.from(gigabyte())],
    [
      "a workbook's shared texts",
      () =>
        workbook({
          rows: "<row><c t='s'><v>0</v></c></row>",
          sharedStrings: `<si><t>${blanks(24)}</t></si>`.repeat(4),
        }),
    ],
    [
      "a workbook's cell",
      () => workbook({ rows: `<row>${cell("number")}</row><row>${cell(blanks(96))}</row>` }),
    ],
  ] as const)("%s", { timeout: 60_000 }, async ([, make]) => {
    const content = make();
    const before = process.memoryUsage().rss;

    const { exitCode, said } = await attempt(database.db, client, { content });

    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    expect(exitCode).toBe(2);
    expect(said).toMatch(
      /^error: the compressed input grows to more than 300 times its size\n  send/,
    );
    expect(await soundness(database.db, "shop")).toMatchObject(SOUND);
  });
});
