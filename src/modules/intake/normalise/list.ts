/** Lists of text as PostgreSQL array literals, which is also how they are hashed and compared. */

/** The literal of a list: every element in double quotes, so that no element can mean anything else. */
export function listLiteral(items: readonly string[]): string {
  return `{${items.map(quoted).join(",")}}`;
}

/** The elements of a literal made by {@link listLiteral}. */
export function listItems(literal: string): string[] {
  return Array.from(literal.matchAll(/"((?:[^"\\]|\\.)*)"/gs), ([, item = ""]) =>
    item.replaceAll(/\\(.)/gs, "$1"),
  );
}

/** The elements of a value: those of a JSON array of texts, or the value itself as the only one. */
export function itemsOf(text: string): string[] {
  if (text.startsWith("[")) {
    const parsed = parsedList(text);
    if (parsed !== undefined) {
      return parsed;
    }
  }
  return [text];
}

function parsedList(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value)
      ? value
          .filter((item) => item !== null)
          .map((item) => (typeof item === "string" ? item : JSON.stringify(item)))
      : undefined;
  } catch {
    return undefined;
  }
}

function quoted(item: string): string {
  return `"${item.replaceAll(/["\\]/g, "\\$&")}"`;
}
