/** The forms of values that are in Node, equal to those that `sql/reduction-sql.ts` makes in PostgreSQL. */
import { createHash } from "node:crypto";
import { unreachable } from "../../../kernel/index.ts";
import type { PseudonymPads } from "./pseudonym.ts";
import type { Reduction } from "./shape.ts";

/**
 * Reduces a value in its text form. Characters are Unicode code points.
 * @param pads what makes the pseudonyms of this field for this recipient
 */
export function reduce(text: string, reduction: Reduction, pads: () => PseudonymPads): string {
  switch (reduction) {
    case "mailbox":
      return mailbox(text);
    case "ending":
      return ending(text);
    case "initials":
      return initials(text);
    case "postal-district":
      return postalDistrict(text);
    case "postal-region":
      return beginning(text, 2);
    case "itself":
      return text;
    case "month":
      return text.slice(0, 7);
    case "year":
      return text.slice(0, 4);
    case "tenth":
      return cut(text, 1);
    case "degree":
      return cut(text, 0);
    case "band":
      return band(text);
    case "pseudonym":
      return pseudonym(text, pads());
    default:
      return unreachable(reduction);
  }
}

function mailbox(text: string): string {
  const at = text.lastIndexOf("@");
  const [first = ""] = text;
  return at <= 0 ? "***" : `${first}***${text.slice(at)}`;
}

function ending(text: string): string {
  const characters = [...text];
  const shown = Math.min(4, Math.floor(characters.length / 2));
  return `***${characters.slice(characters.length - shown).join("")}`;
}

/** Words are parted by blanks; other white space does not occur in normalised names. */
function initials(text: string): string {
  return text.replace(/([^ ])[^ ]*/gu, "$1.");
}

function beginning(text: string, length: number): string {
  const characters = [...text];
  return characters.slice(0, Math.max(0, Math.min(length, characters.length - 1))).join("");
}

function postalDistrict(text: string): string {
  const blank = text.indexOf(" ");
  return blank > 0 ? text.slice(0, blank) : beginning(text, 3);
}

/** Decimals, cut towards zero and without needless signs. */
function cut(text: string, digits: number): string {
  const [whole = "", fraction = ""] = text.split(".");
  const kept = digits === 0 ? whole : `${whole}.${fraction.padEnd(digits, "0").slice(0, digits)}`;
  return /[1-9]/u.test(kept) ? kept : kept.replace("-", "");
}

function band(text: string): string {
  const [whole = "0"] = text.split(".");
  const isNegative = whole.startsWith("-");
  const digits = isNegative ? whole.slice(1) : whole;
  const width = 10n ** BigInt(Math.max(1, digits.length - 1));
  const low = (BigInt(digits) / width) * width;
  const high = low + width - 1n;
  return text.startsWith("-") ? `-${high}..-${low}`.replace("-0", "0") : `${low}..${high}`;
}

function pseudonym(text: string, { inner, outer }: PseudonymPads): string {
  const first = createHash("sha256").update(inner).update(text, "utf8").digest();
  return createHash("sha256").update(outer).update(first).digest("hex").slice(0, 32);
}
