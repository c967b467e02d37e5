/** What the form of a model cannot say: names that must be known, values that must fit, and order. */
import { suggestion, unreachable } from "../../../kernel/index.ts";
import { printCondition } from "./condition-text.ts";
import type { Condition, Operand } from "./condition.ts";
import type {
  BlockingRule,
  Comparison,
  Factor,
  Level,
  Model,
  ModelField,
  PreparedColumn,
  PreparedType,
} from "./model.ts";
import type { ModelPath, ModelProblem } from "./model-yaml.ts";
import { operandsOf } from "./columns.ts";

/** The prepared columns that records with these fields have. */
export type ColumnsOf = (fields: readonly ModelField[]) => readonly PreparedColumn[];

/** The types of the columns there are; undefined when nobody knows them. */
type KnownColumns = ReadonlyMap<string, PreparedType> | undefined;

/** Everything that is wrong with a model, each with its place in the model file. */
export function checkModel(model: Model, columnsOf?: ColumnsOf): readonly ModelProblem[] {
  const known =
    columnsOf &&
    new Map(columnsOf(model.fields).map(({ name, type }): [string, PreparedType] => [name, type]));
  return [
    ...doubles(model.fields, ["fields"]),
    ...model.fields.flatMap(checkField),
    ...doubles(model.comparisons, ["comparisons"]),
    ...model.comparisons.flatMap((comparison, index) =>
      checkComparison(comparison, ["comparisons", index], known),
    ),
    ...checkFactors(model),
    ...checkRules(model.blocking, ["blocking"], known),
    ...checkThresholds(model),
  ];
}

function doubles(named: readonly { readonly name: string }[], path: ModelPath): ModelProblem[] {
  const names = named.map(({ name }) => name);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ path: [...path, index, "name"], message: `there is another ${JSON.stringify(name)}` }],
  );
}

function checkField({ kind, columns, dates }: ModelField, index: number): readonly ModelProblem[] {
  const path = ["fields", index];
  return [
    ...(kind === "coordinates" && columns.length !== 2
      ? [{ path: [...path, "columns"], message: "must be two: of the latitude, of the longitude" }]
      : []),
    ...(kind !== "date" && dates !== undefined
      ? [{ path: [...path, "dates"], message: "belongs to fields of the kind date only" }]
      : []),
  ];
}

function checkComparison(
  { levels }: Comparison,
  path: ModelPath,
  known: KnownColumns,
): readonly ModelProblem[] {
  const inLevels = [...path, "levels"];
  return [
    ...doubles(levels, inLevels),
    ...levels.flatMap((level, index) => [
      ...checkEnd(index === levels.length - 1, level, [...inLevels, index, "when"]),
      ...checkLevel(level, [...inLevels, index], known),
      ...checkReach(levels.slice(0, index), level, [...inLevels, index, "when"]),
    ]),
  ];
}

function checkEnd(isLast: boolean, { when }: Level, path: ModelPath): readonly ModelProblem[] {
  if (isLast && when !== "otherwise") {
    const hint = "add a level with when: otherwise for all other pairs";
    return [{ path, message: "must be otherwise, for this is the last level", hint }];
  }
  return isLast || when !== "otherwise"
    ? []
    : [{ path, message: "is otherwise, but there are levels behind it" }];
}

function checkLevel(level: Level, path: ModelPath, known: KnownColumns): readonly ModelProblem[] {
  const { when, isMissing, m, u, related, termFrequency, tells } = level;
  const problems: ModelProblem[] = [];
  if (isMissing && [m, u, related, termFrequency, tells].some((said) => said !== undefined)) {
    const message =
      "a level of missing values has no m, u, related, termFrequency or tells: it says nothing";
    problems.push({ path: [...path, "missing"], message });
  }
  if (termFrequency !== undefined) {
    const at = [...path, "termFrequency"];
    problems.push(...checkColumn(termFrequency.column, [...at, "column"], known));
    if (when === "otherwise") {
      problems.push({ path: at, message: "values that differ have no common frequency" });
    }
  }
  return when === "otherwise"
    ? problems
    : [...problems, ...checkOperands(when, [...path, "when"], known)];
}

function checkColumn(
  column: string,
  path: ModelPath,
  known: KnownColumns,
): readonly ModelProblem[] {
  if (known === undefined || known.has(column)) {
    return [];
  }
  const message = `there is no prepared column ${JSON.stringify(column)}`;
  return [{ path, message, hint: suggestion(column, [...known.keys()]) }];
}

function checkOperands(
  condition: Condition,
  path: ModelPath,
  known: KnownColumns,
): readonly ModelProblem[] {
  if (condition.kind === "all" || condition.kind === "any") {
    return condition.of.flatMap((part) => checkOperands(part, path, known));
  }
  if (condition.kind === "not") {
    return checkOperands(condition.of, path, known);
  }
  const unknown = operandsOf(condition).flatMap(({ column }) => checkColumn(column, path, known));
  if (known === undefined || unknown.length > 0) {
    return unknown;
  }
  const wanted = typesOf(condition);
  const types = operandsOf(condition).map((operand) => typeOf(operand, known));
  const isFitting = wanted === undefined || types.every((type) => type && wanted.includes(type));
  const isAlike = condition.kind !== "equal" || new Set(types).size === 1;
  if (isFitting && isAlike) {
    return [];
  }
  const found = [...new Set(types.map((type) => type ?? "no text"))].join(" and ");
  const asked = wanted === undefined ? "two values of the same type" : wanted.join(" or ");
  return [{ path, message: `${printCondition(condition)} needs ${asked}, not ${found}` }];
}

/** Undefined: what is cut out of a text, or a date in it, of a column that is no text. */
function typeOf(
  { column, match, date }: Operand,
  known: ReadonlyMap<string, PreparedType>,
): PreparedType | undefined {
  const type = known.get(column);
  if (match === undefined && date === undefined) {
    return type;
  }
  const made = date === undefined ? "text" : "integer";
  return type === "text" ? made : undefined;
}

/** The types that a condition can look at; undefined: any. */
function typesOf(
  condition: Exclude<Condition, { kind: "all" | "any" | "not" }>,
): readonly PreparedType[] | undefined {
  switch (condition.kind) {
    case "missing":
    case "equal":
      return undefined;
    case "similar":
    case "distance":
    case "length":
    case "within":
    case "prefix":
      return ["text"];
    case "days":
      return ["integer"];
    case "numbers":
      return ["integer", "number"];
    case "overlap":
    case "overlap-share":
      return ["list"];
    case "kilometres":
      return ["number"];
    default:
      return unreachable(condition);
  }
}

/** A level that asks what an earlier one asked already, or more than that, is never the outcome. */
function checkReach(
  earlier: readonly Level[],
  { when }: Level,
  path: ModelPath,
): readonly ModelProblem[] {
  if (when === "otherwise") {
    return [];
  }
  const before = earlier.find((level) => level.when !== "otherwise" && covers(level.when, when));
  if (before === undefined) {
    return [];
  }
  const message = `can never be the outcome: ${JSON.stringify(before.name)} is asked before it`;
  return [{ path, message, hint: "put the stricter level first" }];
}

function covers(earlier: Condition, later: Condition): boolean {
  const [one, other] = [limitOf(earlier), limitOf(later)];
  if (one.asked !== other.asked) {
    return false;
  }
  return one.sign === "<=" ? other.limit <= one.limit : other.limit >= one.limit;
}

function limitOf(condition: Condition): { asked: string; sign: string; limit: number } {
  const text = printCondition(condition);
  const [, head = text, sign = "", limit = "0"] = /^(.*\)) (>=|<=) (\S+)$/u.exec(text) ?? [];
  return { asked: `${head} ${sign}`, sign, limit: Number(limit) };
}

function checkFactors({ comparisons, factors = [] }: Model): readonly ModelProblem[] {
  const taken = new Set<string>();
  return [
    ...doubles(factors, ["factors"]),
    ...factors.flatMap((factor, index) => {
      const path = ["factors", index];
      const members = factor.comparisons.map((name) =>
        comparisons.find((comparison) => comparison.name === name),
      );
      const problems = factor.comparisons.flatMap((name, place): ModelProblem[] => {
        const at = [...path, "comparisons", place];
        const hint = suggestion(
          name,
          comparisons.map((comparison) => comparison.name),
        );
        const isDouble = taken.has(name);
        taken.add(name);
        if (members[place] === undefined) {
          return [{ path: at, message: `there is no comparison ${JSON.stringify(name)}`, hint }];
        }
        return isDouble ? [{ path: at, message: "is in a factor already" }] : [];
      });
      return problems.length > 0 ? problems : checkCells(factor, members, [...path, "cells"]);
    }),
  ];
}

function checkCells(
  { cells }: Factor,
  members: readonly (Comparison | undefined)[],
  path: ModelPath,
): readonly ModelProblem[] {
  const seen = new Set<string>();
  return cells.flatMap(({ levels }, index) => {
    const at = [...path, index, "levels"];
    const key = JSON.stringify(levels);
    const isDouble = seen.has(key);
    seen.add(key);
    if (levels.length !== members.length) {
      return [{ path: at, message: `must name ${members.length} levels, one of each comparison` }];
    }
    if (isDouble || levels.filter((level) => level !== null).length < 2) {
      const message = isDouble
        ? "is given twice"
        : "must name two levels or more that say something";
      return [{ path: at, message }];
    }
    return levels.flatMap((name, place) => {
      const graded = (members[place]?.levels ?? []).filter(({ isMissing }) => !isMissing);
      const names = graded.map((level) => level.name);
      return name === null || names.includes(name)
        ? []
        : [
            {
              path: [...at, place],
              message: `${JSON.stringify(name)} is no level that weighs something`,
              hint: suggestion(name, names),
            },
          ];
    });
  });
}

function checkRules(
  rules: readonly BlockingRule[],
  path: ModelPath,
  known: KnownColumns,
): readonly ModelProblem[] {
  return [
    ...doubles(rules, path),
    ...rules.flatMap(({ parts }, index) =>
      parts.flatMap(({ column, length }): readonly ModelProblem[] => {
        const at = [...path, index, "key"];
        const type = known?.get(column);
        const isCut = length !== undefined && type !== undefined && type !== "text";
        const message = `only texts have first or last characters, and ${column} is no text`;
        return isCut ? [{ path: at, message }] : checkColumn(column, at, known);
      }),
    ),
  ];
}

function checkThresholds({ thresholds }: Model): readonly ModelProblem[] {
  return thresholds !== undefined && thresholds.review > thresholds.link
    ? [
        {
          path: ["thresholds", "review"],
          message: "must not be above link: what is linked needs no review",
        },
      ]
    : [];
}
