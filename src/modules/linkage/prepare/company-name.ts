import { asciiLower, distinctWords, wordsOf } from "./folding.ts";
import { isPlaceholderWord } from "./placeholder.ts";

/**
 * Reads the name of a company: dotted abbreviations closed (`S.A.` is `sa`), `&` and its translations
 * written `and`, legal forms taken from the end. A name of nothing but legal forms keeps them.
 * @returns undefined for a placeholder
 */
export function readCompanyName(
  value: string,
): { text: string; tokens: readonly string[]; first: string } | undefined {
  const ascii = asciiLower(value);
  if (isPlaceholderWord(ascii, wordsOf(ascii))) {
    return undefined;
  }
  const words = wordsOf(closed(ascii).replaceAll("&", " and "))
    .split(" ")
    .map((word) => (ands.has(word) ? "and" : word));
  const start = words.length > 1 && words[0] === "the" ? 1 : 0;
  const name = words.slice(start, endOfName(words, start));
  const text = name.join(" ");
  const telling = name.filter((word) => word !== "and").join(" ");
  return { text, tokens: distinctWords(telling === "" ? text : telling), first: name[0] ?? text };
}

/** Whether a name ends in a legal form, as only companies' names do. */
export function hasLegalForm(value: string): boolean {
  const words = wordsOf(closed(asciiLower(value)).replaceAll("&", " and ")).split(" ");
  const last = words.at(-1) ?? "";
  return words.length > 1 && legalForms.has(last) && last !== "and";
}

/** Closes up letters that are parted by dots, alone or at the end: s.a., l.l.c., z o.o. */
function closed(ascii: string): string {
  return ascii.replace(/\b(?:[a-z]\.\s?){2,}/g, (dotted) => `${dotted.replace(/[.\s]/g, "")} `);
}

function endOfName(words: readonly string[], start: number): number {
  let end = words.length;
  while (end > start + 1 && legalForms.has(words[end - 1] ?? "")) {
    end -= 1;
  }
  return end;
}

const ands: ReadonlySet<string> = new Set(["and", "und", "et", "y", "en"]);

/** Legal forms and the words that join several of them. */
const legalForms: ReadonlySet<string> = new Set(
  `gmbh ggmbh mbh ag kg kgaa ohg gbr ug ev eg se haftungsbeschrankt
  ltd limited plc llp llc lp inc incorporated corp corporation co company pty pte pvt private bhd sdn
  sa sarl sas sasu eurl sci snc sca scop sprl srl spa sapa sl slu sau cv sab ltda eireli
  bv nv vof as asa ab oy oyj aps spzoo sp zoo z oo kft zrt bt doo dd jsc ooo zao pao kk gk fzco fze dmcc wll
  and`.split(/\s+/),
);
