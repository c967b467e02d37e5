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
      throw syntaxRefusal(error);
    }
    throw error;
  }
}

/** Mistakes that people make who think of another language. */
const OTHER_LANGUAGES: readonly (readonly [RegExp, string])[] = [
  [/ASSIGN|Unexpected character: =/, "equality is written =="],
  [/Unexpected character: &/, "and is written &&"],
  [/Unexpected character: \|/, "or is written ||"],
  [/Unterminated string/, "close the text with the quote it began with"],
  [/got IDENTIFIER|Expected EOF/, "join conditions with && or ||"],
  [/got IN\b|Reserved identifier/, 'a field with this name is written customer["NAME"]'],
  [/Unexpected token: EOF|got EOF/, "the text ends too early"],
];

function syntaxRefusal(error: ParseError): Refusal {
  const range: TextRange = error.range ?? { start: 0, end: 0 };
  const hint = OTHER_LANGUAGES.find(([pattern]) => pattern.test(error.summary))?.[1];
  const [first = "", ...rest] = error.summary;
  return new Refusal(range, `${first.toLowerCase()}${rest.join("")}`, hint);
}
