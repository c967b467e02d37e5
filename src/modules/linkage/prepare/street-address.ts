import { asciiLower, distinctWords, wordsOf } from "./folding.ts";
import { isPlaceholderCode } from "./placeholder.ts";

export interface StreetAddress {
  /** The words in their order, kinds of streets abbreviated. */
  readonly text: string;
  /** The words of two characters or more, sorted, each once. */
  readonly tokens: readonly string[];
  /** All words sorted: the same for `12 High Street` and `High St 12`. */
  readonly sorted: string;
  /** The first word with a digit that is no postal code, where there is one. */
  readonly number: string | null;
}

/** Reads a street address or a whole address, in any order. @returns undefined for a placeholder */
export function readStreetAddress(value: string): StreetAddress | undefined {
  const ascii = asciiLower(value);
  const plain = wordsOf(ascii);
  if (isPlaceholderCode(ascii, plain)) {
    return undefined;
  }
  const words = wordsOf(ascii.replace(dottedAbbreviation, "$1 "))
    .replace(postBox, "pobox")
    .split(" ")
    .flatMap(normalised);
  const text = words.join(" ");
  return {
    text,
    tokens: distinctWords(words.filter((word) => word.length > 1).join(" ") || text),
    sorted: words.toSorted().join(" "),
    number: houseNumber(words),
  };
}

/** A house number is folded as codes are: `12 B` and `12b` are the same. */
export function readHouseNumber(value: string): string | undefined {
  const ascii = asciiLower(value);
  const words = wordsOf(ascii);
  return isPlaceholderCode(ascii, words) || /^0+$/.test(words)
    ? undefined
    : words.replaceAll(" ", "").replace(/^0+(?=\d)/, "");
}

/** Whether a value has the look of a street: a number and a word that names a kind of street. */
export function looksLikeStreet(value: string): boolean {
  const words = wordsOf(asciiLower(value)).split(" ").flatMap(normalised);
  return words.length > 1 && /\d/.test(value) && words.some((word) => kindsOfStreet.has(word));
}

const dottedAbbreviation = /\b(c|v)[./](?=\s?[a-z])/g;
const postBox = /\b(?:p o box|po box|post office box|postfach|apartado|bp)\b/;

/** A postal code has five digits or more; a word with fewer is a house number, a unit or an ordinal. */
function houseNumber(words: readonly string[]): string | null {
  return words.find((word) => /^\d/.test(word) && !ordinal.test(word) && word.length < 5) ?? null;
}

const ordinal = /^\d+(?:st|nd|rd|th)$/;

/** German and Dutch write the kind of street at the end of its name. */
const glued = /^(.{3,})(?:strasse|strase|straat|str)$/;

function normalised(word: string): readonly string[] {
  const short = abbreviations.get(word);
  if (short !== undefined) {
    return [short];
  }
  const name = glued.exec(word)?.[1];
  return name === undefined ? [word] : [name, "st"];
}

/** The short form, then what it stands for. */
const abbreviations: ReadonlyMap<string, string> = new Map(
  `st street str strasse strase straat saint
  rd road; ave avenue av avenida avda aven; dr drive drv; ln lane; ct court crt; pl place plaza platz plaats
  cct circuit circ; cres crescent crs; blvd boulevard boul; ter terrace tce terr; pde parade; hwy highway
  pkwy parkway pky; sq square; cl close; gr grove grv; gdns gardens; way wy; rte route; ch chemin; imp impasse
  all allee; g gasse; ctra carretera; c calle; pza piazza; vle viale; esp esplanade; mt mount; ft fort
  apt apartment appartement appt app wohnung whg departamento depto; ste suite; fl floor; bldg building bld; unit unt
  n north nord norte; s south sud sur; e east ost este; w west ouest oeste; ne northeast; nw northwest
  se southeast; sw southwest; retrmnt retirement; vlge village vill; ctr center centre cntr; hts heights; pt point`
    .split(/;|\n/)
    .flatMap((family) => {
      const [short = "", ...long] = family.trim().split(" ");
      return long.map((word): [string, string] => [word, short]);
    }),
);

const kindsOfStreet: ReadonlySet<string> = new Set(
  `st rd ave dr ln ct pl cct cres blvd ter pde hwy pkwy sq cl gr gdns way rte ch imp all g ctra c pza vle esp
  rue via weg ring damm ufer ulica ul pobox`.split(/\s+/),
);
