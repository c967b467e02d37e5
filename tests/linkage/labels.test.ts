/** What somebody knows of pairs of records: it holds in the groups, and it never makes a model worse. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Random } from "../../src/entry/generator/random.ts";
import {
  evaluateLinked,
  inputColumn,
  type LinkedFiles,
  linkFiles,
  truthOf,
  weightOfProbability,
} from "../../src/modules/linkage/index.ts";
import { DuckDb } from "../../src/platform/duckdb/index.ts";

const PATIENCE_MS = 60_000;
const GIVEN = "Ada,Grace,Linus,Anna,Jonas,Mia,José,Łukasz,Zoë,Paul".split(",");
const FAMILY = "Weber,Krüger,Schulz,Müller,Łódzki,Smith,Jones,Brown,García,Novák".split(",");
const CITIES = "Berlin,Łódź,Köln".split(",");

let folder: string;

/** 500 people, of whom 150 are there once more, damaged; and two rows that are equal in everything. */
function townsfolk(): string {
  const random = new Random(3);
  const two = (number: number): string => String(number).padStart(2, "0");
  const once = Array.from({ length: 500 }, (_, person) => ({
    given: random.pick(GIVEN),
    family: random.pick(FAMILY),
    born: `${random.integer(1960, 1989)}-${two(random.integer(1, 12))}-${two(random.integer(1, 28))}`,
    email: random.chance(0.5) ? `p${person}@mail.de` : "",
    city: random.pick(CITIES),
    person,
  }));
  const damaged = once.slice(0, 150).map((row) => ({
    ...row,
    given: random.chance(0.4) ? row.given.slice(0, 1) : row.given,
    family: random.chance(0.2) ? random.pick(FAMILY) : `${row.family.slice(0, -1)}x`,
    born: random.chance(0.3) ? "" : row.born,
    email: random.chance(0.6) ? "" : row.email,
  }));
  const twins = [500, 501].map((person) => ({
    ...once[0],
    given: "Otto",
    born: "1950-01-02",
    person,
  }));
  const rows = [...once, ...damaged, ...twins].map((row, id) =>
    [id, ...Object.values(row)].join(","),
  );
  return ["id,given,family,born,email,city,person", ...rows, ""].join("\n");
}

interface Result {
  readonly linked: LinkedFiles;
  readonly truth: readonly (string | null)[];
  readonly f1: number;
}

async function link(labels?: readonly string[]): Promise<Result> {
  await using duck = await DuckDb.open();
  const file = join(folder, "labels.csv");
  await writeFile(file, ["one,other,verdict", ...(labels ?? []), ""].join("\n"));
  const linked = await linkFiles(duck, {
    files: [join(folder, "people.csv")],
    ignore: ["id", "person"],
    seed: 1,
    labels: labels && { file, id: "id" },
  });
  const truth = await inputColumn(duck, linked.input, "person");
  return { linked, truth, f1: evaluateLinked(linked, truthOf(truth)).best.f1 };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-labels-"));
  await writeFile(join(folder, "people.csv"), townsfolk());
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test(
  "what is known of pairs holds in the groups, whatever the pairs weigh and however equal they are",
  async () => {
    const { groups: alone } = (await link()).linked;
    const { linked } = await link([
      "650,651,different",
      "1,2,same",
      "2,3,same",
      "10,510,different",
    ]);

    const { groups } = linked;
    expect(alone[650]).toBe(alone[651]);
    expect(alone[1]).not.toBe(alone[2]);
    expect(groups[650]).not.toBe(groups[651]);
    expect([groups[2], groups[3]]).toEqual([groups[1], groups[1]]);
    expect(groups[10]).not.toBe(groups[510]);
    expect(linked.model.training?.known).toEqual({ same: 2, different: 2 });
  },
  PATIENCE_MS,
);

describe("a model that learns from what is known and true", () => {
  /** F1 of so few pairs differs by this when one or two of them change sides. */
  const NOISE = 0.01;

  test(
    "tells pairs no worse than one without, whether they were drawn or asked about in doubt",
    async () => {
      const none = await link();
      const { linked, truth } = none;
      const { l, r, weight } = linked.scored;
      const threshold = weightOfProbability(linked.model.thresholds?.link ?? 0.5);
      const verdict = (one = 0, other = 0): string =>
        `${one},${other},${truth[one] === truth[other] ? "same" : "different"}`;
      const doubtful = [...weight.keys()]
        .toSorted(
          (a, b) => Math.abs((weight[a] ?? 0) - threshold) - Math.abs((weight[b] ?? 0) - threshold),
        )
        .slice(0, 60)
        .map((entry) => verdict(l[entry], r[entry]));
      const drawn = Array.from({ length: 60 }, (_, index) => verdict(2 * index, 500 + 2 * index));

      const asked = await link(doubtful);
      const sampled = await link(drawn);

      expect(new Set(doubtful.map((line) => line.split(",")[2])).size).toBe(2);
      expect(asked.f1).toBeGreaterThanOrEqual(none.f1 - NOISE);
      expect(sampled.f1).toBeGreaterThanOrEqual(none.f1 - NOISE);
    },
    PATIENCE_MS,
  );
});
