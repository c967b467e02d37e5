/** Codes of countries, currencies and time zones, from the tables of the platform and of ISO. */
import countries from "i18n-iso-countries/index.js";
import { once } from "../../kernel/index.ts";

/** ISO 3166-1 alpha-2 codes, in upper case. */
export const countryCodes: () => ReadonlySet<string> = once(
  () => new Set(Object.keys(countries.getAlpha2Codes())),
);

/** ISO 4217 codes, those of former currencies included. */
export const currencyCodes: () => ReadonlySet<string> = once(
  () => new Set(Intl.supportedValuesOf("currency")),
);

/** Canonical IANA names, for suggestions. Links such as `Asia/Kolkata` are valid without being here. */
export const timeZones: () => readonly string[] = once(() => [
  "UTC",
  ...Intl.supportedValuesOf("timeZone"),
]);

/** Whether the text is an IANA time zone name. Offsets such as `+01:00` have no rules and are none. */
export function isTimeZone(name: string): boolean {
  if (!/^(?:UTC|[A-Z][A-Za-z_]+(?:\/[A-Za-z0-9_+-]+)+)$/u.test(name)) {
    return false;
  }
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
