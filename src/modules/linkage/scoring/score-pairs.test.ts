import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  columnsByType,
  model as untrainedModel,
} from "../../../../tests/linkage/arbitrary-model.ts";
import { askSplink } from "../../../../tests/linkage/splink-oracle.ts";
import { referenceData } from "../../../../tests/support/reference-data.ts";
import { must } from "../../../kernel/index.ts";
import { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Model, PreparedRecord, PreparedValue } from "../model/model.ts";
import { readSplinkModel } from "../model/splink.ts";
import { openTelling, tellingFromNumber } from "../model/telling.ts";
import { countTerms, createCompared } from "../store/compared.ts";
import { readScored } from "../store/scored.ts";
import { openScorer } from "./score-pair.ts";
import type { TermShares } from "./term-weight.ts";
import { comparePairs } from "./compare-pairs.ts";
import { scorePairs } from "./score-pairs.ts";

describe.each([
  {
    name: "febrl3",
    csv: "linkage/febrl/dataset3.csv",
    entity: "regexp_extract(rec_id, '^rec-[0-9]+')",
  },
  { name: "fake_1000", csv: "linkage/fake_1000/fake_1000.csv", entity: "cluster" },
])("the model of $name, as Splink saved it", ({ name, csv, entity }) => {
  test("gives every blocked pair in bulk the weight that Splink's own SQL gives it", async (context) => {
    const data = referenceData(csv);
    const settings = referenceData(`linkage/splink_reference/${name}.json`);
    if (data === undefined || settings === undefined) {
      return context.skip("reference data is not here; put it into ../shared/data");
    }
    await using duck = await DuckDb.open();
    const { pairs } = await askSplink(duck, { csv: data, settings, entity });
    const model = readSplinkModel(readFileSync(settings, "utf8"), `${name}.json`);
    await duck.run(`create table pairs (l integer, r integer, rule utinyint)`);
    await duck.append("pairs", [
      Int32Array.from(pairs, ({ l }) => l),
      Int32Array.from(pairs, ({ r }) => r),
      new Uint8Array(pairs.length),
    ]);

    await countTerms(duck, model.comparisons);
    await createCompared(duck, model.comparisons);
    await scorePairs(duck, model, { chunks: 3 });
    const scored = await readScored(duck);

    expect([...scored.l]).toEqual(pairs.map(({ l }) => l));
    expect([...scored.r]).toEqual(pairs.map(({ r }) => r));
    const differences = pairs.map(({ weight }, index) =>
      Math.abs(weight - (scored.weight[index] ?? Number.NaN)),
    );
    expect(Math.max(...differences)).toBeLessThan(1e-6);
  });
});

/** Short texts over few letters are near one another in every way there is; some are dates. */
const text = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.string({ unit: fc.constantFrom("a", "b", "c", "1"), minLength: 1, maxLength: 7 }),
  },
  { weight: 1, arbitrary: fc.constantFrom("2001-02-03", "20010204", "3.2.2001", "2001-13-40") },
);
const valuesByType = {
  text,
  integer: fc.integer({ min: -400, max: 400 }),
  number: fc.integer({ min: -1_440, max: 1_440 }).map((part) => part / 16),
  list: fc.uniqueArray(text, { maxLength: 4 }),
};
const sqlTypes = { text: "varchar", integer: "integer", number: "double", list: "varchar[]" };
const types = ["text", "integer", "number", "list"] as const;

const record: fc.Arbitrary<PreparedRecord> = fc.record(
  Object.fromEntries(
    types.flatMap((type) =>
      columnsByType[type].map((column) => [
        column,
        fc.option<PreparedValue>(valuesByType[type], { freq: 5 }),
      ]),
    ),
  ),
);

const model: fc.Arbitrary<Model> = untrainedModel.map((made) => ({
  ...made,
  prior: made.prior ?? 0.001,
  comparisons: made.comparisons.map((comparison) => ({
    ...comparison,
    levels: comparison.levels.map((level, place) =>
      level.isMissing ? level : { ...level, m: level.m ?? 0.5, u: level.u ?? 0.01 * (place + 1) },
    ),
  })),
}));

async function loadRecords(duck: DuckDb, records: readonly PreparedRecord[]): Promise<void> {
  const columns = types.flatMap((type) =>
    columnsByType[type].map((name) => ({ name, type: sqlTypes[type] })),
  );
  await duck.run(
    `create table records (id integer, ${columns.map(({ name, type }) => `"${name}" ${type}`).join(", ")})`,
  );
  const values = (column: string) => records.map((one) => one[column] ?? null);
  // What append takes column by column, the types of the columns hold.
  const appended = columns.map(({ name }) => values(name) as (string | null)[]);
  await duck.append("records", [Int32Array.from(records.keys()), ...appended]);
  await duck.run(
    `create table pairs as select l.id as l, r.id as r, 0::utinyint as rule
     from records l join records r on l.id < r.id`,
  );
}

function sharesIn(records: readonly PreparedRecord[]): TermShares {
  return (column, value) => {
    const known = records.map((one) => one[column] ?? null).filter((one) => one !== null);
    return known.filter((one) => one === value).length / known.length;
  };
}

test("in bulk every pair weighs and tells what it does alone, for any model and records", async () => {
  // Two that say one thing, which is often nothing personal.
  const alike = fc.constantFrom({ city: "a" }, { given: "b", visits: 3 }, { phones: ["a", "b"] });
  const records = fc
    .tuple(fc.array(record, { maxLength: 12 }), alike)
    .map(([any, one]) => [...any, one, { ...one }]);

  await fc.assert(
    fc.asyncProperty(model, records, async (model, records) => {
      await using duck = await DuckDb.open({ threads: 1 });
      await loadRecords(duck, records);
      const scorer = openScorer(model);
      const shares = sharesIn(records);
      const telling = openTelling(model.comparisons);

      await countTerms(duck, model.comparisons);
      await createCompared(duck, model.comparisons);
      await scorePairs(duck, model);
      const scored = await readScored(duck);

      expect(scored.l).toHaveLength((records.length * (records.length - 1)) / 2);
      for (const [index, weight] of scored.weight.entries()) {
        const [left, right] = [scored.l, scored.r].map((ids) =>
          must(records[ids[index] ?? -1], "ids are places"),
        );
        const pair = { left: must(left, "of the pair"), right: must(right, "of the pair") };
        const compared = scorer.compare(pair);
        expect(weight).toBeCloseTo(scorer.score(compared, shares).weight, 9);
        expect(tellingFromNumber(scored.telling[index] ?? -1)).toBe(telling(compared.outcomes));
      }
    }),
    { numRuns: 40 },
  );
});

test("pairs that were compared before weigh the same, to the last bit", async () => {
  const records = fc.sample(record, { numRuns: 30, seed: 7 });
  const models = fc.sample(model, { numRuns: 8, seed: 11 });

  for (const any of models) {
    await using duck = await DuckDb.open();
    await loadRecords(duck, records);
    await countTerms(duck, any.comparisons);
    await createCompared(duck, any.comparisons);
    await scorePairs(duck, any);
    const comparedNow = await readScored(duck);

    await comparePairs(duck, any.comparisons);
    await duck.run(`drop view compared`);
    await scorePairs(duck, any, { chunks: 3, areCompared: true });

    expect(await readScored(duck)).toEqual(comparedNow);
  }
});

test("comparing that is stopped says so", async () => {
  await using duck = await DuckDb.open();

  const comparing = comparePairs(duck, [], { signal: AbortSignal.abort() });

  await expect(comparing).rejects.toMatchObject({ name: "CancelledError" });
});

test("chunks together are the whole, light pairs are left out, and progress is told", async () => {
  const records = fc.sample(record, { numRuns: 30, seed: 7 });
  const [sample] = fc.sample(model, { numRuns: 1, seed: 11 });
  const any = must(sample, "one was asked for");
  await using duck = await DuckDb.open();
  await loadRecords(duck, records);
  await countTerms(duck, any.comparisons);
  await createCompared(duck, any.comparisons);
  const told: number[] = [];

  await scorePairs(duck, any);
  const whole = await readScored(duck);
  const middle = [...whole.weight].toSorted((a, b) => a - b)[whole.weight.length >> 1] ?? 0;
  const counts = await scorePairs(duck, any, {
    chunks: 4,
    minimumWeight: middle,
    onProgress: ({ scored }) => told.push(scored),
  });
  const heavy = await readScored(duck);

  expect([...heavy.weight]).toEqual([...whole.weight].filter((weight) => weight >= middle));
  expect(counts).toEqual({ pairs: 435, kept: heavy.weight.length });
  expect(told).toEqual([109, 218, 327, 435]);
});

test("scoring that is stopped says so", async () => {
  const [sample] = fc.sample(model, { numRuns: 1, seed: 11 });
  const any = must(sample, "one was asked for");
  await using duck = await DuckDb.open();
  await loadRecords(duck, fc.sample(record, { numRuns: 30, seed: 7 }));
  await countTerms(duck, any.comparisons);
  await createCompared(duck, any.comparisons);
  const stop = new AbortController();

  const scoring = scorePairs(duck, any, {
    chunks: 4,
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });

  await expect(scoring).rejects.toMatchObject({ name: "CancelledError" });
});
