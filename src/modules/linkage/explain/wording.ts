/** Names, values and numbers as they are shown to a person. */
import type { FieldKind, Model, PreparedValue } from "../model/model.ts";
import type { ScorePart } from "../scoring/score-pair.ts";

/** What a comparison is about. */
export interface Subject {
  /** In lower case: `given name`, `date of birth`. */
  readonly noun: string;
  /** Undefined where the model has no field for it. */
  readonly kind: FieldKind | undefined;
}

const NOUNS: Partial<Record<FieldKind, string>> = {
  "given-name": "given name",
  "family-name": "family name",
  "full-name": "name",
  "company-name": "company name",
  phone: "phone number",
  email: "e-mail address",
  "street-address": "address",
  "house-number": "house number",
  "postal-code": "postal code",
};

/** Parts of prepared columns that are no words of their own, or better said otherwise. */
const PARTS: Readonly<Record<string, string>> = {
  text: "",
  rest: "other parts of the",
  suffix: "suffix of the",
};

const DATES_OF_BIRTH = /^(?:dob|birth_?da(?:y|te)|date_of_birth|born|geburts(?:tag|datum))/u;

/** What a comparison is about: by the kind of its field, else by its name, taken apart at `__` and `_`. */
export function subjectOf(model: Model, comparison: string): Subject {
  const [name = comparison, part = ""] = comparison.split("__");
  const kind = model.fields.find((field) => field.name === name)?.kind;
  const isAlone = model.fields.filter((field) => field.kind === kind).length === 1;
  const known = kind === undefined || !isAlone ? undefined : NOUNS[kind];
  const plain = DATES_OF_BIRTH.test(name) ? "date of birth" : name.replaceAll("_", " ").trim();
  const prefix = PARTS[part] ?? part.replaceAll("_", " ");
  return { noun: [prefix, known ?? plain].filter((word) => word !== "").join(" "), kind };
}

/** Whether a subject is the day on which somebody was born. */
export function isBirth({ noun }: Subject): boolean {
  return noun === "date of birth";
}

/** The two values that a part compared, as they are shown: of its first column where either side has one. */
export function shownValues(
  { kind }: Subject,
  { values }: ScorePart,
): { readonly left: string | undefined; readonly right: string | undefined } {
  const shown = values.find(({ left, right }) => left !== null || right !== null) ?? values[0];
  return {
    left: shownValue(shown?.left ?? null, kind),
    right: shownValue(shown?.right ?? null, kind),
  };
}

const MS_PER_DAY = 86_400_000;

function shownValue(value: PreparedValue, kind: FieldKind | undefined): string | undefined {
  if (value === null) {
    return undefined;
  }
  if (typeof value === "object") {
    return value.join(", ");
  }
  if (kind !== "date") {
    return String(value);
  }
  return typeof value === "number"
    ? new Date(value * MS_PER_DAY).toISOString().slice(0, 10)
    : value.replace(/^(\d{4})(\d{2})(\d{2})$/u, "$1-$2-$3");
}

/** A weight with its sign and one decimal: `+10.9`, `−4.1`, `0.0`. */
export function shownWeight(weight: number): string {
  const digits = Math.abs(weight).toFixed(1);
  if (Number(digits) === 0) {
    return "0.0";
  }
  return weight > 0 ? `+${digits}` : `−${digits}`;
}

/** Weights nearer to 0 than this are shown as 0: they say nothing. */
export const SILENT_WEIGHT = 0.05;

/** Below this a percentage says less than "1 in so many". */
const RARE = 0.01;
const MOST_NINES = 9;

/**
 * A probability as a reader grasps it: `1 in 1,900`, `42 %`, `99.98 %`, `more than 99.9999999 %`. Never
 * rounded up, so that nothing short of certain reads as certain.
 */
export function shownProbability(probability: number): string {
  if (probability < RARE) {
    return probability === 0 ? "next to 0 %" : `1 in ${shownCount(1 / probability)}`;
  }
  const rest = 1 - probability;
  if (rest < 10 ** -MOST_NINES) {
    return `more than 99.${"9".repeat(MOST_NINES - 2)} %`;
  }
  const decimals = Math.max(0, Math.ceil(-Math.log10(rest) - 1e-6) - 2);
  const percent = Math.floor(probability * 100 * 10 ** decimals + 1e-6) / 10 ** decimals;
  return `${percent.toFixed(decimals)} %`;
}

/** A share of many things: `1 in 1,900 others`, `42 % of others`. */
export function shownShare(share: number, things: string): string {
  const shown = shownProbability(share);
  return shown.endsWith("%") ? `${shown} of ${things}` : `${shown} ${things}`;
}

/** A whole number with two leading digits: `1,900`. Small ones are exact. */
export function shownCount(count: number): string {
  const magnitude = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 1);
  return (Math.round(count / magnitude) * magnitude).toLocaleString("en");
}
