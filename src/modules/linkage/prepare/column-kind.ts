import { unreachable } from "../../../kernel/index.ts";
import type { FieldKind } from "../model/model.ts";
import type { ColumnProfile } from "./column-profile.ts";
import type { HeaderMeaning } from "./header.ts";

/**
 * What a column is, by its name and its values. The values win where they contradict the name: a column
 * `phone` without digits is none, and addresses with an `@` are e-mail whatever their column is called.
 */
export function meaningOfColumn(
  header: HeaderMeaning | undefined,
  profile: ColumnProfile,
): HeaderMeaning {
  const unusable = reasonToIgnore(header, profile);
  if (unusable !== undefined) {
    return { kind: "ignored", reason: unusable };
  }
  if (profile.share("email") >= 0.6) {
    return { kind: "email" };
  }
  if (header === undefined || !isBorneOut(header, profile)) {
    return meaningOfValues(profile);
  }
  if (header.kind === "own-number") {
    return isUnique(profile)
      ? { kind: "ignored", reason: "every record has its own: it numbers the records" }
      : { kind: "identifier" };
  }
  if (header.kind === "group-number") {
    return meaningOfGroupNumber(profile);
  }
  return isSomeName(header) && profile.share("legal-form") >= 0.3
    ? { kind: "company-name" }
    : header;
}

function reasonToIgnore(
  header: HeaderMeaning | undefined,
  { records, present, filled, distinct }: ColumnProfile,
): string | undefined {
  if (filled === 0) {
    return present === 0 ? "it is empty" : "it holds nothing but placeholders, such as n/a or xxx";
  }
  if (header?.kind === "ignored") {
    return header.reason;
  }
  if (filled < records * FEWEST_FILLED) {
    return "fewer than one record in 200 has a value";
  }
  return distinct === 1 && filled > 1 && filled > records / 2 ? CONSTANT : undefined;
}

const FEWEST_FILLED = 0.005;

/** The reason for a column that says nothing because all records agree on it. */
export const CONSTANT = "all its values are the same";

function isSomeName({ kind }: HeaderMeaning): boolean {
  return kind === "some-name" || kind === "full-name" || kind === "family-name";
}

function isUnique({ records, filled, distinct }: ColumnProfile): boolean {
  return filled === records && distinct === filled && records >= FEWEST_TO_COUNT;
}

/** Of fewer records, nothing follows from all values being different. */
const FEWEST_TO_COUNT = 20;

function isBorneOut({ kind }: HeaderMeaning, { share, meanLength }: ColumnProfile): boolean {
  switch (kind) {
    case "email":
      return share("at-sign") >= 0.3;
    case "phone":
      return share("five-digits") >= 0.3 && share("date") < 0.9;
    case "date":
      return share("date") >= 0.3 || share("number") >= 0.9;
    case "postal-code":
      return share("digit") >= 0.5 && meanLength <= 12;
    case "latitude":
    case "longitude":
      return share("number") >= 0.5;
    case "coordinates":
      return share("coordinates") >= 0.5;
    case "house-number":
    case "identifier":
    case "own-number":
    case "group-number":
      return share("digit") >= 0.3;
    case "given-name":
    case "family-name":
    case "full-name":
    case "some-name":
    case "company-name":
      return share("letter") >= 0.5 && share("date") < 0.5;
    case "place":
    case "street-address":
    case "country":
    case "category":
    case "sealed":
    case "set":
    case "text":
    case "ignored":
      return share("date") < 0.9;
    default:
      return unreachable(kind);
  }
}

/** Of a column whose name says nothing, or not the truth. */
function meaningOfValues(profile: ColumnProfile): HeaderMeaning {
  const { share } = profile;
  if (share("date") >= 0.8) {
    return profile.yearSpan >= FEWEST_YEARS
      ? { kind: "date" }
      : { kind: "ignored", reason: "its dates lie close together, as those of bookings do" };
  }
  if (share("coordinates") >= 0.8) {
    return { kind: "coordinates" };
  }
  if (share("british-code") >= 0.6) {
    return { kind: "postal-code" };
  }
  if (share("letter") < 0.1) {
    return meaningOfNumbers(profile);
  }
  if (share("code") >= 0.8) {
    return isUnique(profile) ? rowNumbers : { kind: "identifier" };
  }
  return meaningOfWords(profile);
}

/**
 * A number that hardly more than one record has tells records apart as one of a customer does; one that many
 * have says of what they are members, and that alone makes no two of them one.
 */
function meaningOfGroupNumber(profile: ColumnProfile): HeaderMeaning {
  if (isUnique(profile)) {
    return rowNumbers;
  }
  const isShared = profile.filled > profile.distinct * MOST_RECORDS_OF_ONE;
  return { kind: isShared ? "category" : "identifier" };
}

/** One customer in two twice in a file is many. */
const MOST_RECORDS_OF_ONE = 1.5;

const rowNumbers: HeaderMeaning = {
  kind: "ignored",
  reason: "every record has its own: it numbers the records",
};

/** Birthdays of customers span more years than bookings do. */
const FEWEST_YEARS = 30;

/** Phone numbers with an area code are as long as this, numbers of records rarely. */
const LOCAL_NUMBER = 9;

function meaningOfNumbers(profile: ColumnProfile): HeaderMeaning {
  const { share, meanLength } = profile;
  if (isUnique(profile) && share("decimal") === 0 && meanLength < LOCAL_NUMBER) {
    return rowNumbers;
  }
  if (share("phone") >= 0.8 && meanLength >= LOCAL_NUMBER) {
    return { kind: "phone" };
  }
  const isDiverse = profile.distinct >= 20 && share("decimal") === 0;
  return isDiverse && share("postal-code") >= 0.9 && meanLength > 3.9
    ? { kind: "postal-code" }
    : { kind: "ignored", reason: "nothing says what its numbers are" };
}

function meaningOfWords({ share, meanWords, meanLength, ...counts }: ColumnProfile): HeaderMeaning {
  const kind = firstOf([
    ["company-name", share("legal-form") >= 0.15],
    ["street-address", share("street") >= 0.3],
    ["full-name", share("given-name") >= 0.4 && meanWords >= 1.7 && meanWords <= 4],
    ["given-name", share("given-name") >= 0.4 && meanWords < 1.7],
    ["set", share("list") >= 0.5],
    ["category", counts.distinct <= 50 && counts.distinct * 10 <= counts.filled],
    ["text", meanLength <= LONGEST_TEXT],
  ]);
  return kind === undefined ? { kind: "ignored", reason: "it is free text" } : { kind };
}

const LONGEST_TEXT = 60;

function firstOf(candidates: readonly (readonly [FieldKind, boolean])[]): FieldKind | undefined {
  return candidates.find(([, isIt]) => isIt)?.[0];
}
