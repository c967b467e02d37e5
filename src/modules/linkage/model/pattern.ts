/**
 * Regular expressions that mean the same to RE2, which DuckDB uses, and to JavaScript: a subset, in
 * which matching takes no more than linear time in RE2 and no surprising time here.
 */

/** Longer expressions are programs, not patterns. */
const LONGEST = 200;

/** An escape that both engines read alike: a class, a boundary, a blank or a sign that stands for itself. */
const ESCAPE = /^\\[dDwWbtnr\\^$.*+?()[\]{}|/]$/u;

/**
 * What the two engines read differently, or only one of them reads, with how to do without. Looked for
 * when escapes and classes are out of the way.
 */
const DIFFERENT: readonly (readonly [RegExp, string])[] = [
  [/\(\?(?!:)/u, "groups are written (…) or (?:…)"],
  [/\./u, "write [^…] with what must not follow instead of a dot"],
  [/\)[*+{]/u, "a group is repeated with ? only"],
  [/[*+?}]\+/u, "+ cannot follow another repetition"],
];

/** The expression, or in words why it cannot be used. */
export function readPattern(source: string): RegExp | string {
  if (source === "" || source.length > LONGEST) {
    return `an expression has 1 to ${LONGEST} characters`;
  }
  if (!(source.match(/\\./gsu) ?? []).every((escape) => ESCAPE.test(escape))) {
    return "of the letters after \\ only d, D, w, W, b, t, n and r are read";
  }
  const classes = source.replaceAll(/\\./gsu, "x");
  if (/\[[^\]]*\[/u.test(classes)) {
    return "classes are written with ranges, as [A-Za-z]";
  }
  const bare = classes.replaceAll(/\[[^\]]*\]/gu, "x");
  const difference = DIFFERENT.find(([construct]) => construct.test(bare));
  if (difference !== undefined) {
    return difference[1];
  }
  try {
    return new RegExp(source, "u");
  } catch {
    return "the expression is not closed or repeats nothing";
  }
}
