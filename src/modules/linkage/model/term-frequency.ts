import type { Condition } from "./condition.ts";
import type { Comparison, Level } from "./model.ts";

/**
 * The level of a comparison at which the two values of a column are equal, and nothing more is asked.
 * Its u says how often different people agree on the column by chance: the mean that the frequency of a
 * single value corrects. Undefined where the comparison has no such level.
 */
export function exactLevel(comparison: Comparison, column: string): Level | undefined {
  return comparison.levels.find(({ when }) => when !== "otherwise" && equalColumn(when) === column);
}

/**
 * The probability that a term frequency stands in for: the mean it was trained with; else u of the {@link exactLevel} of its column, also
 * at a fuzzier level, as in Splink; the level's own u where its comparison has no exact level.
 * Undefined before training and where the level has no term frequency.
 */
export function meanTermShare(comparison: Comparison, level: Level): number | undefined {
  if (level.termFrequency === undefined) {
    return undefined;
  }
  const { column, mean } = level.termFrequency;
  return mean ?? (exactLevel(comparison, column) ?? level).u;
}

/** The column whose two values must be equal for the condition to hold, if that is all it asks. */
function equalColumn(condition: Condition): string | undefined {
  if (condition.kind === "all" && condition.of.length === 1) {
    const [only] = condition.of;
    return only && equalColumn(only);
  }
  if (condition.kind !== "equal") {
    return undefined;
  }
  const { left, right } = condition;
  const isWhole = [left, right].every(
    ({ match, date }) => match === undefined && date === undefined,
  );
  return isWhole && left.column === right.column ? left.column : undefined;
}
