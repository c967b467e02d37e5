import type { SqlValue } from "./door.ts";

/** Years that `toISOString` writes with four digits, as PostgreSQL reads them. */
const FIRST_MS = Date.parse("0001-01-01T00:00:00Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/**
 * A flat list of numbers, booleans, instants, bytes and nulls as the text of an array: batches pass tens of
 * thousands of them, of which the driver quotes and escapes each, at four times the cost.
 * @returns undefined for lists of anything else, which are the driver's to write
 */
export function plainArrayLiteral(list: readonly SqlValue[]): string | undefined {
  const parts: string[] = [];
  for (const item of list) {
    const part = plainElement(item);
    if (part === undefined) {
      return undefined;
    }
    parts.push(part);
  }
  return `{${parts.join(",")}}`;
}

function plainElement(item: SqlValue): string | undefined {
  switch (typeof item) {
    case "bigint":
    case "number":
    case "boolean":
      return String(item);
    case "object":
      return plainObject(item);
    default:
      return undefined;
  }
}

function plainObject(item: (SqlValue & object) | null): string | undefined {
  if (item === null) {
    return "NULL";
  }
  if (Buffer.isBuffer(item)) {
    return `\\\\x${item.toString("hex")}`;
  }
  return item instanceof Date && item.getTime() >= FIRST_MS && item.getTime() <= LAST_MS
    ? item.toISOString()
    : undefined;
}
