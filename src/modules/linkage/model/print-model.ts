/** From a model to a file that is a pleasure to read and to edit. */
import { Document, isMap, isSeq, visit } from "yaml";
import { printCondition } from "./condition-text.ts";
import { printKey } from "./key-text.ts";
import type { BlockingRule, Comparison, Level, Model } from "./model.ts";
import { MODEL_FORMAT } from "./model-shape.ts";

const HEADER = ` Which records are the same: what is compared, how, and what each outcome weighs.
 m is the share of pairs of the same that have an outcome, u the share of pairs of different ones;
 the outcome weighs log2(m / u). The first level whose condition holds is the outcome.`;

/** Lists and maps that stand on one line. */
const ON_ONE_LINE = new Set([
  "columns",
  "placeholderDays",
  "termFrequency",
  "start",
  "thresholds",
  "known",
  "sessions",
]);

/** The text of a model file. `parseModel` gives the model back. */
export function printModel(model: Model): string {
  const document = new Document(shapeOf(model));
  document.commentBefore = HEADER;
  visit(document, {
    Pair: (_, { key, value }) => {
      const name = String(key);
      if ((isMap(value) || isSeq(value)) && ON_ONE_LINE.has(name)) {
        value.flow = true;
      }
    },
  });
  setApart(document, ["comparisons"]);
  cellsOnOneLine(document);
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function shapeOf(model: Model): object {
  const { fields, prior, comparisons, factors, blocking, thresholds, training } = model;
  return {
    format: MODEL_FORMAT,
    fields: fields.length === 0 ? undefined : fields,
    prior,
    related: model.related,
    comparisons: comparisons.map(comparisonShape),
    factors: factors?.map((factor) => ({
      ...factor,
      cells: factor.cells.length === 0 ? undefined : factor.cells,
    })),
    blocking: blocking.length === 0 ? undefined : blocking.map(ruleShape),
    largestBlock: model.largestBlock,
    thresholds,
    training,
  };
}

function comparisonShape({ name, isPersonal, levels }: Comparison): object {
  return { name, personal: isPersonal, levels: levels.map(levelShape) };
}

function levelShape(level: Level): object {
  const { name, when, isMissing, m, u, related, termFrequency, start, tells } = level;
  return {
    name,
    when: when === "otherwise" ? when : printCondition(when),
    missing: isMissing ? true : undefined,
    m,
    u,
    related,
    termFrequency,
    start,
    tells,
  };
}

function ruleShape({ name, parts }: BlockingRule): object {
  return { name, key: printKey(parts) };
}

/** A blank line before each comparison but the first. */
function setApart(document: Document, path: readonly string[]): void {
  const list = document.getIn(path);
  if (isSeq(list)) {
    list.items.slice(1).forEach((item) => {
      if (isMap(item)) {
        item.spaceBefore = true;
      }
    });
  }
}

function cellsOnOneLine(document: Document): void {
  visit(document, {
    Pair: (_, { key, value }) => {
      if (String(key) === "cells" && isSeq(value)) {
        value.items.forEach((cell) => {
          if (isMap(cell)) {
            cell.flow = true;
          }
        });
      }
    },
  });
}
