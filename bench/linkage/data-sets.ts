/** The reference data with known truth, what is to be reached on it, and what Splink reached. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { referenceData } from "../../tests/support/reference-data.ts";

/** What Splink 4.0.16 reached, with the models and thresholds of `splink_reference/results.jsonl`. */
export interface SplinkResult {
  readonly bestF1: number;
  /** By pairs, of its connected components at the best of the thresholds that were tried. */
  readonly clusterF1: number;
}

export interface DataSet {
  readonly name: string;
  /** In `../shared/data/linkage`. */
  readonly path: string;
  /** The column of the truth; undefined where the record number says it. */
  readonly truth: string | undefined;
  readonly splink: SplinkResult;
  readonly wanted: {
    /** Best F1 of pairs. */
    readonly bestF1?: number;
    /** F1 by pairs of the clusters at the default threshold. */
    readonly clusterF1?: number;
    /** Records of the largest cluster. */
    readonly largest?: number;
  };
}

export const DATA_SETS: readonly DataSet[] = [
  {
    name: "febrl1",
    path: "febrl/dataset1.csv",
    truth: undefined,
    splink: { bestF1: 1, clusterF1: 0.998 },
    wanted: { bestF1: 0.998 },
  },
  {
    name: "febrl2",
    path: "febrl/dataset2.csv",
    truth: undefined,
    splink: { bestF1: 0.99715, clusterF1: 0.99819 },
    wanted: { bestF1: 0.997 },
  },
  {
    name: "febrl3",
    path: "febrl/dataset3.csv",
    truth: undefined,
    splink: { bestF1: 0.99586, clusterF1: 0.99717 },
    wanted: { bestF1: 0.996, clusterF1: 0.99 },
  },
  {
    name: "fake_1000",
    path: "fake_1000/fake_1000.csv",
    truth: "cluster",
    splink: { bestF1: 0.86166, clusterF1: 0.92263 },
    wanted: { bestF1: 0.87, clusterF1: 0.92 },
  },
  {
    name: "historical_50k",
    path: "historical_50k/historical_50k.csv",
    truth: "cluster",
    splink: { bestF1: 0.76573, clusterF1: 0.827 },
    wanted: { bestF1: 0.8, clusterF1: 0.84, largest: 30 },
  },
];

export const MILLION: DataSet = {
  name: "synth_1m",
  path: "synth_1m/synth_1m.parquet",
  truth: "cluster",
  splink: { bestF1: 0.94848, clusterF1: 0.91959 },
  wanted: { clusterF1: 0.94, largest: 10 },
};

/** The path of a set of reference data, or undefined where it is not at hand. */
export function pathOf({ path }: DataSet): string | undefined {
  return referenceData(`linkage/${path}`);
}

const ENTITY = "entity";

/**
 * A file of the set with its truth as a column. The records of FEBRL are numbered `rec-ENTITY-org` and
 * `rec-ENTITY-dup-N`; for them a copy is written to `folder`, with the entity instead of the number.
 */
export async function withTruth(
  { name, truth }: DataSet,
  path: string,
  folder: string,
): Promise<{ readonly file: string; readonly truth: string }> {
  if (truth !== undefined) {
    return { file: path, truth };
  }
  const [head = "", ...rows] = (await readFile(path, "utf8")).trimEnd().split(/\r?\n/);
  const copy = [
    head.replace("rec_id", ENTITY),
    ...rows.map((row) => row.replace(/^rec-(\d+)-[^,]*/, "$1")),
  ];
  const file = join(folder, `${name}.csv`);
  await writeFile(file, copy.join("\n"));
  return { file, truth: ENTITY };
}
