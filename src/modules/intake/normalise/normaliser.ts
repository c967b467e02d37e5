/** From a field of the contract to the function that makes its canonical text and holds it to its rules. */
import { unreachable } from "../../../kernel/index.ts";
import type { Field, FieldRules, FieldType, Normaliser } from "../../contracts/index.ts";
import { booleanNormaliser } from "./boolean.ts";
import { countryNormaliser } from "./country.ts";
import { emailNormaliser } from "./email.ts";
import { itemsOf, listLiteral } from "./list.ts";
import { companyNameNormaliser, personNameNormaliser } from "./name.ts";
import { compareNumbers, decimalNormaliser, integerNormaliser } from "./number.ts";
import { Rejection } from "./outcome.ts";
import type { Normalise } from "./outcome.ts";
import { phoneNormaliser } from "./phone.ts";
import { postalCodeNormaliser } from "./postal-code.ts";
import { dateNormaliser, timestampNormaliser } from "./time.ts";
import type { Zone } from "./zone.ts";

/** Patterns are held against texts up to this length; a longer one does not match. */
const MAX_PATTERN_TEXT = 1000;

/** Where a record is from, for everything that is written differently from country to country. */
export interface Place {
  readonly zone: Zone;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}

/** Compiles a field: its type, its normaliser and its rules (all but `required`, which is about having a value). */
export function compileNormaliser(field: Field, place: Place): Normalise {
  const canonical = typeNormaliser(field.type, place);
  const steps =
    field.normaliser === undefined
      ? canonical
      : chained(wordNormaliser(field.normaliser, place), canonical);
  if (field.type.kind === "text-list") {
    return listNormaliser(field, place);
  }
  const checks = compileChecks(field, canonical);
  return checks.length === 0 ? steps : checked(steps, checks);
}

function typeNormaliser(type: FieldType, place: Place): Normalise {
  switch (type.kind) {
    case "text":
      return (text) => text;
    case "integer":
      return integerNormaliser;
    case "decimal":
      return decimalNormaliser(type.precision, type.scale);
    case "boolean":
      return booleanNormaliser;
    case "date":
      return dateNormaliser;
    case "timestamp":
      return timestampNormaliser(place.zone);
    case "text-list":
      return (text) => listLiteral(itemsOf(text));
    case "enum":
      return enumNormaliser(type.values);
    default:
      return unreachable(type);
  }
}

/** The contract's own spelling, also when the value differs from it in case. */
function enumNormaliser(values: readonly string[]): Normalise {
  const spelled = new Map(values.map((value) => [value.toLowerCase(), value]));
  const exact = new Set(values);
  const wrong = new Rejection(
    "enum",
    `is none of the ${values.length} values that the contract allows`,
  );
  return (text) => (exact.has(text) ? text : (spelled.get(text.toLowerCase()) ?? wrong));
}

function wordNormaliser(normaliser: Normaliser, place: Place): Normalise {
  switch (normaliser) {
    case "phone":
      return phoneNormaliser(place.country);
    case "email":
      return emailNormaliser;
    case "person-name":
      return personNameNormaliser;
    case "company-name":
      return companyNameNormaliser;
    case "postal-code":
      return postalCodeNormaliser(place.country);
    case "country":
      return countryNormaliser;
    case "trim":
      return (text) => text.trim();
    case "upper":
      return (text) => text.toUpperCase();
    case "lower":
      return (text) => text.toLowerCase();
    default:
      return unreachable(normaliser);
  }
}

/** Each element is trimmed, normalised and held to the rules by itself; empty ones are left out. */
function listNormaliser(field: Field, place: Place): Normalise {
  const { normaliser } = field;
  const normalise =
    normaliser === undefined ? (text: string) => text : wordNormaliser(normaliser, place);
  const item = checked(
    normalise,
    compileChecks({ ...field, type: { kind: "text" } }, (text) => text),
  );
  return (text) => {
    const items: string[] = [];
    for (const part of itemsOf(text)) {
      const trimmed = part.trim();
      const outcome = trimmed === "" ? null : item(trimmed);
      if (outcome instanceof Rejection) {
        return outcome;
      }
      if (outcome !== null) {
        items.push(outcome);
      }
    }
    return listLiteral(items);
  };
}

function chained(first: Normalise, second: Normalise): Normalise {
  return (text) => {
    const outcome = first(text);
    return typeof outcome === "string" ? second(outcome) : outcome;
  };
}

/** A rule over a canonical text: what is wrong with it, if anything. */
type Check = (text: string) => Rejection | undefined;

function checked(normalise: Normalise, checks: readonly Check[]): Normalise {
  return (text) => {
    const outcome = normalise(text);
    if (typeof outcome !== "string") {
      return outcome;
    }
    for (const check of checks) {
      const rejection = check(outcome);
      if (rejection !== undefined) {
        return rejection;
      }
    }
    return outcome;
  };
}

function compileChecks(field: Field, canonical: Normalise): Check[] {
  return [
    ...lengthChecks(field.rules),
    ...patternChecks(field.rules),
    ...boundChecks(field, canonical),
  ];
}

function lengthChecks({ minLength, maxLength }: FieldRules): Check[] {
  const checks: Check[] = [];
  if (minLength !== undefined) {
    const tooShort = new Rejection("minLength", `has fewer than ${minLength} characters`);
    checks.push((text) => (characters(text) < minLength ? tooShort : undefined));
  }
  if (maxLength !== undefined) {
    const tooLong = new Rejection("maxLength", `has more than ${maxLength} characters`);
    checks.push((text) =>
      text.length > maxLength && characters(text) > maxLength ? tooLong : undefined,
    );
  }
  return checks;
}

/** The contract's parser lets only patterns through that take linear time. */
function patternChecks({ pattern }: FieldRules): Check[] {
  if (pattern === undefined) {
    return [];
  }
  const whole = new RegExp(`^(?:${pattern})$`, "u");
  const mismatch = new Rejection("pattern", "does not match the pattern of the contract");
  return [(text) => (text.length <= MAX_PATTERN_TEXT && whole.test(text) ? undefined : mismatch)];
}

const BOUNDS = [
  { rule: "minimum", words: "is less than", isWrong: (order: number) => order < 0 },
  { rule: "maximum", words: "is more than", isWrong: (order: number) => order > 0 },
  { rule: "exclusiveMinimum", words: "is not more than", isWrong: (order: number) => order <= 0 },
  { rule: "exclusiveMaximum", words: "is not less than", isWrong: (order: number) => order >= 0 },
] as const;

function boundChecks(field: Field, canonical: Normalise): Check[] {
  return BOUNDS.flatMap(({ rule, words, isWrong }) => {
    const bound = field.rules[rule];
    if (bound === undefined) {
      return [];
    }
    const compare = comparison(field.type);
    const canonicalBound = canonical(bound);
    const limit = typeof canonicalBound === "string" ? canonicalBound : bound;
    const rejection = new Rejection(rule, `${words} the ${rule} of ${bound}`);
    return [(text: string) => (isWrong(compare(text, limit)) ? rejection : undefined)];
  });
}

/** Numbers by value; dates and timestamps by their text, which sorts as time does once the `Z` is gone. */
function comparison(type: FieldType): (a: string, b: string) => number {
  if (type.kind === "integer" || type.kind === "decimal") {
    return compareNumbers;
  }
  return (a, b) => compareText(a.replace(/Z$/, ""), b.replace(/Z$/, ""));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Unicode code points. */
function characters(text: string): number {
  let count = 0;
  for (const _ of text) {
    count++;
  }
  return count;
}
