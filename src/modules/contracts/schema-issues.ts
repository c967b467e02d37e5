/** Turns what a schema finds wrong with a definition file into issues that say where, and what was meant. */
import type { z } from "zod";
import type { Issue } from "../../kernel/index.ts";
import { didYouMean } from "../../kernel/index.ts";
import { definitionIssue } from "./definition.ts";
import type { Definition } from "./definition.ts";

/**
 * What a schema finds wrong. Unknown members are named one by one with what they probably mean.
 * @param known the members that the file can have, for did-you-mean
 */
export function schemaIssues(
  definition: Pick<Definition, "file" | "locate">,
  error: z.ZodError,
  known: readonly string[],
): Issue[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.filter((step) => typeof step !== "symbol");
    if (issue.code !== "unrecognized_keys") {
      return [definitionIssue(definition, path, { message: plain(issue.message) })];
    }
    return issue.keys.map((key) =>
      definitionIssue(definition, [...path, key], {
        message: `${key} is not known here`,
        isKey: true,
        hint: didYouMean(key, known) ?? `known are ${known.join(", ")}`,
      }),
    );
  });
}

/** zod's own messages begin with a capital; ours are parts of a sentence. */
function plain(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
