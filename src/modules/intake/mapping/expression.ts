/** CEL over one row: in mappings over the raw columns as text, in row rules over the typed fields. */
import {
  Environment,
  EvaluationError,
  ParseError,
  TypeError as CelTypeError,
} from "@marcbachmann/cel-js";

import { err, ok } from "../../../kernel/index.ts";
import type { Result } from "../../../kernel/index.ts";

/** An expression runs for every row, so it must be small. */
const LIMITS = {
  maxAstNodes: 300,
  maxDepth: 32,
  maxListElements: 100,
  maxMapEntries: 100,
  maxCallArguments: 16,
};
const MAX_LENGTH = 4096;

/** Functions that are refused, and why. */
const REFUSED_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ["matches", "a pattern can take exponential time"],
  ["has", "every name is there; compare with null, or with an empty text in a mapping"],
]);
/** Loops over a list: one is linear, one inside another is not. */
const LOOPS = new Set(["all", "exists", "exists_one", "map", "filter"]);

/** Why an expression cannot be used, and where in it. */
export interface ExpressionProblem {
  readonly message: string;
  /** 0-based place in the text. */
  readonly at: number;
}

/** A compiled expression over `row`. */
export interface RowExpression {
  /** The names it reads, as `row.NAME` or `row["NAME"]`. */
  readonly names: readonly string[];
  /** Whether it speaks of `null` itself, and so has an answer for missing values. */
  readonly mentionsNull: boolean;
  /** @throws EvaluationError, whose message may quote values and must not be shown */
  evaluate(row: Readonly<Record<string, unknown>>): unknown;
}

/** @returns the expression, or the first problem with it */
export function compileExpression(text: string): Result<RowExpression, ExpressionProblem> {
  if (text.length > MAX_LENGTH) {
    return err({
      message: `the expression is longer than ${MAX_LENGTH} characters`,
      at: MAX_LENGTH,
    });
  }
  const environment = new Environment({ limits: LIMITS }).registerVariable(
    "row",
    "map<string, dyn>",
  );
  try {
    const program = environment.parse(text);
    const survey = surveyed(program.ast);
    if (survey.problem !== undefined) {
      return err(survey.problem);
    }
    const checked = program.check();
    if (!checked.valid) {
      return err(problemOf(checked.error));
    }
    return ok({
      names: [...survey.names],
      mentionsNull: survey.mentionsNull,
      evaluate: (row) => program({ row }) as unknown,
    });
  } catch (error) {
    return err(problemOf(error));
  }
}

/** Whether an error comes from a value that an expression cannot work with. */
export function isEvaluationError(error: unknown): boolean {
  return error instanceof EvaluationError || error instanceof CelTypeError;
}

interface Survey {
  readonly names: Set<string>;
  mentionsNull: boolean;
  loops: number;
  problem: ExpressionProblem | undefined;
}

/** Looks for the names that are read and for what is refused. */
function surveyed(ast: unknown): Survey {
  const survey: Survey = { names: new Set(), mentionsNull: false, loops: 0, problem: undefined };
  visit(ast, survey);
  return survey;
}

function visit(value: unknown, survey: Survey): void {
  if (Array.isArray(value)) {
    for (const item of value) {
      visit(item, survey);
    }
    return;
  }
  const node = nodeOf(value);
  if (node === undefined) {
    return;
  }
  survey.mentionsNull ||= node.op === "value" && node.args === null;
  if (node.op === "rcall" || node.op === "call") {
    visitCall(node, survey);
  }
  if (isRow(node)) {
    survey.problem ??= {
      message: 'row can only be used as row.NAME or row["NAME"]',
      at: node.start,
    };
    return;
  }
  if (
    (node.op === "." || node.op === "[]") &&
    Array.isArray(node.args) &&
    isRow(nodeOf(node.args[0]))
  ) {
    visitAccess(node, survey);
    return;
  }
  visit(node.args, survey);
}

function visitCall(node: Node, survey: Survey): void {
  const name = Array.isArray(node.args) && typeof node.args[0] === "string" ? node.args[0] : "";
  const reason = REFUSED_FUNCTIONS.get(name);
  if (reason !== undefined) {
    survey.problem ??= { message: `${name}() is refused: ${reason}`, at: node.start };
  }
  if (LOOPS.has(name) && ++survey.loops > 1) {
    survey.problem ??= { message: "only one loop over a list is allowed", at: node.start };
  }
}

function visitAccess(node: Node, survey: Survey): void {
  const key: unknown = Array.isArray(node.args) ? node.args[1] : undefined;
  const constant = nodeOf(key)?.op === "value" ? nodeOf(key)?.args : key;
  if (typeof constant === "string") {
    survey.names.add(constant);
  } else {
    survey.problem ??= { message: "a column is named by a text in quotes", at: node.start };
  }
}

interface Node {
  readonly op: string;
  readonly args: unknown;
  readonly start: number;
}

function nodeOf(value: unknown): Node | undefined {
  if (typeof value !== "object" || value === null || !("op" in value) || !("args" in value)) {
    return undefined;
  }
  const start = "start" in value && typeof value.start === "number" ? value.start : 0;
  return typeof value.op === "string" ? { op: value.op, args: value.args, start } : undefined;
}

function isRow(node: Node | undefined): boolean {
  return node?.op === "id" && node.args === "row";
}

function problemOf(error: unknown): ExpressionProblem {
  if (
    error instanceof ParseError ||
    error instanceof CelTypeError ||
    error instanceof EvaluationError
  ) {
    const message = error.message.split("\n")[0] ?? error.message;
    return { message, at: error.range?.start ?? 0 };
  }
  throw error;
}
