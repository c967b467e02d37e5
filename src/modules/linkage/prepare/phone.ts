import {
  getCountryCallingCode,
  isSupportedCountry,
  Metadata,
  parsePhoneNumberFromString as parsePhoneNumber,
  type CountryCode,
} from "libphonenumber-js";
import { asciiLower } from "./folding.ts";
import { isPlaceholderCode, isPlaceholderNumber } from "./placeholder.ts";
import type { SetAsideReason } from "./reader.ts";

export interface Phone {
  /** Digits with the country's code where it is known (E.164 without the plus), as written otherwise. */
  readonly text: string;
  /** The last {@link TAIL} digits: the same with and without codes of country and trunk. */
  readonly tail: string;
}

/** Local numbers of North America are as long as this; few others are shorter than that. */
const TAIL = 7;

/** Shorter numbers are extensions, longer ones (ITU-T E.164 allows 15 digits) are several numbers. */
const SHORTEST = 5;
const LONGEST = 15;

/**
 * Reads the first phone number of a value; `country` (ISO 3166-1 alpha-2) is where numbers without a
 * country's code are from.
 * @returns a function, since the numbering plan of the country is looked up once
 */
export function phoneReader(
  country: string | undefined,
): (value: string) => Phone | SetAsideReason {
  const plan = country === undefined ? undefined : numberingPlan(country);
  return (value) => {
    const ascii = firstNumber(asciiLower(value));
    const digits = ascii.replace(/\D+/g, "");
    if (digits === "") {
      return isPlaceholderCode(ascii, ascii.replace(/[^a-z]+/g, ""))
        ? "placeholder-word"
        : "unreadable";
    }
    if (isPlaceholderNumber(digits) || isPlaceholderNumber(digits.slice(-TAIL))) {
      return "placeholder-number";
    }
    if (digits.length < SHORTEST) {
      return "unreadable";
    }
    const text = withCountryCode(ascii, digits, plan);
    return { text, tail: text.slice(-TAIL) };
  };
}

/**
 * Of several numbers, the first; no extension; no `(0)`, which is not dialled after a country's code. What
 * is too short for a number is an area code, which German usage parts with a stroke as well.
 */
function firstNumber(ascii: string): string {
  const short = ascii.replace(extension, "").replace("(0)", "");
  const [first = ""] = short.split(separator);
  return first.replace(/\D+/g, "").length < SHORTEST ? short : first;
}

const separator = /\s*[;,|]\s*|\s+\/\s+|\s+(?:or|oder|ou)\s+/;
const extension = /(?:\bext?\.?|\bextension|\bx|#|\bdw)\s*:?\d{1,6}$/;

interface NumberingPlan {
  readonly country: CountryCode;
  readonly callingCode: string;
  /** What is dialled before a number within the country, where that is one fixed prefix. */
  readonly trunk: string | undefined;
  readonly lengths: ReadonlySet<number>;
}

function numberingPlan(country: string): NumberingPlan | undefined {
  if (!isSupportedCountry(country)) {
    return undefined;
  }
  const metadata = new Metadata();
  metadata.selectNumberingPlan(country);
  const plan = metadata.numberingPlan;
  return (
    plan && {
      country,
      callingCode: getCountryCallingCode(country),
      trunk: trunkOf(plan),
      lengths: new Set(plan.possibleLengths()),
    }
  );
}

/** The library knows trunk prefixes, but its types do not say so. */
function trunkOf(plan: object): string | undefined {
  const prefix = answer(plan, "nationalPrefix");
  const isRewritten = answer(plan, "nationalPrefixTransformRule") !== undefined;
  return typeof prefix === "string" && !isRewritten ? prefix : undefined;
}

function answer(plan: object, question: string): unknown {
  const method: unknown = Reflect.get(plan, question);
  return typeof method === "function" ? Reflect.apply(method, plan, []) : undefined;
}

function withCountryCode(ascii: string, digits: string, plan: NumberingPlan | undefined): string {
  if (ascii.startsWith("+")) {
    return international(digits);
  }
  if (digits.startsWith("00")) {
    return international(digits.slice(2));
  }
  if (plan === undefined) {
    return digits.slice(0, LONGEST);
  }
  const national = plainNational(digits, plan);
  return national === undefined
    ? (parsePhoneNumber(ascii, plan.country)?.number.slice(1) ?? digits.slice(0, LONGEST))
    : plan.callingCode + national;
}

/** Some write the trunk 0 after the country's code as well; where one may stand, the library tells. */
function international(digits: string): string {
  const parsed = digits.slice(1, 4).includes("0") ? parsePhoneNumber(`+${digits}`) : undefined;
  return parsed?.number.slice(1) ?? digits.slice(0, LONGEST);
}

/**
 * The national number where it is plain to see, which saves the library's 10 µs per number: after a
 * trunk 0, with which no national number begins, or with neither trunk nor country's code before it.
 */
function plainNational(digits: string, plan: NumberingPlan): string | undefined {
  const { trunk, callingCode, lengths } = plan;
  if (trunk === "0" && digits.startsWith("0")) {
    return lengths.has(digits.length - 1) ? digits.slice(1) : undefined;
  }
  const isPlain = !digits.startsWith(callingCode) && !digits.startsWith(trunk ?? "0");
  return isPlain && lengths.has(digits.length) ? digits : undefined;
}
