/**
 * Patterns that every engine matches alike and in linear time: the subset of RE2
 * (https://github.com/google/re2/wiki/Syntax) that JavaScript reads the same way. An unbounded
 * repetition within another is refused too, because rows are matched by a backtracking engine, for
 * which `(a+)+` is exponential; RE2 itself would be linear there.
 */

/** RE2's limit for `{n,m}`. */
const MAX_REPEAT = 1000;
const MAX_LENGTH = 1000;

/** Why a pattern cannot be used, or undefined. */
export function patternProblem(pattern: string): string | undefined {
  if (pattern.length > MAX_LENGTH) {
    return `it is longer than ${MAX_LENGTH} characters`;
  }
  return syntaxProblem(pattern) ?? compileProblem(pattern);
}

function compileProblem(pattern: string): string | undefined {
  try {
    new RegExp(`^(?:${pattern})$`, "u");
    return undefined;
  } catch {
    return "it is not a regular expression";
  }
}

interface Group {
  /** Something within the group repeats without a limit. */
  unbounded: boolean;
}

const REPEAT = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})/u;

function syntaxProblem(pattern: string): string | undefined {
  const groups: Group[] = [{ unbounded: false }];
  let atom: Group = { unbounded: false };
  let position = 0;
  while (position < pattern.length) {
    const rest = pattern.slice(position);
    const refused = REFUSED.find(([syntax]) => syntax.test(rest));
    if (refused !== undefined) {
      return refused[1];
    }
    const repeat = REPEAT.exec(rest);
    const token = repeat?.[0] ?? tokenAt(rest);
    if (repeat !== null) {
      const problem = repeatProblem(repeat, atom);
      if (problem !== undefined) {
        return problem;
      }
      const group = groups.at(-1);
      if (group !== undefined) {
        group.unbounded ||= isUnbounded(repeat);
      }
    } else if (token.startsWith("(")) {
      groups.push({ unbounded: false });
    } else if (token === ")" && groups.length > 1) {
      atom = groups.pop() ?? atom;
      const outer = groups.at(-1);
      if (outer !== undefined) {
        outer.unbounded ||= atom.unbounded;
      }
    } else {
      atom = { unbounded: false };
    }
    position += token.length;
  }
  return undefined;
}

const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/^\(\?<?[=!]/u, "it looks ahead or behind, which cannot be matched in linear time"],
  [/^\\(?:[1-9]|k<)/u, "it refers back to a group, which cannot be matched in linear time"],
  [/^\(\?(?![:<])/u, "it sets flags or uses a group that not every engine knows"],
  [/^\\[cux]/u, "it writes a character by its code; write the character itself"],
  [/^\[(?:[^\]\\]|\\.)*?\[/u, 'it has "[" within a character class; write "\\["'],
];

function tokenAt(rest: string): string {
  const token = /^(?:\\[pP]\{[^}]*\}|\\.|\[(?:[^\]\\]|\\.)*\]|\(\?:|\(\?<\w+>|.)/su.exec(rest);
  return token?.[0] ?? rest;
}

function isUnbounded(repeat: RegExpExecArray): boolean {
  return repeat[0] === "*" || repeat[0] === "+" || (repeat[2] !== undefined && repeat[3] === "");
}

function repeatProblem(repeat: RegExpExecArray, atom: Group): string | undefined {
  if (Math.max(Number(repeat[1] ?? 0), Number(repeat[3] ?? 0)) > MAX_REPEAT) {
    return `it repeats something more than ${MAX_REPEAT} times`;
  }
  const repeatsMuch = isUnbounded(repeat) || Number(repeat[3] ?? repeat[1] ?? 0) > 1;
  return repeatsMuch && atom.unbounded
    ? "it repeats something that itself repeats without a limit, such as (a+)+"
    : undefined;
}
