/** From the text of a model file to the model. */
import { checkModel } from "./check-model.ts";
import type { ColumnsOf } from "./check-model.ts";
import { readCondition } from "./condition-text.ts";
import { readKey } from "./key-text.ts";
import type { BlockingRule, Level, Model } from "./model.ts";
import { modelShape, shapeProblems } from "./model-shape.ts";
import type { LevelShape, ModelShape, RuleShape } from "./model-shape.ts";
import { readModelYaml, unreadable } from "./model-yaml.ts";
import type { ModelPath, ModelProblem } from "./model-yaml.ts";
import type { TextProblem } from "./text-tokens.ts";

/** What the reading of one file carries along. */
interface Reading {
  readonly problems: ModelProblem[];
}

/**
 * Reads a model file. `columnsOf` says which prepared columns the fields give; without it, names of
 * columns are not checked.
 * @param file how messages call the file
 * @throws InvalidInputError `linkage-model-invalid` with every issue at its line and column
 */
export function parseModel(text: string, file: string, columnsOf?: ColumnsOf): Model {
  const document = readModelYaml(text, file);
  const parsed = modelShape.safeParse(document.value, { reportInput: true });
  if (!parsed.success) {
    throw unreadable(file, shapeProblems(parsed.error).map(document.issue));
  }
  const reading: Reading = { problems: [] };
  const model = modelOf(parsed.data, reading);
  const problems = reading.problems.length > 0 ? reading.problems : checkModel(model, columnsOf);
  if (problems.length > 0) {
    throw unreadable(file, problems.map(document.issue));
  }
  return model;
}

function modelOf(shape: ModelShape, reading: Reading): Model {
  const { fields, prior, comparisons, factors, blocking } = shape;
  return {
    fields,
    prior,
    related: shape.related,
    comparisons: comparisons.map(({ name, personal, levels }, index) => ({
      name,
      isPersonal: personal,
      levels: levels.map((level, place) =>
        levelOf(level, ["comparisons", index, "levels", place], reading),
      ),
    })),
    factors,
    blocking: rulesOf(blocking, ["blocking"], reading),
    largestBlock: shape.largestBlock,
    thresholds: shape.thresholds,
    training: shape.training,
  };
}

function levelOf(shape: LevelShape, path: ModelPath, reading: Reading): Level {
  const { name, when, missing, m, u, related, termFrequency, start, tells } = shape;
  return {
    name,
    when: whenOf(when, [...path, "when"], reading),
    isMissing: missing,
    m,
    u,
    related,
    termFrequency,
    start,
    tells,
  };
}

function whenOf(text: string, path: ModelPath, reading: Reading): Level["when"] {
  if (text.trim() === "otherwise") {
    return "otherwise";
  }
  const read = readCondition(text);
  if (read.ok) {
    return read.value;
  }
  report(read.error, path, reading);
  return "otherwise";
}

function rulesOf(
  rules: readonly RuleShape[],
  path: ModelPath,
  reading: Reading,
): readonly BlockingRule[] {
  return rules.map(({ name, key }, index) => {
    const read = readKey(key);
    if (!read.ok) {
      report(read.error, [...path, index, "key"], reading);
    }
    return { name, parts: read.ok ? read.value : [] };
  });
}

function report({ message, hint, offset }: TextProblem, path: ModelPath, reading: Reading): void {
  reading.problems.push({ path, message, hint, offset });
}
