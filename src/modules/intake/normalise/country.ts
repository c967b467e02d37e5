/** Countries as ISO 3166-1 alpha-2, from either code or from the name in one of several languages. */
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
import { Rejection } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";

/** What people write although no standard says so. */
const USAGE: readonly (readonly [string, string])[] = [
  ["uk", "GB"],
  ["england", "GB"],
  ["scotland", "GB"],
  ["wales", "GB"],
  ["northern ireland", "GB"],
  ["great britain", "GB"],
  ["usa", "US"],
  ["u.s.a.", "US"],
  ["u.s.", "US"],
  ["america", "US"],
  ["holland", "NL"],
];

const NOT_A_COUNTRY = new Rejection(
  "country",
  "is neither an ISO 3166-1 code nor a known name of a country",
);

const codes = once(codesByName);

export function countryNormaliser(text: string): Outcome {
  return codes().get(folded(text)) ?? NOT_A_COUNTRY;
}

function codesByName(): ReadonlyMap<string, string> {
  const codes = new Map<string, string>();
  for (const locale of [pt, pl, nl, it, es, fr, de, en]) {
    for (const [code, names] of Object.entries<string | string[]>(locale.countries)) {
      for (const name of [names].flat()) {
        codes.set(folded(name), code);
      }
    }
  }
  for (const [alpha3, alpha2] of Object.entries(countries.getAlpha3Codes())) {
    codes.set(folded(alpha3), alpha2);
    codes.set(folded(alpha2), alpha2);
  }
  for (const [name, code] of USAGE) {
    codes.set(name, code);
  }
  return codes;
}

/** Without case, accents and doubled blanks. */
function folded(name: string): string {
  return name.normalize("NFD").replaceAll(/\p{M}/gu, "").replaceAll(/\s+/g, " ").toLowerCase();
}
