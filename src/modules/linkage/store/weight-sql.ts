/** What a pair weighs, over the levels of its comparisons and the shares of its values. */
import { must } from "../../../kernel/index.ts";
import type { Comparison, Factor, Level, Model } from "../model/model.ts";
import { meanTermShare } from "../model/term-frequency.ts";
import { weightOfProbability } from "../model/odds.ts";
import { anonymousColumns } from "../model/anonymous.ts";
import { areOneAnonymousSql, shareColumn } from "./compared.ts";
import { levelColumn } from "./level-sql.ts";
import { doubleLiteral } from "./literal.ts";
import { sideColumn } from "./operand-sql.ts";

/** A comparison, and where it stands in the model. */
interface Placed {
  readonly comparison: Comparison;
  readonly position: number;
}

/** What one side of the odds takes from a level or a cell; log2, against the different. */
type WeightOf = (shares: Pick<Level, "m" | "u" | "related">) => number;

/** The same against the different. */
const sameWeight: WeightOf = ({ m, u }) =>
  Math.log2(must(m, "only trained models score") / must(u, "only trained models score"));

/** The related against the different: the same in what is personal. */
const relatedWeight: WeightOf = ({ related, u }) =>
  related === undefined ? 0 : Math.log2(related / must(u, "only trained models score"));

/**
 * The weight that a trained model gives, over what {@link levelsQuery} gives of a pair: the log2 odds of
 * the same against the different, less `log2(1 + 2^B)`, where `B` are those of the related; of two equal
 * records that state nothing personal that is not taken off. Needs `shareColumns` of both sides beside the levels.
 * @param options.terms whether how common values are counts, and with it all else that `shares` says
 */
export function weightSql(model: Model, { terms: hasTerms = true } = {}): string {
  const prior = weightOfProbability(must(model.prior, "only trained models score"));
  const terms = (comparisons: readonly Placed[]): readonly string[] =>
    hasTerms ? comparisons.flatMap(termSql) : [];
  const all = model.comparisons.map((comparison, position) => ({ comparison, position }));
  const shared = all.filter(({ comparison }) => comparison.isPersonal !== true);
  const same = [doubleLiteral(prior), ...lookups(model, sameWeight), ...terms(all)].join(" + ");
  if (model.related === undefined) {
    return `(${same})`;
  }
  const kin = [
    doubleLiteral(Math.log2(model.related)),
    ...lookups(model, relatedWeight),
    ...terms(shared),
  ];
  // Above 2^1000 the one would be lost and the power infinite.
  const taken = `log2(1 + pow(2e0, least(${kin.join(" + ")}, 1e3)))`;
  const hasContents = hasTerms && anonymousColumns(model) !== undefined;
  return hasContents
    ? `(${same} - case when ${areOneAnonymousSql()} then 0e0 else ${taken} end)`
    : `(${same} - ${taken})`;
}

function lookups({ comparisons, factors = [] }: Model, weightOf: WeightOf): readonly string[] {
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
  return [
    ...placed.filter(isAlone).map((one) => lookup([one], new Map(), weightOf)),
    ...factors.map((factor) => lookup(membersOf(factor), cellWeights(factor, weightOf), weightOf)),
  ];
}

/** Weights of the combinations of a factor, by their levels. */
function cellWeights({ cells }: Factor, weightOf: WeightOf): ReadonlyMap<string, number> {
  return new Map(cells.map((cell) => [JSON.stringify(cell.levels), weightOf(cell)]));
}

/**
 * Weights stand in a list, where DuckDB finds one in 10 ns whatever the length; a `case` over the
 * combinations of a factor takes several times that.
 */
function lookup(
  members: readonly Placed[],
  together: ReadonlyMap<string, number>,
  weightOf: WeightOf,
): string {
  const alone = (levels: readonly Level[]): number =>
    levels.filter(({ isMissing }) => !isMissing).reduce((sum, level) => sum + weightOf(level), 0);
  const weights = combinations(members.map(({ comparison }) => comparison.levels)).map((levels) =>
    doubleLiteral(together.get(JSON.stringify(levels.map(outcome))) ?? alone(levels)),
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
