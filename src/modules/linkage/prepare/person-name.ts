import { canonicalNames, isGivenName, ownNames } from "./diminutives.ts";
import { asciiLower, wordsOf } from "./folding.ts";
import { soundOf } from "./phonetic.ts";
import { isPlaceholderWord } from "./placeholder.ts";

export interface GivenName {
  /** All given names without titles and blanks: Anne Marie is Annemarie. */
  readonly text: string;
  readonly tokens: readonly string[];
  /** The first of them decides the initial, the sound and the nicknames. */
  readonly initial: string;
  readonly sound: string | null;
  /** The full forms that the name may be short for; null where none is known. */
  readonly nick: readonly string[] | null;
  /** Those of them that it is itself; null where it is nothing but short, or not known. */
  readonly own: readonly string[] | null;
  /** Generation, where it follows the given name: i, ii, iii, iv, jr, sr. */
  readonly suffix: string | null;
}

export interface FamilyName {
  /** Without blanks: De Luca is Deluca. */
  readonly text: string;
  readonly tokens: readonly string[];
  readonly initial: string;
  readonly sound: string | null;
  /** Generation: jr, sr, ii, iii, iv. It tells father from son. */
  readonly suffix: string | null;
}

export interface FullName {
  readonly text: string;
  /** What names the person: no titles, initials or words that only join. Sorted, each once; may be empty. */
  readonly tokens: readonly string[];
  readonly first: GivenName | null;
  readonly last: FamilyName;
}

/** @returns undefined for a placeholder */
export function readGivenName(value: string): GivenName | undefined {
  const words = nameWords(value);
  if (words === undefined) {
    return undefined;
  }
  const { name, suffix } = withoutSuffixes(withoutTitles(words));
  const isFirst = suffix === null && name.length > 1 && name.at(-1) === "i";
  return isFirst ? givenNameOf(name.slice(0, -1), "i") : givenNameOf(name, suffix);
}

/** @returns undefined for a placeholder */
export function readFamilyName(value: string): FamilyName | undefined {
  const words = nameWords(value);
  if (words === undefined) {
    return undefined;
  }
  const { name, suffix } = withoutSuffixes(withoutTitles(words));
  return familyNameOf(name, suffix);
}

/**
 * Reads a name with all its parts: `Dr. Ludwig van Beethoven`, `Clifford, Thomas`, `Thomas Clifford, 1st
 * Baron Clifford of Chudleigh` (what follows the comma then adds tokens only).
 * @returns undefined for a placeholder
 */
export function readFullName(value: string): FullName | undefined {
  const ascii = asciiLower(value);
  if (isPlaceholderWord(ascii, wordsOf(ascii))) {
    return undefined;
  }
  if (familyFirst.test(value)) {
    return readFamilyFirst(wordsOf(ascii).split(" "));
  }
  const { core, tail } = inSpokenOrder(ascii);
  const { name, suffix } = withoutSuffixes(withoutTitles(core));
  const proper = name.filter((word) => !joiners.has(word) && !ranks.has(word));
  const last = proper.at(-1) ?? name.at(-1) ?? "";
  const [first] = proper;
  return {
    text: [...name, ...tail].join(" "),
    tokens: nameTokens([...name, ...tail]),
    first: first === undefined || proper.length < 2 ? null : givenNameOf([first]),
    last: familyNameOf([...prefixesOf(last, name), last], suffix),
  };
}

/** Names in Chinese characters or Hangul, without blanks: 王秀英, 김철수. */
const familyFirst = /^\s*[\p{Script=Han}\p{Script=Hangul}]{2,6}\s*$/u;

/**
 * The family name stands first and has one syllable; two where there are four or more, as in 欧阳娜娜 and in
 * most names of Japan.
 */
function readFamilyFirst(syllables: readonly string[]): FullName {
  const family = syllables.slice(0, syllables.length > 3 ? 2 : 1);
  const given = syllables.slice(family.length);
  return {
    text: [...given, ...family].join(" "),
    tokens: nameTokens(syllables),
    first: given.length === 0 ? null : givenNameOf(given),
    last: familyNameOf(family, null),
  };
}

/** The words of names that tell people apart: at least two letters, neither title nor joiner; sorted, each once. */
export function nameTokens(words: readonly string[]): readonly string[] {
  const telling = words.filter(
    (word) => word.length > 1 && !joiners.has(word) && !titles.has(word) && !isSuffix(word),
  );
  return [...new Set(telling)].toSorted();
}

function nameWords(value: string): readonly string[] | undefined {
  const ascii = asciiLower(value);
  const words = wordsOf(ascii);
  return isPlaceholderWord(ascii, words) ? undefined : words.split(" ");
}

function givenNameOf(words: readonly string[], suffix: string | null = null): GivenName {
  const [first = ""] = words;
  return {
    text: words.join(""),
    tokens: nameTokens(words),
    initial: first.slice(0, 1),
    sound: soundOf(first),
    nick: canonicalNames(first) ?? null,
    own: ownNames(first) ?? null,
    suffix,
  };
}

function familyNameOf(words: readonly string[], suffix: string | null): FamilyName {
  const text = words.join("");
  return {
    text,
    tokens: nameTokens(words),
    initial: text.slice(0, 1),
    sound: soundOf(text),
    suffix,
  };
}

/** `Family, Given` is turned round; of any other name with a comma, the part before it is the core. */
function inSpokenOrder(ascii: string): { core: readonly string[]; tail: readonly string[] } {
  const [head = [], ...others] = ascii.split(",").flatMap((part) => {
    const words = wordsOf(part);
    return words === "" ? [] : [words.split(" ")];
  });
  const [second = []] = others;
  const tail = others.flat();
  return others.length === 1 && isFamilyThenGiven(head, second)
    ? { core: [...second, ...head], tail: [] }
    : { core: head, tail };
}

function isFamilyThenGiven(head: readonly string[], second: readonly string[]): boolean {
  const [first = ""] = second;
  const isName = second.every((word) => !ranks.has(word) && !isSuffix(word) && !/\d/.test(word));
  const isOneName = head.filter((word) => !joiners.has(word)).length === 1;
  return isName && second.length <= 3 && (isOneName || (head.length === 2 && isGivenName(first)));
}

/** The joiners that belong to a family name, as `van der` to `Berg`; English ones belong to a title. */
function prefixesOf(last: string, name: readonly string[]): readonly string[] {
  const end = name.lastIndexOf(last);
  let start = end;
  while (start > 1 && joiners.has(name[start - 1] ?? "") && !english.has(name[start - 1] ?? "")) {
    start -= 1;
  }
  return name.slice(start, end);
}

function withoutTitles(words: readonly string[]): readonly string[] {
  let start = 0;
  while (start < words.length - 1 && titles.has(words[start] ?? "")) {
    start += 1;
  }
  return start === 0 ? words : words.slice(start);
}

function withoutSuffixes(words: readonly string[]): {
  name: readonly string[];
  suffix: string | null;
} {
  let suffix: string | null = null;
  let end = words.length;
  while (end > 1 && isSuffix(words[end - 1] ?? "")) {
    end -= 1;
    suffix = generations.get(words[end] ?? "") ?? suffix;
  }
  return { name: end === words.length ? words : words.slice(0, end), suffix };
}

function isSuffix(word: string): boolean {
  return generations.has(word) || degrees.has(word);
}

function wordSet(words: string): ReadonlySet<string> {
  return new Set(words.trim().split(/\s+/));
}

/** Forms of address and degrees before a name; they come and go between sources. */
const titles = wordSet(`
  mr mrs ms miss mx mister dr prof professor doctor sir dame lady rev reverend hon capt captain col sgt
  herr frau fraulein hr fr dipl ing mag habil mme mlle monsieur madame mademoiselle
  sr sra srta senor senora senorita sig sigra signor signora dott dottssa avv dhr mevr mevrouw pan pani`);

const generations: ReadonlyMap<string, string> = new Map([
  ["jr", "jr"],
  ["junior", "jr"],
  ["sr", "sr"],
  ["senior", "sr"],
  ["ii", "ii"],
  ["iii", "iii"],
  ["iv", "iv"],
]);

const degrees = wordSet("phd md mba msc bsc llm esq cpa dds");

const english = wordSet("of the and");

const joiners = wordSet(`
  of the and von van vom zu zur zum und der den de del della di da dos das du la le el al bin ibn ben
  af av ter ten te y e et i`);

const ranks = wordSet(`
  1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th 13th 14th 15th 16th 17th 18th
  baron baroness baronet bart bt earl duke duchess viscount viscountess marquess marquis count countess
  lord kcb kbe obe cbe mbe`);
