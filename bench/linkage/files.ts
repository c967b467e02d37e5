/** Linking files: how right on the reference data, and how fast on a million records. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchOptions, Figure } from "../figure.ts";
import { figure } from "../figure.ts";
import { DATA_SETS, type DataSet, MILLION, pathOf, withTruth } from "./data-sets.ts";
import { type LinkRun, runLink } from "./link-process.ts";

/** Splink 4.0.16 took so long on the same file, on a machine of this class: 32.4 s and 1.34 GB. */
const MOST_SECONDS = 30;
const MOST_RESIDENT_MB = 2_000;

export async function* benchFiles(options: BenchOptions): AsyncGenerator<Figure> {
  const folder = await mkdtemp(join(tmpdir(), "waybill-bench-"));
  try {
    for (const set of [...DATA_SETS, MILLION]) {
      const path = pathOf(set);
      if (path === undefined) {
        options.note(`${set.name}: skipped, the reference data is not in ../shared/data`);
        continue;
      }
      options.note(`linking ${set.name}`);
      const { file, truth } = await withTruth(set, path, folder);
      const run = await runLink(file, truth);
      yield* accuracy(set, run);
      if (set === MILLION) {
        yield* cost(run);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function* accuracy({ name, splink, wanted }: DataSet, run: LinkRun): Generator<Figure> {
  const { bestF1, clusterF1, largest } = wanted;
  if (bestF1 !== undefined) {
    yield figure({
      name: `linkage.${name}.pairs`,
      value: run.pairs.bestF1,
      unit: "best F1",
      limitName: "Splink's best F1",
      limit: splink.bestF1,
      target: `≥ ${bestF1}`,
      holds: (value) => value >= bestF1,
    });
  }
  if (clusterF1 !== undefined) {
    yield figure({
      name: `linkage.${name}.clusters`,
      value: run.clusters.pairF1,
      unit: "F1 by pairs",
      limitName: "Splink's connected components",
      limit: splink.clusterF1,
      target: `≥ ${clusterF1}`,
      holds: (value) => value >= clusterF1,
    });
  }
  if (largest !== undefined) {
    yield figure({
      name: `linkage.${name}.largest`,
      value: run.clusters.largest,
      unit: "records",
      limitName: "largest cluster allowed",
      limit: largest,
      target: `≤ ${largest}`,
      holds: (value) => value <= largest,
    });
  }
}

function* cost(run: LinkRun): Generator<Figure> {
  yield figure({
    name: `linkage.${MILLION.name}.time`,
    value: run.seconds,
    unit: "s",
    limitName: "Splink took 32.4 s",
    limit: MOST_SECONDS,
    target: `≤ ${MOST_SECONDS} s`,
    holds: (value) => value <= MOST_SECONDS,
  });
  yield figure({
    name: `linkage.${MILLION.name}.memory`,
    value: run.peakRssMb,
    unit: "MB resident",
    limitName: "2 GB",
    limit: MOST_RESIDENT_MB,
    target: "≤ 2 GB",
    holds: (value) => value <= MOST_RESIDENT_MB,
  });
}
