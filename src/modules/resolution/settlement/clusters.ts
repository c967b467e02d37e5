/** Groups of records, from what the model weighs and what persons and rules demand. */
import { must } from "../../../kernel/index.ts";
import { groupRecords } from "../../linkage/index.ts";
import type { Group } from "../identity/assign-ids.ts";
import { pairKey } from "../judgement/judgement.ts";
import type { Evidence, Limits } from "./evidence.ts";
import { type Frame, placed, placedPairs } from "./frame.ts";

export interface ClusterInput {
  /** In ascending order. */
  readonly records: readonly bigint[];
  /** All pairs within components. */
  readonly evidence: readonly Evidence[];
  readonly frame: Frame;
  readonly limits: Limits;
}

/** The groups, each in ascending order, by their smallest records. */
export function clusterRecords({ records, evidence, frame, limits }: ClusterInput): Group[] {
  const { places, followers, components, constraints, spoken } = frame;
  const heard = evidence.map((pair) => {
    const ruling = spoken.get(pairKey(pair))?.ruling;
    if (ruling === undefined) {
      return pair;
    }
    const isUnsure = ruling.verdict === "unsure";
    const weight = isUnsure ? Math.min(pair.weight, limits.review) : pair.weight;
    return { ...pair, weight, telling: null };
  });
  const labels = groupRecords(components, placedPairs(frame, heard), {
    threshold: limits.link,
    cohesion: limits.cohesion,
    usualSize: limits.usualSize,
    together: placed(frame, constraints.together),
    apart: placed(frame, constraints.apart),
  });
  const groups = new Map<number, bigint[]>();
  for (const record of records) {
    const place = must(places.get(followers.get(record) ?? record), "who is followed is a node");
    const label = must(labels[place], "every node has a label");
    const group = groups.get(label);
    if (group === undefined) {
      groups.set(label, [record]);
    } else {
      group.push(record);
    }
  }
  return [...groups.values()];
}
