import type { Issue } from "../../kernel/index.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Path, Place } from "./located-yaml.ts";
import { spellPath } from "./located-yaml.ts";

/** The kinds of definitions, in the order in which they may name each other. */
export const DEFINITION_KINDS = [
  "source",
  "model",
  "score",
  "segment",
  "recipient",
  "policy",
  "destination",
  "route",
] as const;

export type DefinitionKind = (typeof DEFINITION_KINDS)[number];

/** A definition file: parsed, and not yet understood. What it means is judged by its own module. */
export interface Definition {
  readonly kind: DefinitionKind;
  /** What the file calls itself, and is called. */
  readonly name: string;
  /** Relative to the client's folder: `segments/at-risk.yaml`. */
  readonly file: string;
  /** What the file holds; of a policy, which is Cedar text, `{policy: name, text}`. */
  readonly body: unknown;
  /** Hex SHA-256 of the file's bytes. */
  readonly sha256: string;
  /**
   * Where something in the body stands in the file; undefined when there is no file to look at. In a
   * policy, `["text", offset]` is the character at that offset, counted in UTF-16 units from 0.
   */
  readonly locate: (path: Path, part?: "key" | "value") => Place | undefined;
}

/**
 * Judges all definitions of one kind, which may name any of `all`; answers every issue. Pure, but for the
 * loading of code that is needed where there are any.
 */
export type DefinitionCheck = (
  definitions: readonly Definition[],
  catalogue: Catalogue,
  all: readonly Definition[],
) => readonly Issue[] | Promise<readonly Issue[]>;

export type DefinitionChecks = ReadonlyMap<DefinitionKind, DefinitionCheck>;

/** What brought a definition in: a client's folder, or its own application. */
export type DefinitionOrigin = "folder" | "own";

/** A definition as it was last applied. */
export interface StoredDefinition {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly version: number;
  readonly sha256: string;
  readonly body: unknown;
  /** A folder without a definition removes it, unless that was applied by itself. */
  readonly origin: DefinitionOrigin;
}

/** A stored definition as the checks take it: there is no file to point into. */
export function definitionFromStored({ kind, name, body, sha256 }: StoredDefinition): Definition {
  const file = `${kind} ${name}, as it was applied`;
  return { kind, name, file, body, sha256, locate: () => undefined };
}

/** An issue in a definition file, at its place. For the checks that other modules make. */
export function definitionIssue(
  definition: Pick<Definition, "file" | "locate">,
  path: Path,
  issue: {
    readonly message: string;
    readonly hint?: string | undefined;
    readonly isKey?: boolean | undefined;
  },
): Issue {
  const { message, hint, isKey } = issue;
  const place = definition.locate(path, isKey === true ? "key" : "value");
  return { at: spellPath(definition.file, path), message, hint, ...place };
}
