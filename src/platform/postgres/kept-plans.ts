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

export interface KeptPlans {
  /**
   * What the transaction begins with: it names the schema. One name for two clients' statements would
   * have each plan in turn undone for the other.
   */
  readonly begin: string;
  /** Names of the statements by what they are names of. */
  readonly texts: Map<string, string>;
}

const kept = new WeakMap<ClientBase, Map<string, string>>();

/** The statements that a connection keeps plans of. */
export function keptPlans(client: ClientBase): Map<string, string> {
  const known = kept.get(client) ?? new Map<string, string>();
  kept.set(client, known);
  return known;
}

/** The name under which the connection keeps a statement: a digest, for it must never name two. */
export function planName({ begin, texts }: KeptPlans, sql: string): string {
  const key = `${begin}\n${sql}`;
  const known = texts.get(key);
  if (known !== undefined) {
    return known;
  }
  const name = createHash("sha256").update(key).digest("base64url").slice(0, 32);
  texts.set(key, name);
  return name;
}
