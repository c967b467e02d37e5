/** What a pair weighs, over the levels of its comparisons and the shares of its values. */
import { must } from "../../../kernel/index.ts";
import type { Comparison, Factor, Level, Model } from "../model/model.ts";
import { meanTermShare } from "../model/term-frequency.ts";
import { weightOfProbability } from "../scoring/score-pair.ts";
import { shareColumn } from "./compared.ts";
import { levelColumn } from "./level-sql.ts";
import { doubleLiteral } from "./literal.ts";
import { sideColumn } from "./operand-sql.ts";

/** A comparison, and where it stands in the model. */
interface Placed {
  readonly comparison: Comparison;
  readonly position: number;
}

/** The weight that a trained model gives, over what {@link levelsQuery} gives of a pair. */
export function weightSql(model: Model): string {
  const { comparisons, factors = [] } = model;
  const placed = comparisons.map((comparison, position) => ({ comparison, position }));
  const isAlone = ({ comparison }: Placed): boolean =>
    !factors.some((factor) => factor.comparisons.includes(comparison.name));
  const membersOf = (factor: Factor): readonly Placed[] =>
    factor.comparisons.map((name) =>
      must(
        placed.find(({ comparison }) => comparison.name === name),
        "factors name comparisons of the model",
      ),
    );
  const prior = weightOfProbability(must(model.prior, "only trained models score"));
  return [
    doubleLiteral(prior),
    ...placed.filter(isAlone).map((one) => lookup([one], new Map())),
    ...factors.map((factor) => lookup(membersOf(factor), cellWeights(factor))),
    ...placed.flatMap(termSql),
  ].join(" + ");
}

/** Weights of the combinations of a factor, by their levels. */
function cellWeights({ cells }: Factor): ReadonlyMap<string, number> {
  return new Map(cells.map(({ levels, m, u }) => [JSON.stringify(levels), Math.log2(m / u)]));
}

/**
 * Weights stand in a list, where DuckDB finds one in 10 ns whatever the length; a `case` over the
 * combinations of a factor takes several times that.
 */
function lookup(members: readonly Placed[], together: ReadonlyMap<string, number>): string {
  const weights = combinations(members.map(({ comparison }) => comparison.levels)).map((levels) =>
    doubleLiteral(together.get(JSON.stringify(levels.map(outcome))) ?? sumOfWeights(levels)),
  );
  const index = members.reduce((sql, { comparison, position }) => {
    const level = `${levelColumn(position)}::integer`;
    return sql === "" ? level : `(${sql}) * ${comparison.levels.length} + ${level}`;
  }, "");
  return `[${weights.join(", ")}][${index} + 1]`;
}

/** Every choice of one from each list, the last list fastest. */
function combinations<Value>(lists: readonly (readonly Value[])[]): readonly (readonly Value[])[] {
  return lists.reduce<readonly (readonly Value[])[]>(
    (chosen, list) => chosen.flatMap((begun) => list.map((value) => [...begun, value])),
    [[]],
  );
}

function outcome({ isMissing, name }: Level): string | null {
  return isMissing ? null : name;
}

function sumOfWeights(levels: readonly Level[]): number {
  return levels
    .filter(({ isMissing }) => !isMissing)
    .reduce(
      (sum, { m, u }) =>
        sum +
        Math.log2(must(m, "only trained models score") / must(u, "only trained models score")),
      0,
    );
}

/** What a value being rarer or more common than on average adds, where the level asks for that. */
function termSql({ comparison, position }: Placed): readonly string[] {
  const branches = comparison.levels.flatMap((level, place) => {
    const mean = meanTermShare(comparison, level);
    if (mean === undefined || level.termFrequency === undefined || level.isMissing) {
      return [];
    }
    const { column, weight, minimum } = level.termFrequency;
    const [l, r] = [sideColumn("l", shareColumn(column)), sideColumn("r", shareColumn(column))];
    const share = `greatest(${l}, ${r}, ${doubleLiteral(minimum)})`;
    return (
      `when ${levelColumn(position)} = ${place} and coalesce(${l}, ${r}) is not null ` +
      `then ${doubleLiteral(weight)} * (${doubleLiteral(Math.log2(mean))} - log2(${share}))`
    );
  });
  return branches.length === 0 ? [] : [`(case ${branches.join(" ")} else 0e0 end)`];
}
