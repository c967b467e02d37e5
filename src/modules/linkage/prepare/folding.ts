import anyAscii from "any-ascii";

/**
 * Values are cut to so many UTF-16 units before anything is read from them: no name, address or number
 * that tells customers apart is longer, and the cost of a value of a megabyte stays that of a short one.
 */
export const LONGEST_VALUE = 512;

/** The beginning of a value, at most {@link LONGEST_VALUE} long and never half a character. */
export function cut(value: string): string {
  if (value.length <= LONGEST_VALUE) {
    return value;
  }
  const last = value.charCodeAt(LONGEST_VALUE - 1);
  const isHalf = last >= 0xd8_00 && last <= 0xdb_ff;
  return value.slice(0, isHalf ? LONGEST_VALUE - 1 : LONGEST_VALUE);
}

/**
 * The value in lower case ASCII, cut and trimmed. Scripts are transliterated (Łódź is `lodz`, 山田 is
 * `shan tian`); pictures and characters without width are dropped, for transliteration would spell them out.
 */
export function asciiLower(value: string): string {
  const short = cut(value);
  return (beyondAscii.test(short) ? transliterated(short) : short).toLowerCase().trim();
}

/** Chinese, Japanese and Korean come as syllables with a capital each, which are parted into words. */
function transliterated(text: string): string {
  const ascii = anyAscii(text.replace(unspoken, "").replace(consonantal, vocalised));
  return syllabic.test(text) ? ascii.replace(syllableEnd, " ") : ascii;
}

/**
 * Arabic and Hebrew leave short vowels unwritten: فيصل would be `fysl`, like no spelling of Faisal. A glide
 * after a consonant stands for its long vowel, and an a is put between two consonants: `fisal`.
 */
function vocalised(letters: string): string {
  const written = Array.from(letters, (letter) => anyAscii(letter).toLowerCase());
  const sounds = written.map((letter, place) => {
    const isLong = isConsonant(written[place - 1]) && !isVowel(written[place + 1]);
    return isLong ? (longVowels.get(letter) ?? letter) : letter;
  });
  return sounds
    .map((sound, place) =>
      isConsonant(sound) && isConsonant(sounds[place + 1]) ? `${sound}a` : sound,
    )
    .join("");
}

const consonantal = /[\p{Script=Arabic}\p{Script=Hebrew}]+/gu;
const longVowels: ReadonlyMap<string, string> = new Map([
  ["y", "i"],
  ["w", "u"],
]);

function isConsonant(sound: string | undefined): boolean {
  return sound !== undefined && /^[^aeiou\W\d_]+$/.test(sound);
}

function isVowel(sound: string | undefined): boolean {
  return sound !== undefined && /^[aeiou]/.test(sound);
}

const beyondAscii = /[^ -~]/;
const syllabic = /[\p{Script=Han}\p{Script=Hangul}]/u;
const syllableEnd = /(?<=[a-z])(?=[A-Z])/g;

const unspoken =
  /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\p{Cf}\u{fe0f}]/gu;

/**
 * The words of a value: lower case letters and digits of ASCII, one blank between words. Apostrophes
 * join (`O'Brien` is `obrien`), everything else parts. Folding what is folded changes nothing.
 */
export function folded(value: string): string {
  return wordsOf(asciiLower(value));
}

/** {@link folded} for text that is lower case ASCII already. */
export function wordsOf(ascii: string): string {
  return plainWords.test(ascii) ? ascii : ascii.replace(apostrophes, "").replace(gaps, " ").trim();
}

const plainWords = /^[a-z0-9]+(?: [a-z0-9]+)*$/;
const apostrophes = /['`]/g;
const gaps = /[^a-z0-9]+/g;

/** The words of a folded text, each once, in order of the alphabet. */
export function distinctWords(words: string): readonly string[] {
  return words.includes(" ") ? [...new Set(words.split(" "))].toSorted() : [words];
}
