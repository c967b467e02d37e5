/** Truth values in the words that files use. */
import { Rejection } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";

/** English, German, French, Spanish, Italian, Portuguese, Dutch and Polish, with numbers and letters. */
const TRUE_WORDS = [
  "true",
  "t",
  "yes",
  "y",
  "1",
  "on",
  "ja",
  "j",
  "oui",
  "o",
  "si",
  "sí",
  "sì",
  "s",
  "sim",
  "tak",
];
const FALSE_WORDS = [
  "false",
  "f",
  "no",
  "n",
  "0",
  "off",
  "nein",
  "non",
  "não",
  "nao",
  "nee",
  "nie",
];

const WORDS = new Map<string, string>([
  ...TRUE_WORDS.map((word) => [word, "t"] as const),
  ...FALSE_WORDS.map((word) => [word, "f"] as const),
]);

const NOT_A_BOOLEAN = new Rejection("type", "is none of the known words for true and false");

/** `t` or `f`, as PostgreSQL prints them. */
export function booleanNormaliser(text: string): Outcome {
  return WORDS.get(text.toLowerCase()) ?? NOT_A_BOOLEAN;
}
