import { Environment, ParseError } from "@marcbachmann/cel-js";
import type { ASTNode } from "@marcbachmann/cel-js";
import { InvalidInputError, suggestion } from "../../../kernel/index.ts";
import type { Catalogue, Dataset } from "../../contracts/index.ts";
import { subjectDataset } from "../subject.ts";
import type { Criteria, Value } from "../tree/index.ts";
import { isNumber, typeOf } from "../tree/index.ts";
import { warningsOf } from "../warnings.ts";
import { lowerCondition } from "./lower-condition.ts";
import { lowerValue } from "./lower-value.ts";
import type { BlindIndex, Reading, Sealing } from "./reader.ts";
import { aOrAn, collecting } from "./reader.ts";
import type { CriteriaIssue, TextRange } from "./refusal.ts";
import { Refusal, refuse } from "./refusal.ts";

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
  /** The dataset whose rows can be members: accounts or events; undefined: the customers. */
  readonly subject?: string | undefined;
  /**
   * The names that `in_segment` may use, each with its subject (undefined: the customers). Undefined:
   * not checked here.
   */
  readonly segments?: Iterable<string> | ReadonlyMap<string, string | undefined> | undefined;
  /** The names that `score` may use. Undefined: not checked here. */
  readonly scores?: Iterable<string> | undefined;
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
  const { part: root, subject } = read(text, { catalogue, options }, lowerCondition);
  const warnings = Object.freeze(warningsOf(root, subject));
  return Object.freeze({ root, subject: subject.name, warnings });
}

/**
 * Reads the text of a number about a customer, such as `orders.sum("amount")`, against a contract.
 * @throws InvalidInputError `criteria-invalid`, as {@link parseCriteria} does
 */
export function parseNumber(text: string, catalogue: Catalogue, options: ParseOptions = {}): Value {
  return read(text, { catalogue, options }, (node, reading) => {
    const number = lowerValue(node, reading);
    const type = typeOf(number);
    return isNumber(type)
      ? number
      : refuse(
          node,
          `a number is needed here, not ${aOrAn(type)}`,
          "daysSince(x) makes days of times",
        );
  }).part;
}

/**
 * The text with every value of a sealed field replaced by `sealed("…")`, its blind index; the rest stays
 * as the author wrote it. What is kept of criteria, and what is asked by, goes through here first.
 * @throws InvalidInputError `criteria-invalid`, as {@link parseCriteria} does
 */
export function sealCriteria(
  text: string,
  catalogue: Catalogue,
  options: ParseOptions & { readonly blindIndex: BlindIndex },
): string {
  return sealedText(text, { catalogue, options }, lowerCondition);
}

/** {@link sealCriteria} for the text of a number. */
export function sealNumber(
  text: string,
  catalogue: Catalogue,
  options: ParseOptions & { readonly blindIndex: BlindIndex },
): string {
  return sealedText(text, { catalogue, options }, lowerValue);
}

function sealedText(
  text: string,
  { catalogue, options }: Against & { readonly options: { readonly blindIndex: BlindIndex } },
  lower: (node: ASTNode, reading: Reading) => unknown,
): string {
  const sealing: Sealing = { blindIndex: options.blindIndex, replaced: [] };
  read(text, { catalogue, options, sealing }, lower);
  const fromTheEnd = sealing.replaced.toSorted((a, b) => b.start - a.start);
  return fromTheEnd.reduce(
    (rest, { start, end, text: index }) => rest.slice(0, start) + index + rest.slice(end),
    text,
  );
}

interface Against {
  readonly catalogue: Catalogue;
  readonly options: ParseOptions;
  readonly sealing?: Sealing | undefined;
}

function read<T>(
  text: string,
  { catalogue, options, sealing }: Against,
  lower: (node: ASTNode, reading: Reading) => T,
): { readonly part: T; readonly subject: Dataset } {
  const issues: CriteriaIssue[] = [];
  const start = collecting({ text, issues }, () => ({
    subject: subjectOf({ catalogue, options }),
    syntax: syntaxTree(text),
  }));
  const part =
    start &&
    collecting({ text, issues }, () => {
      const { subject } = start;
      const { scores } = options;
      const reading: Reading = {
        text,
        catalogue,
        subject,
        segments: segmentsOf({ catalogue, options }),
        scores: scores && new Set(scores),
        sealing,
        scope: { kind: "member" },
        issues,
        lower: { condition: lowerCondition, value: lowerValue },
      };
      return { part: lower(start.syntax, reading), subject };
    });
  const [first] = issues;
  if (part === undefined || first !== undefined) {
    const where = `line ${first?.line ?? 1}, column ${first?.column ?? 1}`;
    throw new InvalidInputError(
      "criteria-invalid",
      `criteria, ${where}: ${first?.message ?? "cannot be read"}`,
      issues,
      { hint: first?.hint },
    );
  }
  return part;
}

function subjectOf({ catalogue, options }: Against): Dataset {
  const subject = subjectDataset(catalogue, options.subject);
  const message =
    options.subject === undefined
      ? "the contract has no customers"
      : `the contract has no dataset ${JSON.stringify(options.subject)}`;
  const names = catalogue.datasets.map(({ name }) => name);
  return subject ?? refuse({ start: 0, end: 0 }, message, suggestion(options.subject ?? "", names));
}

/** A segment whose subject is not in the contract cannot be used, and its own check says so. */
function segmentsOf({ catalogue, options }: Against): Reading["segments"] {
  const { segments } = options;
  if (segments === undefined) {
    return undefined;
  }
  const named =
    segments instanceof Map
      ? [...(segments as ReadonlyMap<string, string | undefined>)]
      : [...(segments as Iterable<string>)].map((name) => [name, undefined] as const);
  return new Map(
    named.flatMap(([name, subject]) => {
      const dataset = subjectDataset(catalogue, subject);
      return dataset === undefined ? [] : [[name, dataset] as const];
    }),
  );
}

/** The issues of a text instead of an error: for checks that go on to the next definition. */
export function checkCriteria(
  text: string,
  catalogue: Catalogue,
  options: ParseOptions = {},
): readonly CriteriaIssue[] {
  return issuesOf(() => parseCriteria(text, catalogue, options));
}

/** The same for the text of a number. */
export function checkNumber(
  text: string,
  catalogue: Catalogue,
  options: ParseOptions = {},
): readonly CriteriaIssue[] {
  return issuesOf(() => parseNumber(text, catalogue, options));
}

function issuesOf(parse: () => unknown): readonly CriteriaIssue[] {
  try {
    parse();
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
