/**
 * Patterns that every engine matches alike and that none can be made to hang by: the subset of RE2
 * (https://github.com/google/re2/wiki/Syntax) that JavaScript reads the same way, without repetitions
 * of what can itself match in several ways. RE2 would be linear there; the backtracking engine that
 * rows are matched by is exponential (`(a|aa)+`: 2.3 s for 34 characters, and twice that for two
 * more). V8's linear engine does not take patterns with the `u` flag, so it is no way out.
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
  /** It can match texts of several lengths, or one text in several ways. */
  isVariable: boolean;
  /** Repetitions without a limit in it. */
  endless: number;
}

/** A choice repeated this often has at most 2^10 ways to fail. */
const MAX_CHOICES = 10;
/** Each repetition without a limit can multiply the ways to fail by the length of the text. */
const MAX_ENDLESS = 5;

const REPEAT = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})/u;

function syntaxProblem(pattern: string): string | undefined {
  const groups: Group[] = [{ isVariable: false, endless: 0 }];
  let atom: Group = { isVariable: false, endless: 0 };
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
      mark(groups, {
        isVariable: isVariable(repeat),
        endless: mostOf(repeat) === Infinity ? 1 : 0,
      });
    } else if (token.startsWith("(")) {
      groups.push({ isVariable: false, endless: 0 });
    } else if (token === ")" && groups.length > 1) {
      atom = groups.pop() ?? atom;
      mark(groups, atom);
    } else {
      mark(groups, { isVariable: token === "|", endless: 0 });
      atom = { isVariable: false, endless: 0 };
    }
    position += token.length;
  }
  const endless = groups.reduce((sum, group) => sum + group.endless, 0);
  return endless > MAX_ENDLESS
    ? `it has more than ${MAX_ENDLESS} repetitions without a limit (*, +); give them one, such as {1,50}`
    : undefined;
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

function mark(groups: readonly Group[], inner: Group): void {
  const group = groups.at(-1);
  if (group !== undefined) {
    group.isVariable ||= inner.isVariable;
    group.endless += inner.endless;
  }
}

/** The most repetitions that are allowed. */
function mostOf([token, least, comma, most]: RegExpExecArray): number {
  if (token === "?") {
    return 1;
  }
  const isUnbounded = token === "*" || token === "+" || (comma !== undefined && most === "");
  return isUnbounded ? Number.POSITIVE_INFINITY : Number(most ?? least);
}

function isVariable([token, least, comma, most]: RegExpExecArray): boolean {
  return !token.startsWith("{") || (comma !== undefined && least !== most);
}

function repeatProblem(repeat: RegExpExecArray, atom: Group): string | undefined {
  const most = mostOf(repeat);
  if (Math.max(Number(repeat[1] ?? 0), Number.isFinite(most) ? most : 0) > MAX_REPEAT) {
    return `it repeats something more than ${MAX_REPEAT} times`;
  }
  return (atom.isVariable && most > MAX_CHOICES) || (atom.endless > 0 && most > 1)
    ? "it repeats something that can itself match in several ways, such as (a+)+ or (a|b)*; write [ab]*"
    : undefined;
}
