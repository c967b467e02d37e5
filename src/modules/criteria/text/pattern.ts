/**
 * Regular expressions that mean the same in RE2 (what CEL's `matches` is defined by), in PostgreSQL's
 * advanced regular expressions and in JavaScript, and that none of them takes long over:
 *
 * - no back-references, no look-around, no flags, no lazy or possessive quantifiers, no POSIX classes
 * - no unbounded quantifier inside another quantifier, no counts above 255 (PostgreSQL's DUPMAX)
 * - `.` does not match a line feed; `\d \w \s` are ASCII, as in RE2. PostgreSQL's own classes follow
 *   the locale and its `.` matches a line feed, so {@link readPattern} spells them out
 */
export type PatternOutcome =
  /** The pattern as PostgreSQL's `~` under `collate "C"` and JavaScript's `u` flag both read it. */
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly offset: number; readonly reason: string };

const LONGEST_PATTERN = 200;
const LARGEST_COUNT = 255;
/** Counts multiply when they nest; PostgreSQL expands them into states. */
const LARGEST_EXPANSION = 1_000;
const META = new Set("\\^$.|?*+()[]{}");
/** What a class may stand for, outside and inside brackets alike. `\s` is RE2's: no vertical tab. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ["d", "0-9"],
  ["w", "0-9A-Za-z_"],
  ["s", "\\t\\n\\f\\r "],
]);
const CONTROL: ReadonlyMap<string, string> = new Map([
  ["t", "\t"],
  ["n", "\n"],
  ["r", "\r"],
  ["f", "\f"],
]);

/** What has been read: its spelling, and how far a quantifier could multiply it. */
interface Piece {
  readonly text: string;
  readonly unbounded: boolean;
  readonly expansion: number;
  readonly quantifiable: boolean;
}

class PatternRefusal extends Error {
  readonly offset: number;

  constructor(offset: number, reason: string) {
    super(reason);
    this.offset = offset;
  }
}

/** Checks a pattern and spells it out. The reason of a refusal says what to write instead. */
export function readPattern(pattern: string): PatternOutcome {
  const characters = [...pattern];
  if (characters.length > LONGEST_PATTERN) {
    return {
      ok: false,
      offset: 0,
      reason: `a pattern has at most ${LONGEST_PATTERN} characters`,
    };
  }
  try {
    const reader = new PatternReader(characters);
    const whole = reader.alternatives(0);
    reader.end();
    return { ok: true, value: whole.text };
  } catch (error) {
    if (error instanceof PatternRefusal) {
      return { ok: false, offset: error.offset, reason: error.message };
    }
    throw error;
  }
}

class PatternReader {
  readonly #characters: readonly string[];
  #position = 0;

  constructor(characters: readonly string[]) {
    this.#characters = characters;
  }

  end(): void {
    if (this.#position < this.#characters.length) {
      this.#refuse('")" closes nothing: write \\) for the character itself');
    }
  }

  alternatives(depth: number): Piece {
    if (depth > 10) {
      this.#refuse("groups nest at most 10 deep");
    }
    const branches = [this.#branch(depth)];
    while (this.#take("|")) {
      branches.push(this.#branch(depth));
    }
    return {
      text: branches.map((branch) => branch.text).join("|"),
      unbounded: branches.some((branch) => branch.unbounded),
      expansion: branches.reduce((sum, branch) => sum + branch.expansion, 0),
      quantifiable: true,
    };
  }

  #branch(depth: number): Piece {
    const pieces: Piece[] = [];
    while (!["|", ")", undefined].includes(this.#peek())) {
      pieces.push(this.#quantified(this.#atom(depth)));
    }
    if (pieces.length === 0) {
      this.#refuse("an alternative must not be empty");
    }
    const expansion = pieces.reduce((sum, piece) => sum + piece.expansion, 0);
    if (expansion > LARGEST_EXPANSION) {
      this.#refuse(`its counts multiply to more than ${LARGEST_EXPANSION}`);
    }
    return {
      text: pieces.map((piece) => piece.text).join(""),
      unbounded: pieces.some((piece) => piece.unbounded),
      expansion,
      quantifiable: true,
    };
  }

  #atom(depth: number): Piece {
    const character = this.#next();
    switch (character) {
      case "(":
        return this.#group(depth);
      case "[":
        return single(this.#bracket());
      case ".":
        return single("[^\\n]");
      case "^":
      case "$":
        return { ...single(character), quantifiable: false };
      case "\\":
        return single(this.#escape());
      default:
        if (META.has(character)) {
          this.#position--;
          this.#refuse(
            `"${character}" has nothing before it: write \\${character} for the character itself`,
          );
        }
        return single(character);
    }
  }

  #group(depth: number): Piece {
    if (this.#take("?") && !this.#take(":")) {
      this.#refuse("only (…) and (?:…) groups are known: no look-around, names or flags");
    }
    const inner = this.alternatives(depth + 1);
    if (!this.#take(")")) {
      this.#refuse('a group is not closed with ")"');
    }
    return { ...inner, text: `(?:${inner.text})` };
  }

  #escape(): string {
    const character = this.#next();
    const set = CLASSES.get(character.toLowerCase());
    if (set !== undefined) {
      return character === character.toLowerCase() ? `[${set}]` : `[^${set}]`;
    }
    return literal(this.#escaped(character));
  }

  #escaped(character: string): string {
    const control = CONTROL.get(character);
    if (control === undefined && /[0-9A-Za-z]/.test(character)) {
      this.#position--;
      this.#refuse(
        `\\${character} is not known: there are \\d \\w \\s \\D \\W \\S \\t \\n \\r \\f`,
      );
    }
    return control ?? character;
  }

  #bracket(): string {
    const negative = this.#take("^") ? "^" : "";
    const parts: string[] = [];
    while (!this.#take("]")) {
      parts.push(this.#bracketPart());
    }
    if (parts.length === 0) {
      this.#refuse("a set must not be empty: write \\] for the character itself");
    }
    return `[${negative}${parts.join("")}]`;
  }

  #bracketPart(): string {
    const first = this.#bracketCharacter();
    if (first.set !== undefined) {
      return first.set;
    }
    const afterDash = this.#characters[this.#position + 1];
    if (this.#peek() !== "-" || afterDash === "]") {
      return inBrackets(first.character);
    }
    this.#position++;
    const last = this.#bracketCharacter();
    if (last.set !== undefined || codePoint(last.character) < codePoint(first.character)) {
      this.#refuse("a range must go from a lower to a higher character");
    }
    return `${inBrackets(first.character)}-${inBrackets(last.character)}`;
  }

  #bracketCharacter(): { readonly character: string; readonly set?: string | undefined } {
    const character = this.#next();
    if (character === "[") {
      this.#position--;
      this.#refuse("write \\[ for the character itself: sets within sets are not known");
    }
    if (character !== "\\") {
      return { character };
    }
    const escaped = this.#next();
    const set = CLASSES.get(escaped);
    return set === undefined ? { character: this.#escaped(escaped) } : { character: escaped, set };
  }

  #quantified(atom: Piece): Piece {
    const start = this.#position;
    const quantifier = this.#quantifier();
    if (quantifier === undefined) {
      return atom;
    }
    if (!atom.quantifiable) {
      this.#position = start;
      this.#refuse("^ and $ cannot be repeated");
    }
    if (atom.unbounded) {
      this.#position = start;
      this.#refuse("a repetition without limit must not stand inside another repetition");
    }
    if (["?", "*", "+", "{"].includes(this.#peek() ?? "")) {
      this.#refuse("a repetition must not follow another: lazy and possessive forms are not known");
    }
    const expansion = atom.expansion * Math.max(1, quantifier.most ?? quantifier.least);
    return {
      text: `${atom.text}${quantifier.text}`,
      unbounded: quantifier.most === undefined,
      expansion,
      quantifiable: true,
    };
  }

  #quantifier(): { text: string; least: number; most: number | undefined } | undefined {
    if (this.#take("*")) {
      return { text: "*", least: 0, most: undefined };
    }
    if (this.#take("+")) {
      return { text: "+", least: 1, most: undefined };
    }
    if (this.#take("?")) {
      return { text: "?", least: 0, most: 1 };
    }
    if (this.#peek() !== "{") {
      return undefined;
    }
    const rest = this.#characters.slice(this.#position).join("");
    const match = /^\{(\d{1,3})(,(\d{1,3})?)?\}/.exec(rest);
    const least = Number(match?.[1] ?? Number.NaN);
    const most =
      match?.[2] === undefined ? least : match[3] === undefined ? undefined : Number(match[3]);
    if (
      match === null ||
      least > LARGEST_COUNT ||
      (most ?? least) > LARGEST_COUNT ||
      (most ?? least) < least
    ) {
      this.#refuse(
        `write {n}, {n,} or {n,m} with counts up to ${LARGEST_COUNT}, or \\{ for the character itself`,
      );
    }
    this.#position += match[0].length;
    return { text: match[0], least, most };
  }

  #peek(): string | undefined {
    return this.#characters[this.#position];
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) {
      return false;
    }
    this.#position++;
    return true;
  }

  #next(): string {
    const character = this.#peek();
    if (character === undefined) {
      this.#refuse("the pattern ends in the middle");
    }
    this.#position++;
    return character;
  }

  #refuse(reason: string): never {
    throw new PatternRefusal(this.#position, reason);
  }
}

function single(text: string): Piece {
  return { text, unbounded: false, expansion: 1, quantifiable: true };
}

/** A character that stands for itself. */
function literal(character: string): string {
  return META.has(character) ? `\\${character}` : (CONTROL_SPELLING.get(character) ?? character);
}

/** JavaScript refuses an escaped dash outside brackets, and inside them an unescaped one means a range. */
function inBrackets(character: string): string {
  return character === "-" ? "\\-" : literal(character);
}

const CONTROL_SPELLING: ReadonlyMap<string, string> = new Map(
  [...CONTROL].map(([letter, character]) => [character, `\\${letter}`]),
);

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}
