/**
 * Similarities and distances of a pair in SQL. One that several levels ask for is worked out once, in a
 * column of its own: DuckDB repeats a function in every branch of a `case` (7.5 instead of 14.9 million
 * pairs a second for Jaro-Winkler with three thresholds).
 */
import { unreachable } from "../../../kernel/index.ts";
import type { Condition, Operands, SimilarityMeasure } from "../model/condition.ts";
import type { Comparison } from "../model/model.ts";
import { quoteName } from "./literal.ts";
import { conditionsOf, operandColumn, operandSql, sideColumn } from "./operand-sql.ts";

/** Something measured between the two records of a pair. */
type Measure =
  | ({ readonly kind: SimilarityMeasure } & Operands)
  | ({
      readonly kind: "levenshtein" | "damerau-levenshtein";
      /** Exact up to here; anything above stands for anything above. */
      readonly upTo: number;
    } & Operands)
  | { readonly kind: "kilometres"; readonly latitude: string; readonly longitude: string };

/** The columns of measures that are worked out once for a pair: their SQL by their name. */
export type MeasureColumns = ReadonlyMap<string, string>;

/** Collects the measures that are asked for more than once. */
export function measureColumns(comparisons: readonly Comparison[]): MeasureColumns {
  const counted = new Map<string, { count: number; measure: Measure }>();
  for (const measure of conditionsOf(comparisons).flatMap(measuresOf)) {
    const known = counted.get(columnOf(measure));
    counted.set(columnOf(measure), {
      count: (known?.count ?? 0) + 1,
      measure: known === undefined ? measure : wider(known.measure, measure),
    });
  }
  const repeated = [...counted].filter(([, { count }]) => count > 1);
  return new Map(repeated.map(([column, { measure }]) => [column, measureSql(measure)]));
}

/** A measure for a condition: its column where it has one. */
export function measured(columns: MeasureColumns, measure: Measure): string {
  const column = columnOf(measure);
  return columns.has(column) ? quoteName(column) : measureSql(measure);
}

/**
 * `adjacent-swap` of at most `k`. A swap costs Levenshtein two edits, so only pairs at most `2k` edits
 * apart can be nearer with swaps, and they are few; of these Damerau's distance decides, which is ten
 * times slower. It is smaller than the asked for only where something stands between the swapped, which
 * needs a second edit and lengths that differ: then the swap is looked for letter by letter.
 */
export function adjacentSwapSql(
  columns: MeasureColumns,
  operands: Operands,
  atMost: number,
): string {
  const a = operandSql("l", operands.left);
  const b = operandSql("r", operands.right);
  const edits = measured(columns, { kind: "levenshtein", upTo: 2 * atMost, ...operands });
  const swapped =
    `${edits} <= ${2 * atMost} and damerau_levenshtein(${a}, ${b}) <= ${atMost}` +
    (atMost < 2 ? "" : ` and (strlen(${a}) = strlen(${b}) or ${swapAndEdit(a, b)})`);
  return `(${edits} <= ${atMost} or (${swapped}))`;
}

/** Whether one swap of neighbours and one edit before or behind them lead from `a` to `b`. */
function swapAndEdit(a: string, b: string): string {
  const pair = `substr(${a}, i + 1, 1) || substr(${a}, i, 1)`;
  const shift = `strlen(${b}) - strlen(${a})`;
  const behind =
    `starts_with(${b}, left(${a}, i - 1) || ${pair}) ` +
    `and levenshtein(substr(${a}, i + 2), substr(${b}, i + 2)) <= 1`;
  const before =
    `suffix(${b}, ${pair} || substr(${a}, i + 2)) ` +
    `and levenshtein(left(${a}, i - 1), left(${b}, i - 1 + ${shift})) <= 1`;
  return `len(list_filter(range(1, strlen(${a})), lambda i: (${behind}) or (${before}))) > 0`;
}

function measuresOf(condition: Condition): readonly Measure[] {
  switch (condition.kind) {
    case "similar":
      return [{ kind: condition.measure, left: condition.left, right: condition.right }];
    case "distance": {
      const { left, right, atMost, measure } = condition;
      const upTo = measure === "adjacent-swap" ? 2 * atMost : atMost;
      const kind = measure === "adjacent-swap" ? "levenshtein" : measure;
      const asked: Measure = { kind, upTo, left, right };
      return measure === "adjacent-swap" ? [asked, asked] : [asked];
    }
    case "kilometres":
      return [{ kind: "kilometres", latitude: condition.latitude, longitude: condition.longitude }];
    default:
      return [];
  }
}

function wider(one: Measure, other: Measure): Measure {
  return "upTo" in one && "upTo" in other && other.upTo > one.upTo ? other : one;
}

/** Blanks keep these names apart from all columns, which begin with `l_` and `r_`. */
function columnOf(measure: Measure): string {
  return measure.kind === "kilometres"
    ? `kilometres ${measure.latitude} ${measure.longitude}`
    : `${measure.kind} ${operandColumn(measure.left)} ${operandColumn(measure.right)}`;
}

function measureSql(measure: Measure): string {
  if (measure.kind === "kilometres") {
    return kilometresSql(measure.latitude, measure.longitude);
  }
  const a = operandSql("l", measure.left);
  const b = operandSql("r", measure.right);
  switch (measure.kind) {
    case "jaro-winkler":
      return similaritySql("jaro_winkler_similarity", a, b);
    case "jaro":
      return similaritySql("jaro_similarity", a, b);
    case "jaccard":
      // Fails on a text without characters instead of finding nothing alike.
      return `(case when ${a} = '' or ${b} = '' then 0e0 else ${similaritySql("jaccard", a, b)} end)`;
    case "levenshtein":
      return distanceSql("levenshtein", { a, b, upTo: measure.upTo });
    case "damerau-levenshtein":
      return distanceSql("damerau_levenshtein", { a, b, upTo: measure.upTo });
    default:
      return unreachable(measure);
  }
}

/** Equal texts, which blocking brings in numbers, are not measured; two empty ones are 0 alike. */
function similaritySql(name: string, a: string, b: string): string {
  return `(case when ${a} = ${b} and ${a} <> '' then 1e0 else ${name}(${a}, ${b}) end)`;
}

/** Lengths, which cost nothing, rule most pairs out. */
function distanceSql(
  name: string,
  { a, b, upTo }: { readonly a: string; readonly b: string; readonly upTo: number },
): string {
  return (
    `(case when ${a} = ${b} then 0 when abs(strlen(${a}) - strlen(${b})) > ${upTo} ` +
    `then ${upTo + 1} else ${name}(${a}, ${b}) end)`
  );
}

/** The mean radius of the earth (IUGG 1980) in kilometres. */
const EARTH_KM = 6_371.0088;

/** Along the sphere, by the haversine formula. */
function kilometresSql(latitude: string, longitude: string): string {
  const [north, otherNorth] = [sideColumn("l", latitude), sideColumn("r", latitude)];
  const [east, otherEast] = [sideColumn("l", longitude), sideColumn("r", longitude)];
  const square =
    `pow(sin(radians(${otherNorth} - ${north}) / 2), 2) + cos(radians(${north})) ` +
    `* cos(radians(${otherNorth})) * pow(sin(radians(${otherEast} - ${east}) / 2), 2)`;
  // `least` finds an answer where a value is missing; the sum of all four does not.
  const isKnown = `${[north, otherNorth, east, otherEast].join(" + ")} is not null`;
  return `(case when ${isKnown} then 2 * ${EARTH_KM}e0 * asin(least(1e0, sqrt(${square}))) end)`;
}
