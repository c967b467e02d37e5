import { assert } from "../../kernel/index.ts";

/**
 * What an identifier may be: lower case, so that quoted and unquoted spellings name the same thing,
 * and at most 63 bytes, where PostgreSQL begins to cut off silently.
 */
const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/;

/** Whether `name` can be an identifier as Waybill makes them. */
export function isIdent(name: string): boolean {
  return IDENTIFIER.test(name);
}

/**
 * Quotes an identifier for SQL text. The check comes first, so no text of a user ever reaches a
 * statement through a name, and quoting only keeps reserved words usable.
 * @throws InvariantError when `name` is not an identifier as Waybill makes them
 */
export function quoteIdent(name: string): string {
  assert(IDENTIFIER.test(name), () => `not a safe SQL identifier: ${JSON.stringify(name)}`);
  return `"${name}"`;
}
