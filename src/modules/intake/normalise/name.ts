/**
 * Names of persons and companies: Unicode NFC, every run of blanks one space. The case stays as it came,
 * ALL CAPS too: "McDONALD", "IBM" and "van der Berg" cannot be guessed back, and comparison ignores
 * case anyway.
 */
import { Rejection } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";

const NO_LETTER = new Rejection("name", "has no letter in it");

/** Names in plain ASCII with single spaces, which most are, need no work. */
const CLEAN = /^[!-~]+(?: [!-~]+)*$/;

/** Tidies text: NFC, runs of blanks (also no-break spaces and line ends) become one space. */
export function tidy(text: string): string {
  return CLEAN.test(text) ? text : text.normalize("NFC").replaceAll(/\s+/g, " ").trim();
}

/** A person's name must have a letter of some script. */
export function personNameNormaliser(text: string): Outcome {
  const name = tidy(text);
  return /\p{L}/u.test(name) ? name : NO_LETTER;
}

/** A company may be called "3M" or "1&1" or "9292"; only the form is tidied. */
export function companyNameNormaliser(text: string): Outcome {
  return tidy(text);
}
