/**
 * E-mail addresses: RFC 5321's Mailbox without quoted local parts and address literals, with RFC 6531's
 * characters beyond ASCII. A scanner, not a pattern, so that its time is linear in the text.
 *
 * The whole address is put in lower case. The standard lets the local part tell cases apart; no
 * provider of any size does, and two spellings of one address must not make two customers.
 */
import { Rejection } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";

const MAX_ADDRESS = 254;
const MAX_LOCAL_PART = 64;
const MAX_DOMAIN = 253;
const MAX_LABEL = 63;
const ATOM_SPECIALS = "!#$%&'*+-/=?^_`{|}~";

const NOT_AN_ADDRESS = new Rejection("email", "is not an e-mail address");

export function emailNormaliser(text: string): Outcome {
  const at = text.lastIndexOf("@");
  if (at < 1 || at > MAX_LOCAL_PART || text.length > MAX_ADDRESS) {
    return NOT_AN_ADDRESS;
  }
  const isValid = isDotAtom(text.slice(0, at)) && isDomain(text.slice(at + 1));
  return isValid ? text.normalize("NFC").toLowerCase() : NOT_AN_ADDRESS;
}

function isDotAtom(text: string): boolean {
  return text.split(".").every((atom) => atom !== "" && [...atom].every(isAtomCharacter));
}

function isAtomCharacter(character: string): boolean {
  return isLetterOrDigit(character) || ATOM_SPECIALS.includes(character);
}

function isDomain(text: string): boolean {
  const labels = text.split(".");
  const last = labels.at(-1) ?? "";
  return (
    text.length <= MAX_DOMAIN &&
    labels.length > 1 &&
    labels.every(isLabel) &&
    last.length > 1 &&
    !/^\d+$/.test(last)
  );
}

function isLabel(label: string): boolean {
  return (
    label !== "" &&
    label.length <= MAX_LABEL &&
    !label.startsWith("-") &&
    !label.endsWith("-") &&
    [...label].every((character) => isLetterOrDigit(character) || character === "-")
  );
}

/** Beyond ASCII every letter, mark and digit counts; blanks, controls and punctuation do not. */
function isLetterOrDigit(character: string): boolean {
  const code = character.charCodeAt(0);
  if (code < 0x80) {
    return (
      (code >= 0x30 && code <= 0x39) ||
      (code >= 0x41 && code <= 0x5a) ||
      (code >= 0x61 && code <= 0x7a)
    );
  }
  return /^[\p{L}\p{M}\p{N}]$/u.test(character);
}
