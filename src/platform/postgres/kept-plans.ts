/**
 * Plans that outlive their transaction. They stay with their connection, and so do not matter to what
 * is right: the server plans anew when the tables, the role or the search path are not what they were.
 */
import { createHash } from "node:crypto";
import type { ClientBase } from "pg";

/**
 * A connection that has more is closed when its transaction ends, which is how plans are forgotten:
 * the plan of a statement with hundreds of conditions takes some megabytes.
 */
export const MOST_KEPT_PLANS = 100;

/** The statements that one connection keeps plans of. */
export class KeptPlans {
  /** Names by what their transaction begins with, and by the statement. */
  readonly #names = new Map<string, Map<string, string>>();
  #size = 0;

  get size(): number {
    return this.#size;
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
    this.#size += 1;
    return name;
  }
}

const kept = new WeakMap<ClientBase, KeptPlans>();

/** The statements that a connection keeps plans of. */
export function keptPlans(client: ClientBase): KeptPlans {
  const known = kept.get(client) ?? new KeptPlans();
  kept.set(client, known);
  return known;
}
