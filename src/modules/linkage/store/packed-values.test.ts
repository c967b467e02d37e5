import fc from "fast-check";
import { expect, test } from "vitest";
import { DuckDb } from "../../../platform/duckdb/index.ts";
import type { PreparedType, PreparedValue } from "../model/model.ts";
import { packed, packedSql, unpacked, unpackedSql } from "./packed-values.ts";
import { columnValues, recordType } from "./records.ts";

/** Halves of surrogate pairs among them. */
const text = fc.string({ unit: "binary", maxLength: 20 });
const typed: readonly (readonly [PreparedType, fc.Arbitrary<PreparedValue>])[] = [
  ["text", fc.oneof(text, fc.constant(String.raw`\ud800 "\\`), fc.constant("\ud83d half"))],
  ["integer", fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })],
  ["number", fc.double({ noNaN: true, noDefaultInfinity: true })],
  ["list", fc.array(text, { maxLength: 3 })],
];

test("what is packed arrives as if each value had been handed over by itself", async () => {
  await using duck = await DuckDb.open();
  for (const [type, value] of typed) {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(value), { minLength: 1, maxLength: 80 }),
        async (values) => {
          await duck.run(`create or replace table alone (id integer, value ${recordType(type)})`);
          await duck.append("alone", [Int32Array.from(values.keys()), columnValues(type, values)]);
          await duck.run(
            `create or replace table together as select unnest(range($1::integer)) as id, ${unpackedSql("$2::varchar", type)} as value`,
            [values.length, packed(values)],
          );
          const { n } = await duck.columns(
            "select count(*) as n from alone a join together t using (id) where a.value is not distinct from t.value",
            { n: "float64" },
          );
          expect([...n]).toEqual([values.length]);
        },
      ),
      { numRuns: 12 },
    );
  }
});

test("texts that DuckDB packs are read as they are, in the order of their ids", async () => {
  await using duck = await DuckDb.open();
  const texts = ["b", null, "", "a\u0000b", '"', "\\", "\u001f", "é", "🙂", "\n"];
  await duck.run("create table texts (id integer, value varchar)");
  const ids = Int32Array.from(texts.keys());
  await duck.append("texts", [ids.toReversed(), texts.toReversed()]);

  const read = await duck.columns(`select ${packedSql("value")} as packed from texts`, {
    packed: "text",
  });

  expect(unpacked(read.packed[0] ?? "")).toEqual(texts);
});
