import type { Issue } from "../../kernel/index.ts";
import { spellPath } from "./located-yaml.ts";
import type { SchemaIssue } from "../../protocol/odcs/index.ts";
import type { LocatedDocument, Path } from "./located-yaml.ts";

/** Collects everything that is wrong with one file, each thing at its place. */
export class Problems {
  readonly #document: LocatedDocument;
  readonly #issues: Issue[] = [];

  constructor(document: LocatedDocument) {
    this.#document = document;
  }

  get issues(): readonly Issue[] {
    return this.#issues;
  }

  /** What a schema found, beneath `path`. */
  addAll(found: readonly SchemaIssue[], path: Path = []): void {
    for (const { path: inner, message, hint, isKey } of found) {
      this.#push([...path, ...inner], { message, hint, part: isKey ? "key" : "value" });
    }
  }

  /** What is wrong with the value at `path`. */
  add(path: Path, message: string, hint?: string): void {
    this.#push(path, { message, hint, part: "value" });
  }

  /** What is wrong with the key at the end of `path` itself. */
  addKey(path: Path, message: string, hint?: string): void {
    this.#push(path, { message, hint, part: "key" });
  }

  #push(
    path: Path,
    issue: { message: string; hint: string | undefined; part: "key" | "value" },
  ): void {
    const { message, hint, part } = issue;
    const place = this.#document.locate(path, part);
    this.#issues.push({ at: spellPath(this.#document.fileName, path), message, hint, ...place });
  }
}
