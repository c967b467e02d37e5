/**
 * The YAML of a model file with the place of everything in it. One plain document: no aliases, no tags,
 * no key twice, so that what a person reads is what is meant.
 */
import { InvalidInputError } from "../../../kernel/index.ts";
import type { Issue } from "../../../kernel/index.ts";
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";

/** Keys of maps and 0-based positions in lists, from the root. */
export type ModelPath = readonly (string | number)[];

/** Something wrong at a place of a model. */
export interface ModelProblem {
  readonly path: ModelPath;
  readonly message: string;
  readonly hint?: string | undefined;
  /** 0-based, within the text that stands there. */
  readonly offset?: number | undefined;
  /** The key itself is wrong, not what it says. */
  readonly isKey?: boolean | undefined;
}

export interface ModelDocument {
  readonly value: unknown;
  /** The issue of a problem, with its line and column. */
  readonly issue: (problem: ModelProblem) => Issue;
}

/** Models with thousands of combinations in their factors are below 1 MB. */
const LONGEST = 8_388_608;
const DEEPEST = 12;

/** Reads the text of a model file. @throws InvalidInputError with every place that is not plain YAML */
export function readModelYaml(text: string, file: string): ModelDocument {
  if (text.length > LONGEST) {
    throw unreadable(file, [
      { at: file, message: `a model file has at most ${LONGEST} characters` },
    ]);
  }
  const lines = new LineCounter();
  const place = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    resolveKnownTags: false,
    // The library compares every key with all before it; the walk below uses a set.
    uniqueKeys: false,
    stringKeys: true,
    prettyErrors: false,
    lineCounter: lines,
  });
  const syntax = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
    at: file,
    message: `not YAML as it is read here: ${message}`,
    ...place(pos[0]),
  }));
  const unplain = syntax.length > 0 ? [] : unplainNodes(document.contents, []);
  const issues = [
    ...syntax,
    ...unplain.map(({ node, path, message }) => ({
      at: spellPath(file, path),
      message,
      ...place(startOf(node)),
    })),
  ];
  if (issues.length > 0) {
    throw unreadable(file, issues);
  }
  const issue: ModelDocument["issue"] = ({ path, message, hint, offset = 0, isKey = false }) => {
    const node = nodeAt(document.contents, path, isKey);
    const isQuoted =
      isScalar(node) && (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE");
    const start = startOf(node) + offset + (isQuoted && offset > 0 ? 1 : 0);
    return { at: spellPath(file, path), message, hint, ...place(start) };
  };
  return { value: document.toJS(), issue };
}

/** Names a place the way issues do: `model.yaml: comparisons[0].levels[2].when`. */
function spellPath(file: string, path: ModelPath): string {
  const spelled = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`));
  return path.length === 0 ? file : `${file}: ${spelled.join("").replace(/^\./u, "")}`;
}

interface UnplainNode {
  readonly node: unknown;
  readonly path: ModelPath;
  readonly message: string;
}

function unplainNodes(node: unknown, path: ModelPath): readonly UnplainNode[] {
  if (path.length > DEEPEST) {
    return [{ node, path, message: `is nested more than ${DEEPEST} levels deep` }];
  }
  if (isAlias(node)) {
    return [{ node, path, message: "is an alias (*name); write the value out" }];
  }
  if (isSeq(node)) {
    return node.items.flatMap((item, index) => unplainNodes(item, [...path, index]));
  }
  if (!isMap(node)) {
    return [];
  }
  const seen = new Set<string>();
  return node.items.flatMap(({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : "";
    const at = [...path, name];
    if (seen.has(name)) {
      return [{ node: key, path: at, message: "is given twice; keep one of the two" }];
    }
    seen.add(name);
    return name === "" || name === "__proto__" || name === "<<"
      ? [{ node: key, path: at, message: "is a key that is not read here" }]
      : unplainNodes(value, at);
  });
}

/** The value at a path, or the nearest thing around it: a key for what is no plain value, a parent. */
function nodeAt(root: unknown, path: ModelPath, isKey: boolean): unknown {
  let node = root;
  let nearest = root;
  for (const step of path) {
    const pair = isMap(node)
      ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      : undefined;
    const next: unknown = isSeq(node) ? node.items[Number(step)] : pair?.value;
    if (next === undefined) {
      return nearest;
    }
    node = next;
    const isValue = pair === undefined || (isScalar(next) && !isKey);
    nearest = isValue ? next : pair.key;
  }
  return nearest;
}

function startOf(node: unknown): number {
  const isLocated = isMap(node) || isSeq(node) || isScalar(node) || isAlias(node);
  return isLocated ? (node.range?.[0] ?? 0) : 0;
}

/** The error of a model file, with all its issues. */
export function unreadable(file: string, issues: readonly Issue[]): InvalidInputError {
  const [first] = issues;
  const where = first?.line === undefined ? file : `${file}, line ${first.line}`;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  const message = `${where}: ${first?.message ?? "is no model"}${more}`;
  return new InvalidInputError("linkage-model-invalid", message, issues, { hint: first?.hint });
}
