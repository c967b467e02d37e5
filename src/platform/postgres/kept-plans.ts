/**
 * Statements that outlive their transaction: those that begin one, and plans. They stay with their
 * connection, and so do not matter to what is right: the server plans anew when the tables, the role
 * or the search path are not what they were.
 */
import { createHash } from "node:crypto";
import type { NamedStatement } from "./together.ts";

/**
 * A connection that keeps more text than this many characters is closed when its transaction ends, which is
 * how plans are forgotten: some megabytes of memory for a statement with hundreds of conditions, which has a
 * hundred thousand characters; next to nothing for most.
 */
export const MOST_KEPT_TEXT = 4_000_000;

/** The statements that one connection keeps. */
export class KeptPlans {
  /** Names by what their transaction begins with, and by the statement. */
  readonly #names = new Map<string, Map<string, string>>();
  /** Names of the statements without values that were sent to be parsed. */
  readonly #sent = new Set<string>();
  #length = 0;

  /** Characters of all statements. */
  get length(): number {
    return this.#length;
  }

  /**
   * The name under which the connection keeps a statement: a digest, for it must never name two. What the
   * transaction begins with is part of it, since it names the schema: one name for two clients' statements
   * would have each plan in turn undone for the other.
   */
  nameOf(begin: string, sql: string): string {
    const names = this.#names.get(begin) ?? new Map<string, string>();
    this.#names.set(begin, names);
    const known = names.get(sql);
    if (known !== undefined) {
      return known;
    }
    const digest = createHash("sha256").update(begin).update("\n").update(sql);
    const name = digest.digest("base64url").slice(0, 32);
    names.set(sql, name);
    this.#length += sql.length;
    return name;
  }

  /**
   * A statement that belongs to no schema and takes no values, to be sent now: it counts as known from then
   * on. An error on the way does not matter, since a connection that has seen one is thrown away.
   */
  sending(text: string): NamedStatement {
    const name = this.nameOf("", text);
    const isKnown = this.#sent.has(name);
    this.#sent.add(name);
    return { text, name, isKnown };
  }
}
