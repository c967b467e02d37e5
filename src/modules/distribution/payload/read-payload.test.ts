import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FieldType } from "../../contracts/index.ts";
import { ByteSink } from "./byte-sink.ts";
import { copyLine } from "./copy-text.ts";
import { encoderFor, type TextFormat } from "./encoder.ts";
import { OutgoingRows } from "./outgoing-rows.ts";
import { writeParquet } from "./parquet.ts";
import { PayloadUnreadable } from "../reading/unreadable.ts";
import { readPayload } from "./read-payload.ts";
import { CanonicalRecord, type RecordValues, type TextForm } from "./record.ts";

const TYPES: Readonly<Record<string, FieldType>> = {
  name: { kind: "text" },
  tenure: { kind: "integer" },
  charges: { kind: "decimal", precision: 38, scale: 4 },
  active: { kind: "boolean" },
  born: { kind: "date" },
  seen: { kind: "timestamp" },
  tags: { kind: "text-list" },
};
const columns = Object.entries(TYPES).map(([name, type]) => ({ name, type }));
const fields = columns.map(({ name, type }) => ({ name, type: type.kind }));

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "waybill-payload-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const text = fc.string({ unit: "grapheme" }).map((value) => value.replaceAll("\0", ""));
const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 33n), max: 10n ** 33n }), fc.integer({ min: 1, max: 9999 }))
  .map(([whole, rest]) => `${whole}.${String(rest).padStart(4, "0")}`);
const instant = fc.date({
  min: new Date("1900-01-01"),
  max: new Date("2200-01-01"),
  noInvalidDate: true,
});
const seen = fc.tuple(instant, fc.nat(999)).map(([date, micros]) => {
  return date.toISOString().replace("Z", `${String(micros).padStart(3, "0")}Z`);
});
const record = fc.tuple(
  fc.option(text),
  fc.option(integer),
  fc.option(decimal),
  fc.option(fc.constantFrom("true", "false")),
  fc.option(instant.map((date) => date.toISOString().slice(0, 10))),
  fc.option(seen),
  fc.option(fc.array(text, { maxLength: 3 })),
);

async function collect(records: AsyncIterable<RecordValues>): Promise<RecordValues[]> {
  const all: RecordValues[] = [];
  for await (const values of records) {
    all.push(values);
  }
  return all;
}

function encode(format: TextFormat, records: readonly RecordValues[]): string {
  const waybillId = "0198a4f0-0000-7000-8000-000000000000";
  const encoder = encoderFor({ format, waybillId }, fields);
  const out = new ByteSink();
  const rows = new OutgoingRows(fields.map(({ type }) => type === "text-list"));
  rows.feed(Buffer.from(records.map((values) => copyLine(["1", "", ...values])).join("")));
  encoder.begin(out);
  while (rows.next()) {
    encoder.add(rows, out);
  }
  encoder.end(out);
  return out.bytes.toString();
}

/** As a Parquet file is staged. */
function canonicalLine(values: RecordValues): string {
  const out = new ByteSink();
  new CanonicalRecord(fields).write(values, out);
  return `${out.bytes.toString()}\n`;
}

async function readBack(format: TextFormat | "parquet", bytes: string): Promise<RecordValues[]> {
  const file = path.join(folder, `payload.${format}`);
  await writeFile(file, bytes);
  return await collect(readPayload({ path: file, format, fields }));
}

describe("a payload", () => {
  test.each<TextFormat>(["csv", "jsonl", "webhook"])(
    "of kind %s gives back the records that were written",
    async (format) => {
      await fc.assert(
        fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 6 }), async (records) => {
          expect(await readBack(format, encode(format, records))).toEqual(records);
        }),
        { numRuns: 60 },
      );
    },
  );

  test.each<TextFormat>(["csv", "jsonl", "webhook"])(
    "of kind %s gives back values that hold separators of lines and paragraphs",
    async (format) => {
      const value = "first\u2028second\u2029third\u0085fourth";
      const [some] = fc.sample(record, { numRuns: 1, seed: 1 });
      const values = (some ?? []).map((each, place, all) =>
        place === all.length - 1 ? [value] : each,
      );
      expect(await readBack(format, encode(format, [values, values]))).toEqual([values, values]);
    },
  );

  test("of kind parquet gives back the records that were written", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 6 }), async (records) => {
        const staged = path.join(folder, "staged.json");
        const file = path.join(folder, "it's.parquet");
        await writeFile(staged, records.map(canonicalLine).join(""));
        await writeParquet({ staged, longestRecord: 10_000, path: file, columns });

        const read = await collect(readPayload({ path: file, format: "parquet", fields }));

        expect(read).toEqual(records);
      }),
      { numRuns: 12 },
    );
  });

  test("of kind parquet takes a record of several megabytes", async () => {
    const record = PLAIN.with(0, "ü".repeat(2_000_000));
    const line = canonicalLine(record);
    const staged = path.join(folder, "large.json");
    const file = path.join(folder, "large.parquet");
    await writeFile(staged, line);

    await writeParquet({ staged, longestRecord: line.length * 3, path: file, columns });

    expect(await collect(readPayload({ path: file, format: "parquet", fields }))).toEqual([record]);
  });

  test("without records is a header in CSV and nothing in the others", async () => {
    expect(encode("csv", [])).toBe("name,tenure,charges,active,born,seen,tags\r\n");
    expect(encode("jsonl", [])).toBe("");
    expect(encode("webhook", [])).toBe("");
    expect(await readBack("csv", encode("csv", []))).toEqual([]);
  });
});

const PLAIN: readonly TextForm[] = [
  "Ada",
  "12",
  "1.0000",
  "true",
  "1815-12-10",
  "2026-01-01T00:00:00.000000Z",
  ["a"],
];

test("numbers in JSON keep all their digits", () => {
  const line = encode("jsonl", [PLAIN.with(1, "9223372036854775807").with(2, "0.1000")]);

  expect(line).toContain('"tenure":9223372036854775807,"charges":0.1000,"active":true,');
});

describe("the bodies of a webhook payload", () => {
  test("hold at most 500 records", () => {
    const bodies = encode(
      "webhook",
      Array.from({ length: 1001 }, () => PLAIN),
    )
      .trimEnd()
      .split("\n");

    expect(bodies.map((body) => JSON.parse(body).records.length)).toEqual([500, 500, 1]);
    expect(bodies.map((body) => JSON.parse(body).batch)).toEqual([1, 2, 3]);
  });

  test("hold at most 256 KiB unless one record is larger", () => {
    const sizes = [100_000, 100_000, 100_000, 300_000, 10];
    const bodies = encode(
      "webhook",
      sizes.map((size) => PLAIN.with(0, "ü".repeat(size / 2))),
    )
      .trimEnd()
      .split("\n");

    expect(bodies.map((body) => JSON.parse(body).records.length)).toEqual([2, 1, 1, 1]);
    expect(Buffer.byteLength(bodies[0] ?? "")).toBeLessThanOrEqual(256 * 1024);
  });
});

describe("reading refuses", () => {
  test.each<[string, TextFormat, string]>([
    ["a missing column", "csv", "name,tenure,charges,active,born,seen\r\n"],
    ["another column", "csv", "name,tenure,charges,active,born,seen,email\r\n"],
    ["another order of columns", "csv", "tenure,name,charges,active,born,seen,tags\r\n"],
    ["an empty file", "csv", ""],
    ["a ragged line", "csv", "name,tenure,charges,active,born,seen,tags\r\na,b\r\n"],
    ["a record that is no object", "jsonl", "[]\n"],
    ["a nested record", "jsonl", '{"name":{}}\n'],
    ["a further member", "jsonl", `${encode("jsonl", [PLAIN]).slice(0, -2)},"email":"x"}\n`],
    ["broken JSON", "jsonl", '{"name":\n'],
    ["a body without records", "webhook", '{"batch":1}\n'],
  ])("%s", async (_, format, bytes) => {
    await expect(readBack(format, bytes)).rejects.toThrow(PayloadUnreadable);
  });

  test("bytes that are not Parquet", async () => {
    await expect(readBack("parquet", "PAR1 not really")).rejects.toThrow(PayloadUnreadable);
  });

  test("without repeating any value", async () => {
    const bytes = `${encode("jsonl", [PLAIN])}{"name":"Secret Person", broken\n`;
    await expect(readBack("jsonl", bytes)).rejects.toThrow(/^(?!.*Secret Person)/u);
  });
});
