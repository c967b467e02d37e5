import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { askSplink } from "../../../../tests/linkage/splink-oracle.ts";
import { referenceData } from "../../../../tests/support/reference-data.ts";
import { DuckDb } from "../../../platform/duckdb/index.ts";
import { readSplinkModel } from "../model/splink.ts";
import { countTerms, createCompared } from "../store/compared.ts";
import { readScored } from "../store/scored.ts";
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
