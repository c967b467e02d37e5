import { describe, expect, test } from "vitest";
import { must } from "../../../kernel/index.ts";
import { DuckDb } from "../../../platform/duckdb/index.ts";
import { findPairs } from "../blocking/find-pairs.ts";
import type { Condition } from "../model/condition.ts";
import type { Comparison, Level, Model } from "../model/model.ts";
import { scorePairs } from "../scoring/score-pairs.ts";
import { countTerms, createCompared } from "../store/compared.ts";
import { readScored } from "../store/scored.ts";
import { recountTerms, trainModel } from "./train-model.ts";
import type { TrainingOptions } from "./train-model.ts";

const PEOPLE = 1_500;
const SEED = { seed: 42 };

/**
 * People of a made-up town, every third of them twice: the second time one in four has another number,
 * one in five lacks the family name, one in six lives elsewhere. The records of one person have the same
 * id modulo the number of people; their notes differ, so that none is a mere copy.
 */
const townSql = `
  create table records as
  with people as (
    select range as person,
      'given' || (hash(range, 1) % 60) as given, 'family' || (hash(range // 3, 2) % 90) as family,
      'street' || (hash(range // 3, 3) % 300) as street, 'number' || (hash(range, 4) % 100000) as number
    from range(${PEOPLE}))
  select person::integer as id, 'first ' || person as note, given, family, street, number from people
  union all
  select (person + ${PEOPLE})::integer, 'second ' || person, given, if(hash(person, 5) % 5 = 0, null, family),
    if(hash(person, 6) % 6 = 0, 'street' || (hash(person, 7) % 300), street),
    if(hash(person, 8) % 4 = 0, 'number' || (hash(person, 9) % 100000), number)
  from people where person % 3 = 0`;

function compare(column: string, isPersonal?: boolean): Comparison {
  const operands = { left: { column }, right: { column } };
  const level = (name: string, when: Condition | "otherwise"): Level => ({
    name,
    when,
    isMissing: name === "missing",
    m: undefined,
    u: undefined,
  });
  return {
    name: column,
    isPersonal,
    levels: [
      level("missing", { kind: "missing", ...operands }),
      level("same", { kind: "equal", ...operands }),
      level("otherwise", "otherwise"),
    ],
  };
}

const model: Model = {
  fields: [],
  prior: undefined,
  comparisons: [
    compare("given", true),
    compare("family"),
    compare("street"),
    compare("number", true),
  ],
  factors: [{ name: "household", comparisons: ["family", "street"], cells: [] }],
  blocking: [
    { name: "given and family", parts: [{ column: "given" }, { column: "family" }] },
    { name: "street", parts: [{ column: "street" }] },
    { name: "number", parts: [{ column: "number" }] },
  ],
  largestBlock: 1_000,
  thresholds: undefined,
};

async function openTown(threads = 2): Promise<DuckDb> {
  const duck = await DuckDb.open({ threads });
  await duck.run(townSql);
  await findPairs(duck, model);
  await countTerms(duck, model.comparisons);
  await createCompared(duck, model.comparisons);
  return duck;
}

async function trainTown(options: Partial<TrainingOptions> = {}, threads = 2): Promise<Model> {
  await using duck = await openTown(threads);
  return await trainModel(duck, model, { ...SEED, ...options });
}

function levelOf(trained: Model, comparison: string, level: string): Level {
  const found = trained.comparisons.find(({ name }) => name === comparison);
  return must(
    found?.levels.find(({ name }) => name === level),
    "the model has the level",
  );
}

describe("training on a town", () => {
  test("finds how many are the same, and how often they and others agree", async () => {
    const trained = await trainTown();

    const records = PEOPLE + PEOPLE / 3;
    const pairs = (records * (records - 1)) / 2;
    expect((trained.prior ?? 0) * pairs).toBeGreaterThan(0.8 * (PEOPLE / 3));
    expect((trained.prior ?? 0) * pairs).toBeLessThan(1.2 * (PEOPLE / 3));
    expect(Math.abs((levelOf(trained, "number", "same").m ?? 0) - 0.75)).toBeLessThan(0.1);
    expect(levelOf(trained, "number", "same").u).toBeLessThan(1e-4);
    expect(levelOf(trained, "given", "same").u).toBeCloseTo(1 / 60, 2);
  });

  test("finds the households, which agree on family and street though not on what is personal", async () => {
    const trained = await trainTown();

    const both = trained.factors?.[0]?.cells.find(({ levels }) => levels.join(" ") === "same same");
    expect(trained.related).toBeGreaterThan(0);
    expect(both?.related).toBeGreaterThan(0.5);
    expect(both?.u).toBeLessThan(0.01);
    expect(levelOf(trained, "number", "same").related).toBeUndefined();
  });

  test("gives weights that tell the same from the rest", async () => {
    await using duck = await openTown();
    const trained = await trainModel(duck, model, SEED);

    await scorePairs(duck, trained, { minimumWeight: 0 });

    const { l, r } = await readScored(duck);
    const right = [...l].filter((left, index) => left % PEOPLE === (r[index] ?? -1) % PEOPLE);
    expect(right.length / l.length).toBeGreaterThan(0.9);
    expect(right.length).toBeGreaterThan(0.8 * (PEOPLE / 3));
  });

  test("is the same to the last bit with the same seed, whatever the threads and the order of pairs", async () => {
    const first = await trainTown({ maxPairs: 4_000 }, 1);

    await using duck = await openTown(2);
    await duck.run(`create table shuffled as select l, r, rule from pairs order by hash(r, l, 99)`);
    await duck.run(`drop table pairs`);
    await duck.run(`alter table shuffled rename to pairs`);
    const second = await trainModel(duck, model, { ...SEED, maxPairs: 4_000 });

    expect(second).toEqual(first);
  });

  test("is another with another seed, where only a sample is looked at", async () => {
    const first = await trainTown({ maxPairs: 4_000 });
    const second = await trainTown({ maxPairs: 4_000, seed: 43 });

    expect(second.prior).not.toBe(first.prior);
  });

  /** The two records of every third of those who are there twice. */
  const twice = Array.from({ length: PEOPLE / 9 }, (_, index) => 9 * index).map(
    (person) => [person, person + PEOPLE] as const,
  );

  test("takes pairs that somebody knows out of those it guesses, and is otherwise what it was", async () => {
    const strangers = [[1, 2]] as const;

    const alone = await trainTown();
    const nobody = await trainTown({ known: { same: [], different: [] } });
    const taught = await trainTown({ known: { same: twice, different: strangers } });

    const found = alone.training?.sessions[0]?.pairs;
    expect({ ...nobody, training: alone.training }).toEqual(alone);
    expect(taught.training).toMatchObject({
      known: { same: twice.length, different: 1 },
      sessions: [{ pairs: found }],
    });
    expect(taught.prior).toBeCloseTo(alone.prior ?? 0, 4);
    expect(levelOf(taught, "given", "same").m).toBeGreaterThan(
      levelOf(alone, "given", "same").m ?? 1,
    );
  });

  test("learns from known pairs also where it could not tell the same from the rest alone", async () => {
    await using duck = await openTown();
    const comparisons = [compare("given", true), compare("number", true)];
    await createCompared(duck, comparisons);

    const trained = await trainModel(
      duck,
      { ...model, comparisons, factors: [] },
      { ...SEED, known: { same: twice, different: [] } },
    );

    // All 167 agree; what given names are like in general counts as a hundred.
    const share = (twice.length + 100 * 0.75) / (twice.length + 100);
    expect(levelOf(trained, "given", "same").m).toBeCloseTo(share, 2);
  });

  test("leaves m about where it starts where too little varies for the same to be told from the rest", async () => {
    await using duck = await openTown();
    const comparisons = [compare("given", true), compare("number", true)];
    await createCompared(duck, comparisons);

    const trained = await trainModel(duck, { ...model, comparisons, factors: [] }, SEED);

    const shares = trained.comparisons.map(({ name }) => levelOf(trained, name, "same").m ?? 0);
    for (const share of shares) {
      expect(Math.abs(share - 0.75)).toBeLessThan(0.01);
    }
  });

  test("says what it was trained on", async () => {
    const { training } = await trainTown();

    expect(training).toMatchObject({ records: 2_000, seed: 42, sampledPairs: 300_000 });
    expect(training?.sessions[0]?.pairs).toBeGreaterThan(1_000);
  });
});

describe("values that one person has often", () => {
  /** Ten people with a name in common, each with a number of their own; one of them in six records. */
  async function trainNames(): Promise<{
    readonly trained: Model;
    readonly shares: Map<string, number>;
  }> {
    await using duck = await DuckDb.open();
    await duck.run(
      `create table records as
       select range::integer as id, 'note' || range as note, 'ann' as given, 'number' || range as number from range(10)
       union all
       select (10 + range)::integer, 'note' || (10 + range), 'zoe', 'number of zoe' from range(6)
       union all
       select (16 + range)::integer, 'note' || (16 + range), 'given' || range, 'number' || (16 + range) from range(200)`,
    );
    const [given, number] = ["given", "number"].map((column): Comparison => {
      const { levels, ...rest } = compare(column);
      const termFrequency = { column, weight: 1, minimum: 0.5 };
      return {
        ...rest,
        levels: levels.map((level) =>
          level.name === "same" ? { ...level, termFrequency } : level,
        ),
      };
    });
    const named: Model = {
      ...model,
      comparisons: [must(given, "made above"), must(number, "made above")],
      factors: [],
      blocking: [
        { name: "given", parts: [{ column: "given" }] },
        { name: "number", parts: [{ column: "number" }] },
      ],
    };
    await findPairs(duck, named);
    await countTerms(duck, named.comparisons);
    await createCompared(duck, named.comparisons);
    const trained = await trainModel(duck, named, SEED);
    const rows = await duck.rows<{ term: string; share: number }>(
      `select term, share from terms_given union all select term, share from terms_number`,
    );
    return { trained, shares: new Map(rows.map(({ term, share }) => [term, share])) };
  }

  test("are not common for it; those that many people have are", async () => {
    const { shares } = await trainNames();

    expect((shares.get("ann") ?? 0) * 216).toBeGreaterThan(8);
    expect((shares.get("zoe") ?? 0) * 216).toBeLessThan(2);
    expect((shares.get("number of zoe") ?? 0) * 216).toBeLessThan(2);
    expect(shares.get("given7")).toBe(1 / 216);
  });

  test("are counted anew for a model that is trained already, to the same shares", async () => {
    await using duck = await openTown();
    const withTerms = {
      ...model,
      comparisons: model.comparisons.map((comparison) => ({
        ...comparison,
        levels: comparison.levels.map((level) =>
          level.name === "same"
            ? { ...level, termFrequency: { column: comparison.name, weight: 1, minimum: 0 } }
            : level,
        ),
      })),
    };
    await countTerms(duck, withTerms.comparisons);
    await createCompared(duck, withTerms.comparisons);
    const shares = (): Promise<unknown[]> =>
      duck.rows(`select term, share from terms_family order by term`);
    const plain = await shares();

    const trained = await trainModel(duck, withTerms, SEED);
    const discounted = await shares();
    await countTerms(duck, withTerms.comparisons);
    await recountTerms(duck, trained, SEED);

    expect(discounted).not.toEqual(plain);
    expect(await shares()).toEqual(discounted);
  });

  test("are weighed against a mean that is not rarer than one record", async () => {
    const { trained } = await trainNames();

    const { u, termFrequency } = levelOf(trained, "number", "same");
    expect(termFrequency?.mean).toBe((u ?? Number.NaN) + 1 / 216);
    expect(termFrequency?.minimum).toBe(1 / 216);
  });
});

describe("training where there is nothing to learn from", () => {
  test.each([
    ["no record", "select 1 as id, 'a' as given limit 0"],
    ["a single record", "select 0 as id, 'a' as given"],
    ["nothing but missing values", "select range::integer as id, null as given from range(50)"],
    ["one value in all records", "select range::integer as id, 'a' as given from range(50)"],
  ])("%s leaves a model that can score", async (_, records) => {
    const small: Model = {
      ...model,
      comparisons: [compare("given")],
      factors: [],
      blocking: [{ name: "given", parts: [{ column: "given" }] }],
    };
    await using duck = await DuckDb.open({ threads: 1 });
    await duck.run(
      `create table records as select id::integer as id, given::varchar as given from (${records})`,
    );
    await findPairs(duck, small);
    await countTerms(duck, small.comparisons);
    await createCompared(duck, small.comparisons);

    const trained = await trainModel(duck, small, SEED);
    await scorePairs(duck, trained);

    const { weight } = await readScored(duck);
    expect(trained.prior).toBeGreaterThan(0);
    expect(trained.prior).toBeLessThan(1);
    expect([...weight].every(Number.isFinite)).toBe(true);
  });
});

test("training that is stopped says so", async () => {
  await using duck = await openTown();
  const stop = new AbortController();

  const training = trainModel(duck, model, {
    ...SEED,
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });

  await expect(training).rejects.toMatchObject({ name: "CancelledError" });
});
