import type { Comparison } from "../model/model.ts";
import {
  CONTRADICTS,
  IDENTIFIES,
  type TellingLevels,
  tellingLevels,
  TELLS_NOTHING,
} from "../model/telling.ts";
import { levelColumn } from "./level-sql.ts";

/** The number of what a pair tells, over what `levelsQuery` gives of it; as `tellingNumber` has it. */
export function tellingSql(comparisons: readonly Comparison[]): string {
  const telling = tellingLevels(comparisons);
  const branches = [
    ...branch(telling, "contradictions", CONTRADICTS),
    ...branch(telling, "identities", IDENTIFIES),
  ];
  const number =
    branches.length === 0
      ? `${TELLS_NOTHING}`
      : `(case ${branches.join(" ")} else ${TELLS_NOTHING} end)`;
  return `${number}::utinyint`;
}

function branch(
  telling: readonly TellingLevels[],
  kind: "contradictions" | "identities",
  number: number,
): readonly string[] {
  const tests = telling
    .filter((each) => each[kind].length > 0)
    .map((each) => `${levelColumn(each.position)} in (${each[kind].join(", ")})`);
  return tests.length === 0 ? [] : [`when ${tests.join(" or ")} then ${number}`];
}
