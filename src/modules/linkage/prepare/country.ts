import countries from "i18n-iso-countries/index.js";
import de from "i18n-iso-countries/langs/de.json" with { type: "json" };
import en from "i18n-iso-countries/langs/en.json" with { type: "json" };
import es from "i18n-iso-countries/langs/es.json" with { type: "json" };
import fr from "i18n-iso-countries/langs/fr.json" with { type: "json" };
import it from "i18n-iso-countries/langs/it.json" with { type: "json" };
import nl from "i18n-iso-countries/langs/nl.json" with { type: "json" };
import pl from "i18n-iso-countries/langs/pl.json" with { type: "json" };
import pt from "i18n-iso-countries/langs/pt.json" with { type: "json" };
import { once } from "../../../kernel/index.ts";
import { folded } from "./folding.ts";

/**
 * The country of a folded text, as ISO 3166-1 alpha-2 in lower case: from either code or from its name
 * in eight languages. Undefined for what is none.
 */
export function countryOf(words: string): string | undefined {
  return codes().get(words);
}

/** What people write although no standard says so. */
const usage: readonly (readonly [name: string, code: string])[] = [
  ["uk", "gb"],
  ["england", "gb"],
  ["scotland", "gb"],
  ["wales", "gb"],
  ["northern ireland", "gb"],
  ["great britain", "gb"],
  ["u s a", "us"],
  ["u s", "us"],
  ["america", "us"],
  ["holland", "nl"],
];

const codes = once(
  (): ReadonlyMap<string, string> =>
    new Map([
      ...[pt, pl, nl, it, es, fr, de, en].flatMap((locale) =>
        Object.entries<string | string[]>(locale.countries).flatMap(([code, names]) =>
          [names].flat().map((name): [string, string] => [folded(name), code.toLowerCase()]),
        ),
      ),
      ...Object.entries(countries.getAlpha3Codes()).flatMap(
        ([alpha3, alpha2]): [string, string][] => [
          [alpha3.toLowerCase(), alpha2.toLowerCase()],
          [alpha2.toLowerCase(), alpha2.toLowerCase()],
        ],
      ),
      ...usage,
    ]),
);
