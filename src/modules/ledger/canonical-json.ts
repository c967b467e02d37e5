/**
 * The JSON Canonicalization Scheme, RFC 8785: one sequence of bytes for one JSON value, so that it can
 * be hashed and signed. ECMAScript already serialises numbers and strings as the scheme asks (§3.2.2);
 * what remains is the order of members (§3.2.3) and refusing what JSON cannot hold.
 */
import { assert } from "../../kernel/index.ts";

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [member: string]: JsonValue | undefined };

/** What stands between the tokens; the tokens and their order are always canonical. */
interface Layout {
  /** Before each item of a list or object `depth` levels down. */
  readonly newLine: (depth: number) => string;
  readonly colon: string;
}

const COMPACT: Layout = { newLine: () => "", colon: ":" };
const READABLE: Layout = { newLine: (depth) => `\n${"  ".repeat(depth)}`, colon: ": " };

/**
 * The canonical text; its UTF-8 bytes are what is hashed and signed. Members that are `undefined` are left out.
 * @throws InvariantError on NaN, an infinity or a lone surrogate, which have no canonical form (§3.2.2.2, §3.2.2.3)
 */
export function canonicalJson(value: JsonValue): string {
  return print(value, COMPACT, 0);
}

/** The same tokens in the same order, laid out for people: what `jq -S .` prints. Ends with a line feed. */
export function readableJson(value: JsonValue): string {
  return `${print(value, READABLE, 0)}\n`;
}

function print(value: JsonValue, layout: Layout, depth: number): string {
  if (typeof value === "number") {
    assert(Number.isFinite(value), () => "canonical JSON has no form for NaN or an infinity");
    return JSON.stringify(value);
  }
  if (typeof value === "string") {
    return printString(value);
  }
  if (value === null || typeof value === "boolean") {
    return String(value);
  }
  const inner = layout.newLine(depth + 1);
  const outer = layout.newLine(depth);
  if (isList(value)) {
    const items = value.map((item) => `${inner}${print(item, layout, depth + 1)}`);
    return items.length === 0 ? "[]" : `[${items.join(",")}${outer}]`;
  }
  const items = members(value).map(([name, member]) => {
    return `${inner}${printString(name)}${layout.colon}${print(member, layout, depth + 1)}`;
  });
  return items.length === 0 ? "{}" : `{${items.join(",")}${outer}}`;
}

/** Sorted by UTF-16 code units (§3.2.3), which is how JavaScript compares strings. */
function members(value: {
  readonly [member: string]: JsonValue | undefined;
}): [string, JsonValue][] {
  return Object.entries(value)
    .filter((entry): entry is [string, JsonValue] => entry[1] !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function printString(text: string): string {
  assert(text.isWellFormed(), () => "canonical JSON has no form for a lone surrogate");
  return JSON.stringify(text);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
