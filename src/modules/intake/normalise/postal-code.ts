/**
 * Postal codes in their country's own spelling: capitals, and the blank or hyphen where the post puts it.
 * Countries that are not listed get capitals and single blanks only.
 */
import { Rejection } from "./outcome.ts";
import type { Normalise } from "./outcome.ts";

interface Spelling {
  /** Matches the code without blanks and hyphens. */
  readonly compact: RegExp;
  /** Replacement that spells it. */
  readonly spelled: string;
}

const DIGITS_4: Spelling = { compact: /^(\d{4})$/, spelled: "$1" };
const DIGITS_5: Spelling = { compact: /^(\d{5})$/, spelled: "$1" };
const DIGITS_6: Spelling = { compact: /^(\d{6})$/, spelled: "$1" };
const DIGITS_3_2: Spelling = { compact: /^(\d{3})(\d{2})$/, spelled: "$1 $2" };

const SPELLINGS: ReadonlyMap<string, readonly Spelling[]> = new Map<string, readonly Spelling[]>([
  ...["AT", "AU", "BE", "BG", "CH", "CY", "DK", "HU", "LU", "NO", "NZ", "SI", "ZA"].map(
    (country) => [country, [DIGITS_4]] as const,
  ),
  ...["DE", "EE", "ES", "FI", "FR", "HR", "IT", "MX", "MY", "TH", "TR", "UA"].map(
    (country) => [country, [DIGITS_5]] as const,
  ),
  ...["CN", "IN", "RO", "SG", "VN"].map((country) => [country, [DIGITS_6]] as const),
  ...["CZ", "GR", "SE", "SK"].map((country) => [country, [DIGITS_3_2]] as const),
  ["BR", [{ compact: /^(\d{5})(\d{3})$/, spelled: "$1-$2" }]],
  [
    "CA",
    [
      {
        compact: /^([A-CEGHJ-NPR-TVXY]\d[A-CEGHJ-NPR-TV-Z])(\d[A-CEGHJ-NPR-TV-Z]\d)$/,
        spelled: "$1 $2",
      },
    ],
  ],
  // The outward code alone is common in statistics and in data made less exact on purpose.
  [
    "GB",
    [
      { compact: /^([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})$/, spelled: "$1 $2" },
      { compact: /^(GIR)(0AA)$/, spelled: "$1 $2" },
      { compact: /^([A-Z]{1,2}\d[A-Z\d]?)$/, spelled: "$1" },
    ],
  ],
  ["IE", [{ compact: /^([A-Z]\d[\dW])([A-Z\d]{4})$/, spelled: "$1 $2" }]],
  ["JP", [{ compact: /^(\d{3})(\d{4})$/, spelled: "$1-$2" }]],
  ["NL", [{ compact: /^([1-9]\d{3})([A-Z]{2})$/, spelled: "$1 $2" }]],
  ["PL", [{ compact: /^(\d{2})(\d{3})$/, spelled: "$1-$2" }]],
  ["PT", [{ compact: /^(\d{4})(\d{3})$/, spelled: "$1-$2" }, DIGITS_4]],
  [
    "US",
    [
      { compact: /^(\d{5})$/, spelled: "$1" },
      { compact: /^(\d{5})(\d{4})$/, spelled: "$1-$2" },
    ],
  ],
]);

const MAX_LENGTH = 16;

/** Codes are taken to be of `country` (ISO 3166-1 alpha-2). */
export function postalCodeNormaliser(country: string): Normalise {
  const wrong = new Rejection("postal-code", `is not a postal code of ${country}`);
  const spellings = SPELLINGS.get(country);
  return (text) => {
    if (text.length > MAX_LENGTH) {
      return wrong;
    }
    const capitals = text.toUpperCase().replaceAll(/\s+/g, " ");
    if (spellings === undefined) {
      return capitals;
    }
    // Letters on addresses of Europe: "D-10115", "DE-10115", "CH-8001".
    const national = capitals.replace(/^[A-Z]{1,2}-(?=\d{4,6}$)/, "");
    const compact = national.replaceAll(/[\s-]/g, "");
    const spelling = spellings.find((candidate) => candidate.compact.test(compact));
    return spelling === undefined ? wrong : compact.replace(spelling.compact, spelling.spelled);
  };
}
