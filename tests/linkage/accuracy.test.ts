/**
 * How right linkage is without configuration, on public data with known truth: the same code and no setting
 * for any of it. A fall below these figures is a regression, whatever other tests say. The large sets
 * belong to the benchmark.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  evaluateLinked,
  inputColumn,
  linkFiles,
  type LinkQuality,
  truthOf,
} from "../../src/modules/linkage/index.ts";
import { DuckDb } from "../../src/platform/duckdb/index.ts";
import { referenceData } from "../support/reference-data.ts";

/** A minute on a machine that does other things as well. */
const PATIENCE_MS = 60_000;
const ABSENT = "reference data is not here; put it into ../shared/data";

interface DataSet {
  readonly file: string;
  /** A column that says who is who, and the part of it that does. */
  readonly truth: string;
  readonly entity: RegExp;
}

async function qualityOf(file: string, { truth, entity }: DataSet): Promise<LinkQuality> {
  await using duck = await DuckDb.open();
  const linked = await linkFiles(duck, { files: [file], ignore: [truth], seed: 1 });
  const values = await inputColumn(duck, linked.input, truth);
  return evaluateLinked(
    linked,
    truthOf(values.map((value) => entity.exec(value ?? "")?.[0] ?? "")),
  );
}

const FEBRL = { truth: "rec_id", entity: /rec-\d+/ };

describe.each([
  { file: "febrl/dataset1.csv", ...FEBRL, bestF1: 0.998, groupF1: 0.99 },
  { file: "febrl/dataset2.csv", ...FEBRL, bestF1: 0.997, groupF1: 0.99 },
  { file: "febrl/dataset3.csv", ...FEBRL, bestF1: 0.996, groupF1: 0.99 },
  {
    file: "fake_1000/fake_1000.csv",
    truth: "cluster",
    entity: /\d+/,
    bestF1: 0.93,
    groupF1: 0.96,
  },
])("$file", (set) => {
  test(
    "is linked as well as the best, and grouped at a threshold that nobody chose",
    async (context) => {
      const file = referenceData(`linkage/${set.file}`);
      if (file === undefined) {
        return context.skip(ABSENT);
      }

      const { best, groups } = await qualityOf(file, set);

      expect(best.f1).toBeGreaterThanOrEqual(set.bestF1);
      expect(groups.pairs.f1).toBeGreaterThanOrEqual(set.groupF1);
    },
    PATIENCE_MS,
  );
});

/**
 * 159 records of persons and companies in 49 scenarios that are hard on purpose: families at one address,
 * father and son, twins, offices, other scripts, several identifiers. How many are wholly right shows whether
 * the defaults of small files are sane.
 */
test(
  "of the scenarios of Senzing's truth set, all 49 are right in every record",
  async (context) => {
    const folder = referenceData("linkage/senzing_truthset");
    if (folder === undefined) {
      return context.skip(ABSENT);
    }
    await using duck = await DuckDb.open();
    const files = ["customers", "reference", "watchlist"].map((name) =>
      join(folder, `${name}.csv`),
    );

    const linked = await linkFiles(duck, { files, seed: 1 });

    const key = readKey(join(folder, "actual_truthset_key.csv"));
    const [sources, ids] = await Promise.all(
      ["DATA_SOURCE", "RECORD_ID"].map((column) => inputColumn(duck, linked.input, column)),
    );
    const known = (sources ?? []).map((source, record) => key.get(`${source} ${ids?.[record]}`));
    const entities = known.map((one) => one?.entity);
    const scenarios = Map.groupBy(entities.keys(), (record) => known[record]?.scenario);
    const right = [...scenarios.values()].filter((records) =>
      records.every((record) =>
        entities.every(
          (entity, other) =>
            (entity === entities[record]) === (linked.groups[other] === linked.groups[record]),
        ),
      ),
    );
    expect(scenarios.size).toBe(49);
    expect(right.length).toBe(49);
  },
  PATIENCE_MS,
);

/** By source and number of a record: its scenario, and whom it stands for. */
function readKey(file: string) {
  const [, ...lines] = readFileSync(file, "utf8").trim().split(/\r?\n/);
  return new Map(
    lines.map((line) => {
      const [scenario, entity, source, id] = line.split(",");
      return [`${source} ${id}`, { scenario, entity }];
    }),
  );
}
