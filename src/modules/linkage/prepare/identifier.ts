import { hasValidCheckDigits } from "./check-digits.ts";
import { asciiLower } from "./folding.ts";
import { isPlaceholderCode, isPlaceholderNumber } from "./placeholder.ts";
import type { SetAsideReason } from "./reader.ts";

/** Reads a number or code that is given out: letters and digits only, and whether its check digits hold. */
export function readIdentifier(
  value: string,
): { text: string; isValid: boolean | undefined } | SetAsideReason {
  const ascii = asciiLower(value);
  const text = ascii.replace(/[^a-z0-9]+/g, "");
  if (isPlaceholderCode(ascii, text)) {
    return "placeholder-word";
  }
  return isPlaceholderNumber(text)
    ? "placeholder-number"
    : { text, isValid: hasValidCheckDigits(text) };
}
