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
  if (profile.shares.email >= 0.6) {
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
  return isSomeName(header) && profile.shares["legal-form"] >= 0.3
    ? { kind: "company-name" }
    : header;
}

function reasonToIgnore(
  header: HeaderMeaning | undefined,
  { records, filled, distinct }: ColumnProfile,
): string | undefined {
  if (filled === 0) {
    return "it is empty";
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

function isBorneOut({ kind }: HeaderMeaning, { shares, meanLength }: ColumnProfile): boolean {
  switch (kind) {
    case "email":
      return shares["at-sign"] >= 0.3;
    case "phone":
      return shares["five-digits"] >= 0.3 && shares.date < 0.9;
    case "date":
      return shares.date >= 0.3 || shares.number >= 0.9;
    case "postal-code":
      return shares.digit >= 0.5 && meanLength <= 12;
    case "latitude":
    case "longitude":
      return shares.number >= 0.5;
    case "coordinates":
      return shares.coordinates >= 0.5;
    case "house-number":
    case "identifier":
    case "own-number":
      return shares.digit >= 0.3;
    case "given-name":
    case "family-name":
    case "full-name":
    case "some-name":
    case "company-name":
      return shares.letter >= 0.5 && shares.date < 0.5;
    case "place":
    case "street-address":
    case "country":
    case "category":
    case "set":
    case "text":
    case "ignored":
      return shares.date < 0.9;
    default:
      return unreachable(kind);
  }
}

/** Of a column whose name says nothing, or not the truth. */
function meaningOfValues(profile: ColumnProfile): HeaderMeaning {
  const { shares } = profile;
  if (shares.date >= 0.8) {
    return profile.yearSpan >= FEWEST_YEARS
      ? { kind: "date" }
      : { kind: "ignored", reason: "its dates lie close together, as those of bookings do" };
  }
  if (shares.coordinates >= 0.8) {
    return { kind: "coordinates" };
  }
  if (shares["british-code"] >= 0.6) {
    return { kind: "postal-code" };
  }
  if (shares.letter < 0.1) {
    return meaningOfNumbers(profile);
  }
  if (shares.code >= 0.8) {
    return isUnique(profile) ? rowNumbers : { kind: "identifier" };
  }
  return meaningOfWords(profile);
}

const rowNumbers: HeaderMeaning = {
  kind: "ignored",
  reason: "every record has its own: it numbers the records",
};

/** Birthdays of customers span more years than bookings do. */
const FEWEST_YEARS = 30;

function meaningOfNumbers(profile: ColumnProfile): HeaderMeaning {
  const { shares, meanLength } = profile;
  if (isUnique(profile)) {
    return rowNumbers;
  }
  if (shares.phone >= 0.8 && meanLength >= 9) {
    return { kind: "phone" };
  }
  const isDiverse = profile.distinct >= 20 && shares.decimal === 0;
  return isDiverse && shares["postal-code"] >= 0.9 && meanLength > 3.9
    ? { kind: "postal-code" }
    : { kind: "ignored", reason: "nothing says what its numbers are" };
}

function meaningOfWords({
  shares,
  meanWords,
  meanLength,
  ...counts
}: ColumnProfile): HeaderMeaning {
  const kind = firstOf([
    ["company-name", shares["legal-form"] >= 0.15],
    ["street-address", shares.street >= 0.3],
    ["full-name", shares["given-name"] >= 0.4 && meanWords >= 1.7 && meanWords <= 4],
    ["given-name", shares["given-name"] >= 0.4 && meanWords < 1.7],
    ["set", shares.list >= 0.5],
    ["category", counts.distinct <= 50 && counts.distinct * 10 <= counts.filled],
    ["text", meanLength <= LONGEST_TEXT],
  ]);
  return kind === undefined ? { kind: "ignored", reason: "it is free text" } : { kind };
}

const LONGEST_TEXT = 60;

function firstOf(candidates: readonly (readonly [FieldKind, boolean])[]): FieldKind | undefined {
  return candidates.find(([, isIt]) => isIt)?.[0];
}
