import { Environment, ParseError } from "@marcbachmann/cel-js";
import type { ASTNode } from "@marcbachmann/cel-js";
import { InvalidInputError } from "../../../kernel/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import type { Condition, Criteria } from "../tree/index.ts";
import { warningsOf } from "../warnings.ts";
import { lowerCondition } from "./lower-condition.ts";
import { lowerValue } from "./lower-value.ts";
import type { Reading } from "./reader.ts";
import { collecting } from "./reader.ts";
import type { CriteriaIssue, TextRange } from "./refusal.ts";
import { Refusal } from "./refusal.ts";

/** Longest criteria text, in UTF-16 code units. */
export const LONGEST_CRITERIA = 10_000;

const LIMITS = {
  maxAstNodes: 5_000,
  maxDepth: 100,
  maxListElements: 1_000,
  maxMapEntries: 1,
  maxCallArguments: 8,
} as const;

/**
 * cel-js reads the text; nothing is ever evaluated by it. Names and types are checked while lowering,
 * against the contract: its checker knows neither exact decimals nor datasets, and we want to say what
 * was meant.
 */
const READER = new Environment({ unlistedVariablesAreDyn: true, limits: LIMITS });

export interface ParseOptions {
  /** The names that `in_segment` may use. Undefined: not checked here. */
  readonly segments?: Iterable<string> | undefined;
}

/**
 * Reads a criteria text (CEL, the subset of docs/criteria.md) against a contract.
 * @throws InvalidInputError `criteria-invalid` with every issue found, each a {@link CriteriaIssue}
 *   with its line, column and surroundings
 */
export function parseCriteria(
  text: string,
  catalogue: Catalogue,
  options: ParseOptions = {},
): Criteria {
  const issues: CriteriaIssue[] = [];
  const reading: Reading = {
    text,
    catalogue,
    segments: options.segments === undefined ? undefined : new Set(options.segments),
    scope: { kind: "customer" },
    issues,
    lower: { condition: lowerCondition, value: lowerValue },
  };
  const root = collecting(reading, (): Condition => lowerCondition(syntaxTree(text), reading));
  const [first] = issues;
  if (root === undefined || first !== undefined) {
    const where = `line ${first?.line ?? 1}, column ${first?.column ?? 1}`;
    throw new InvalidInputError(
      "criteria-invalid",
      `criteria, ${where}: ${first?.message ?? "cannot be read"}`,
      issues,
      { hint: first?.hint },
    );
  }
  return Object.freeze({ root, warnings: Object.freeze(warningsOf(root)) });
}

/** The issues of a text instead of an error: for checks that go on to the next definition. */
export function checkCriteria(
  text: string,
  catalogue: Catalogue,
  options: ParseOptions = {},
): readonly CriteriaIssue[] {
  try {
    parseCriteria(text, catalogue, options);
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) {
      return error.issues.filter((issue): issue is CriteriaIssue => "excerpt" in issue);
    }
    throw error;
  }
}

function syntaxTree(text: string): ASTNode {
  if (text.length > LONGEST_CRITERIA) {
    throw new Refusal(
      { start: LONGEST_CRITERIA, end: LONGEST_CRITERIA + 1 },
      `criteria have at most ${LONGEST_CRITERIA} characters`,
      'name a part of them as a segment of its own and use in_segment("NAME")',
    );
  }
  if (text.trim() === "") {
    throw new Refusal(
      { start: 0, end: 0 },
      "criteria must not be empty",
      "write true for all customers",
    );
  }
  try {
    return READER.parse(text).ast;
  } catch (error) {
    if (error instanceof ParseError) {
      throw syntaxRefusal(text, error);
    }
    throw error;
  }
}

/** What people write who think of another language, in lower case. */
const OTHER_LANGUAGES: ReadonlyMap<string, string> = new Map([
  ["=", "equality is written =="],
  ["&", "and is written &&"],
  ["and", "and is written &&"],
  ["|", "or is written ||"],
  ["or", "or is written ||"],
  ["not", "not is written !"],
  ["<>", "unequal is written !="],
  ["like", 'parts of a text are found with contains("x"), startsWith("x") or matches("x")'],
  ["is", "missing values are found with == null or has()"],
  ["in", 'a field with this name is written customer["in"]'],
]);
const UNEXPECTED = new Set(["unexpected_character", "unexpected_token", "expected_token"]);

/** cel-js names its tokens; we say what the author wrote. */
function syntaxRefusal(text: string, error: ParseError): Refusal {
  const range: TextRange = error.range ?? { start: 0, end: 0 };
  if (!UNEXPECTED.has(error.code)) {
    const [first = "", ...rest] = error.summary;
    return new Refusal(range, `${first.toLowerCase()}${rest.join("")}`);
  }
  const seen = text.slice(range.start, range.end);
  if (seen === "") {
    return new Refusal(range, "the text ends too early", "is a bracket or a value missing?");
  }
  const before = /(\w+|<)\s*$/.exec(text.slice(0, range.start))?.[1] ?? "";
  const hint = [seen, before, before + seen]
    .map((word) => OTHER_LANGUAGES.get(word.toLowerCase()))
    .find((found) => found !== undefined);
  const message = `${JSON.stringify(seen)} was not expected here`;
  return new Refusal(range, message, hint ?? "conditions are joined with && or ||");
}
