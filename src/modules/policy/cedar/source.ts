/** Where the policies of a file begin and end, and places in them. */

export interface PolicySource {
  /** UTF-16 offset in the file. */
  readonly start: number;
  /** With its annotations and its semicolon, without the comments before it. */
  readonly text: string;
}

/** What a file is made of, as far as the end of a policy is concerned. */
const TOKEN = /\/\/[^\n]*|"(?:[^"\\]|\\[\s\S])*"|;|[^\s"/;]+|[\s\S]/gu;

/**
 * The policies of a file, each up to its semicolon; what stands behind the last one counts as one more,
 * so that it is not passed over. Texts and comments may hold semicolons.
 */
export function splitPolicies(text: string): PolicySource[] {
  const policies: PolicySource[] = [];
  let start: number | undefined;
  let end = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token.startsWith("//") || token.trim() === "") {
      continue;
    }
    start ??= index;
    end = index + token.length;
    if (token === ";") {
      policies.push({ start, text: text.slice(start, end) });
      start = undefined;
    }
  }
  if (start !== undefined) {
    policies.push({ start, text: text.slice(start, end) });
  }
  return policies;
}

/** Cedar counts bytes of UTF-8; places in files count UTF-16 units. */
export function offsetOf(text: string, bytes: number): number {
  return Buffer.from(text, "utf8").subarray(0, bytes).toString("utf8").length;
}
