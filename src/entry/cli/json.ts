/**
 * JSON as every command prints it: one document, two-space indent. Integers beyond 2^53 become
 * strings, because a reader would round them; dates are RFC 3339; bytes are base64.
 */
export function toJson(document: unknown): string {
  return JSON.stringify(plain(document), undefined, 2);
}

/** The same on one line, for commands that print one document after another. */
export function toJsonLine(document: unknown): string {
  return JSON.stringify(plain(document));
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") {
    return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  }
  if (value instanceof Date) {
    return value.toISOString();
  }
  if (Buffer.isBuffer(value)) {
    return value.toString("base64");
  }
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [String(key), plain(item)]));
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  return value;
}
