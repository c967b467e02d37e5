import { doubleMetaphone } from "double-metaphone";

/**
 * How a folded text sounds: the primary code of Double Metaphone (L. Philips, "The Double Metaphone
 * Search Algorithm", C/C++ Users Journal, June 2000), read as one word. Null where nothing sounds.
 */
export function soundOf(words: string): string | null {
  const [primary] = doubleMetaphone(words.replaceAll(" ", ""));
  return primary === "" ? null : primary.toLowerCase();
}
