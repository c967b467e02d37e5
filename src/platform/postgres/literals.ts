/**
 * Statements that cannot have parameters: `COPY … TO` and the definitions of views. Their values are
 * quoted by the server, which knows its own rules, and never by us: it is asked for each value's literal
 * with the value as a parameter.
 */
import { must } from "../../kernel/index.ts";
import type { SqlValue, Transaction } from "./door.ts";

/** What stands in quotes is passed over: a `$1` in there is text. */
const TOKENS = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\d+)/gu;

/**
 * The statement with a literal in the place of every `$n`. Like a parameter without a type, a literal
 * takes the type that its place asks for; where none does, say it: `$1::text`.
 * @param sql a text in which a string holds no backslash escapes (`E'…'`) and no dollar quotes
 */
export async function withLiterals(
  tx: Transaction,
  sql: string,
  values: readonly SqlValue[],
): Promise<string> {
  const literals = await quoted(tx, values);
  return sql.replaceAll(TOKENS, (token, number: string | undefined) =>
    number === undefined
      ? token
      : must(literals[Number(number) - 1], "a statement has a value for every parameter"),
  );
}

async function quoted(tx: Transaction, values: readonly SqlValue[]): Promise<readonly string[]> {
  if (values.length === 0) {
    return [];
  }
  // Bytes are sent as such, all others as text.
  const each = values.map((value, index) =>
    Buffer.isBuffer(value)
      ? `quote_nullable($${index + 1}::bytea)`
      : `quote_nullable($${index + 1}::text)`,
  );
  const { literals } = await tx.row<{ literals: string[] }>(
    `select array[${each.join(", ")}] as literals`,
    values,
  );
  return literals;
}
