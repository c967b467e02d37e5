/** Turns what is wrong with a definition file into issues that say where, what, and what was meant. */
import type { z } from "zod";
import type { Issue } from "../../../kernel/index.ts";

/** A definition file as the folder reader gives it. */
export interface DefinitionFile {
  readonly kind: string;
  readonly name: string;
  readonly file: string;
  readonly body: unknown;
  /** Where the value at `path` stands in the file. */
  locate(path: readonly (string | number)[]): { line: number; column: number } | undefined;
}

/** An issue at a place of a file. */
export function issueAt(
  definition: DefinitionFile,
  path: readonly PropertyKey[],
  problem: { readonly message: string; readonly hint?: string | undefined },
): Issue {
  const steps = path.filter((step) => typeof step !== "symbol");
  const at = steps.length === 0 ? definition.file : `${definition.file}: ${steps.join(".")}`;
  return { at, ...problem, ...definition.locate(steps) };
}

/**
 * What a schema finds wrong. Unknown members are named one by one with what they probably mean.
 * @param known the members that the file can have, for did-you-mean
 */
export function schemaIssues(
  definition: DefinitionFile,
  error: z.ZodError,
  known: readonly string[],
): Issue[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) =>
        issueAt(definition, [...issue.path, key], {
          message: `${key} is not known here`,
          hint: didYouMean(key, known) ?? `known are ${known.join(", ")}`,
        }),
      );
    }
    return [issueAt(definition, issue.path, { message: plain(issue.message) })];
  });
}

/** zod's own messages begin with a capital; ours are parts of a sentence. */
function plain(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

/** "did you mean …?" for the nearest known name, when one is near enough to be a slip. */
export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name, candidate, least);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest === undefined ? undefined : `did you mean ${nearest}?`;
}

/** Levenshtein distance; gives `limit` as soon as the lengths alone reach it. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) {
    return limit;
  }
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [line, letter] of [...a].entries()) {
    let diagonal = line;
    const next = [line + 1];
    for (let column = 1; column <= b.length; column += 1) {
      const above = row[column] ?? 0;
      const left = next[column - 1] ?? 0;
      next.push(Math.min(above + 1, left + 1, diagonal + (letter === b[column - 1] ? 0 : 1)));
      diagonal = above;
    }
    row = next;
  }
  return row[b.length] ?? limit;
}
