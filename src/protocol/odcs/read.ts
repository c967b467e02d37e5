import type { Result } from "../../kernel/index.ts";
import { err, ok } from "../../kernel/index.ts";
import type { z } from "zod";
import { odcsContract } from "./contract.ts";
import type { OdcsContract } from "./contract.ts";
import { didYouMean } from "../../kernel/index.ts";

/** A departure from a schema, at a path of keys and 0-based positions. */
export interface SchemaIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint?: string | undefined;
  /** The key itself is wrong, not the value beneath it. */
  readonly isKey: boolean;
}

/** Judges an already parsed YAML or JSON document by the standard; every departure is found. */
export function readOdcs(document: unknown): Result<OdcsContract, readonly SchemaIssue[]> {
  const parsed = odcsContract.safeParse(document, { reportInput: true });
  return parsed.success ? ok(parsed.data) : err(schemaIssues(parsed.error));
}

/**
 * What zod found, in the words of this project: no value is repeated, choices are listed and the
 * nearest one is suggested. Parse with `reportInput: true`, or missing keys read as wrong types.
 */
export function schemaIssues(error: z.ZodError): SchemaIssue[] {
  return error.issues.flatMap((issue) => issuesFrom(issue));
}

function issuesFrom(issue: z.core.$ZodIssue): SchemaIssue[] {
  const path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `unknown key ${JSON.stringify(key)}`,
      isKey: true,
    }));
  }
  return [{ path, ...wording(issue) }];
}

function wording(issue: z.core.$ZodIssue): Omit<SchemaIssue, "path"> {
  if (issue.code === "custom") {
    const hint: unknown = issue.params?.["hint"];
    return {
      message: issue.message,
      hint: typeof hint === "string" ? hint : undefined,
      isKey: issue.params?.["key"] === true,
    };
  }
  if (
    issue.input === undefined &&
    (issue.code === "invalid_type" || issue.code === "invalid_value")
  ) {
    return { message: "is required", isKey: false };
  }
  switch (issue.code) {
    case "invalid_type":
      return { message: `must be ${NOUNS[issue.expected] ?? issue.expected}`, isKey: false };
    case "invalid_value": {
      const choices = issue.values.map(String);
      return {
        message:
          choices.length === 1
            ? `must be ${choices.join()}`
            : `must be one of ${choices.join(", ")}`,
        hint: typeof issue.input === "string" ? didYouMean(issue.input, choices) : undefined,
        isKey: false,
      };
    }
    case "invalid_union":
      return { message: "is none of the forms allowed here", isKey: false };
    case "too_small":
      return { message: `must have at least ${issue.minimum}`, isKey: false };
    case "too_big":
      return { message: `must have at most ${issue.maximum}`, isKey: false };
    default:
      return { message: issue.message, isKey: false };
  }
}

const NOUNS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "a mapping of keys to values",
  record: "a mapping of keys to values",
};
