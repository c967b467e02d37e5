/** Telephone numbers as E.164 (`+` and up to 15 digits), by Google's numbering plans. An extension is not part of E.164 and is left out. */
import { isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/max";

import { Rejection } from "./outcome.ts";
import type { Normalise } from "./outcome.ts";

const NOT_A_NUMBER = new Rejection(
  "phone",
  "is not a telephone number that can exist in its country",
);
const MAX_LENGTH = 60;

/** Numbers without a country code are taken to be from `country` (ISO 3166-1 alpha-2). */
export function phoneNormaliser(country: string): Normalise {
  const defaultCountry = isSupportedCountry(country) ? country : undefined;
  return (text) => {
    if (text.length > MAX_LENGTH) {
      return NOT_A_NUMBER;
    }
    const options =
      defaultCountry === undefined ? { extract: false } : { defaultCountry, extract: false };
    const number = parsePhoneNumberFromString(text, options);
    return number?.isValid() === true ? number.number : NOT_A_NUMBER;
  };
}
