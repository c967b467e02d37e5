/** Turns what is wrong with a definition file into issues that say where, what, and what was meant. */
import type { z } from "zod";
import type { Issue } from "../../../kernel/index.ts";
import { didYouMean } from "../../../kernel/index.ts";
import type { Path, Place } from "../../contracts/index.ts";

/** A definition file, as far as it is judged here: every `Definition` of a client's folder is one. */
export interface DefinitionFile {
  readonly kind: string;
  readonly name: string;
  readonly file: string;
  readonly body: unknown;
  /** Where something in the body stands in the file, when that is known. */
  locate(path: Path, part?: "key" | "value"): Place | undefined;
}

/** An issue at a place of a file. */
export function issueAt(
  definition: DefinitionFile,
  path: readonly PropertyKey[],
  { message, hint, isKey }: Pick<Issue, "message" | "hint"> & { readonly isKey?: boolean },
): Issue {
  const steps = path.filter((step) => typeof step !== "symbol");
  const spelled = steps
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("");
  const at = steps.length === 0 ? definition.file : `${definition.file}: ${spelled.slice(1)}`;
  return { at, message, hint, ...definition.locate(steps, isKey === true ? "key" : "value") };
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
          isKey: true,
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
