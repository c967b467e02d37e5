import { asciiLower } from "./folding.ts";
import { isPlaceholderCode } from "./placeholder.ts";
import type { SetAsideReason } from "./reader.ts";

/** Countries whose codes are five digits, which spreadsheets rob of a leading nought. */
const fiveDigits: ReadonlySet<string> = new Set(
  "US DE FR ES IT FI MX TR KR UA HR EE TH MY".split(" "),
);

/**
 * Reads a postal code: lower case letters and digits, without a country's prefix (`D-10115`), without
 * the four digits that the United States may add. The area is the outward part of a British code, the
 * digits of a Dutch one, the first three characters of longer codes and the first two of short ones.
 */
export function readPostalCode(
  value: string,
  country: string | undefined,
): { text: string; area: string } | SetAsideReason {
  const ascii = asciiLower(value);
  const plain = ascii.replace(/[^a-z0-9]+/g, "");
  if (isPlaceholderCode(ascii, plain)) {
    return "placeholder-word";
  }
  if (/^0+$/.test(plain)) {
    return "placeholder-number";
  }
  const code = withoutAdditions(ascii, plain);
  const isRobbed = code.length === 4 && /^\d+$/.test(code) && fiveDigits.has(country ?? "");
  const text = isRobbed ? `0${code}` : code;
  return { text, area: areaOf(text) };
}

function withoutAdditions(ascii: string, plain: string): string {
  const zip4 = /^(\d{5})[- ]\d{4}$/.exec(ascii);
  const prefixed = /^[a-z]{1,3}[- ]+(\d{4,6})$/.exec(ascii);
  const decimal = /^(\d{3,6})\.0$/.exec(ascii);
  return zip4?.[1] ?? prefixed?.[1] ?? decimal?.[1] ?? plain;
}

function areaOf(code: string): string {
  const british = /^([a-z]{1,2}\d[a-z\d]?)\d[a-z]{2}$/.exec(code);
  const dutch = /^(\d{4})[a-z]{2}$/.exec(code);
  return british?.[1] ?? dutch?.[1] ?? code.slice(0, code.length > 4 ? 3 : 2);
}
