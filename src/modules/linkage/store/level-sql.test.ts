import fc from "fast-check";
import { expect, test } from "vitest";
import { must } from "../../../kernel/index.ts";
import { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Condition, Operands } from "../model/condition.ts";
import { levelOf } from "../model/evaluate.ts";
import type { Comparison, PreparedRecord } from "../model/model.ts";
import { createCompared } from "./compared.ts";
import { levelColumn, levelsQuery } from "./level-sql.ts";

/** Short texts over few letters are near one another in every way there is. */
const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 7 });
const record = fc.record({
  name: fc.option(text, { freq: 5 }),
  alias: fc.option(text, { freq: 5 }),
  born: fc.option(fc.integer({ min: -40, max: 40 }), { freq: 5 }),
  income: fc.option(
    fc.integer({ min: -40, max: 40 }).map((tenths) => tenths / 10),
    { freq: 5 },
  ),
  tags: fc.option(fc.uniqueArray(text, { maxLength: 4 }), { freq: 5 }),
  latitude: fc.option(fc.double({ min: -90, max: 90, noNaN: true }), { freq: 5 }),
  longitude: fc.option(fc.double({ min: -180, max: 180, noNaN: true }), { freq: 5 }),
});

function between(...columns: readonly string[]): fc.Arbitrary<Operands> {
  return fc.record({
    left: fc.constantFrom(...columns).map((column) => ({ column })),
    right: fc.constantFrom(...columns).map((column) => ({ column })),
  });
}

const texts = between("name", "alias");
const count = fc.integer({ min: 1, max: 4 });
const share = fc.constantFrom(0.3, 0.5, 0.7, 0.8, 0.88, 0.92);

const simple: fc.Arbitrary<Condition> = fc.oneof(
  texts.map((operands) => ({ kind: "missing" as const, ...operands })),
  texts.map((operands) => ({ kind: "equal" as const, ...operands })),
  between("tags").map((operands) => ({ kind: "equal" as const, ...operands })),
  fc
    .tuple(texts, fc.constantFrom("jaro-winkler", "jaro", "jaccard"), share)
    .map(([operands, measure, atLeast]) => ({
      kind: "similar" as const,
      measure,
      atLeast,
      ...operands,
    })),
  fc
    .tuple(
      texts,
      fc.constantFrom("levenshtein", "damerau-levenshtein", "adjacent-swap"),
      fc.integer({ min: 0, max: 2 }),
    )
    .map(([operands, measure, atMost]) => ({
      kind: "distance" as const,
      measure,
      atMost,
      ...operands,
    })),
  fc
    .tuple(between("born"), fc.integer({ min: 0, max: 60 }))
    .map(([operands, atMost]) => ({ kind: "days" as const, atMost, ...operands })),
  fc
    .tuple(between("income", "born"), fc.constantFrom(0, 0.5, 1, 10))
    .map(([operands, atMost]) => ({ kind: "numbers" as const, atMost, ...operands })),
  fc
    .tuple(between("tags"), count)
    .map(([operands, atLeast]) => ({ kind: "overlap" as const, atLeast, ...operands })),
  fc
    .tuple(between("tags"), share)
    .map(([operands, atLeast]) => ({ kind: "overlap-share" as const, atLeast, ...operands })),
  fc
    .tuple(texts, fc.constantFrom("length", "within", "prefix"), count)
    .map(([operands, kind, atLeast]) => ({ kind, atLeast, ...operands })),
  fc.constantFrom(100, 1_000, 5_000).map((atMost) => ({
    kind: "kilometres" as const,
    latitude: "latitude",
    longitude: "longitude",
    atMost,
  })),
);

const condition = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    { arbitrary: simple, weight: 4 },
    {
      arbitrary: fc
        .tuple(
          fc.constantFrom("all", "any"),
          fc.array(tie("condition"), { minLength: 1, maxLength: 3 }),
        )
        .map(([kind, of]) => ({ kind, of })),
      weight: 1,
    },
    { arbitrary: tie("condition").map((of) => ({ kind: "not" as const, of })), weight: 1 },
  ),
})).condition;

const comparison: fc.Arbitrary<Comparison> = fc
  .array(condition, { maxLength: 4 })
  .map((conditions) => ({
    name: "of anything",
    levels: [...conditions, "otherwise" as const].map((when, place) => ({
      name: `level ${place}`,
      when,
      isMissing: false,
      m: undefined,
      u: undefined,
    })),
  }));

test("the SQL finds the same levels as the evaluation of a pair, for any conditions and records", async () => {
  const comparisons = fc.array(comparison, { minLength: 1, maxLength: 6 });
  const records = fc.array(record, { minLength: 2, maxLength: 25 });

  await fc.assert(
    fc.asyncProperty(comparisons, records, async (comparisons, records) => {
      await using duck = await DuckDb.open({ threads: 1 });
      await createRecords(duck, records);
      await createCompared(duck, comparisons);

      const names = comparisons.map((_, position) => levelColumn(position));
      const pairs = await duck.rows<Record<string, number>>(
        levelsQuery(comparisons, {
          pairs: "(select a.id as l, b.id as r from compared a, compared b where a.id < b.id)",
          carried: ["l", "r"],
        }),
      );

      expect(pairs.length).toBe((records.length * (records.length - 1)) / 2);
      for (const pair of pairs) {
        const left = must(records[pair["l"] ?? -1], "ids are places");
        const right = must(records[pair["r"] ?? -1], "ids are places");
        const expected = comparisons.map((one) => levelOf(one, left, right));
        expect(names.map((name) => pair[name])).toEqual(expected);
      }
    }),
    { numRuns: 60 },
  );
});

async function createRecords(duck: DuckDb, records: readonly PreparedRecord[]): Promise<void> {
  await duck.run(
    `create table records (id integer, name varchar, alias varchar, born integer, income double,
       tags varchar[], latitude double, longitude double)`,
  );
  const numbers = (column: string) =>
    records.map((one) => (typeof one[column] === "number" ? one[column] : null));
  const strings = (column: string) =>
    records.map((one) => (typeof one[column] === "string" ? one[column] : null));
  const lists = records.map(({ tags }) => (typeof tags === "object" ? tags : null));
  await duck.append("records", [
    Int32Array.from(records.keys()),
    strings("name"),
    strings("alias"),
    numbers("born"),
    numbers("income"),
    lists,
    numbers("latitude"),
    numbers("longitude"),
  ]);
}
