/**
 * A model without configuration: from what the fields are, to what is compared and how. Untrained; its
 * blocking rules are chosen afterwards, since they depend on how often values come together.
 */
import { unreachable } from "../../../kernel/index.ts";
import type { Comparison, Factor, Model, ModelField } from "../model/model.ts";
import {
  compareAddress,
  compareCoordinates,
  compareEmail,
  compareHouseNumber,
  comparePhone,
  comparePlace,
  comparePostalCode,
} from "./contact-template.ts";
import { compareCompany, comparePerson, type PersonColumns } from "./name-template.ts";
import { isNamePart, personOf } from "./person.ts";
import {
  compareCategory,
  compareDate,
  compareIdentifier,
  compareSealed,
  compareSet,
  compareText,
} from "./value-template.ts";

/** Blocks of more records are set aside: a pair found only there has little in common. */
const LARGEST_BLOCK = 2_000;

/** Combinations of more comparisons than this are too many to learn. */
const LARGEST_FACTOR = 3;

/** The comparisons and factors that suit the fields, with where training begins. */
export function autoModel(fields: readonly ModelField[]): Model {
  const person = personOf(fields);
  const ofPerson = person === undefined ? [] : comparePerson(person);
  const others = fields
    .filter((field) => !isNamePart(field))
    .map((field) => ({ field, comparison: compareField(field, person) }));
  const whereabouts = others
    .filter(({ field }) => field.kind === "postal-code" || field.kind === "place")
    .map(({ comparison }) => comparison);
  return {
    fields,
    prior: undefined,
    comparisons: [...ofPerson, ...others.map(({ comparison }) => comparison)],
    factors: [
      ...factor("name", ofPerson),
      ...factor("whereabouts", whereabouts.slice(0, LARGEST_FACTOR)),
    ],
    blocking: [],
    largestBlock: LARGEST_BLOCK,
    thresholds: undefined,
  };
}

function factor(name: string, members: readonly Comparison[]): readonly Factor[] {
  return members.length < 2
    ? []
    : [{ name, comparisons: members.map((member) => member.name), cells: [] }];
}

function compareField({ name, kind }: ModelField, person: PersonColumns | undefined): Comparison {
  switch (kind) {
    case "email":
      return compareEmail(name, `${name}__user`, person ? `${name}__form` : undefined);
    case "phone":
      return comparePhone(name, `${name}__tail`);
    case "postal-code":
      return comparePostalCode(name, `${name}__area`);
    case "place":
      return comparePlace(name);
    case "street-address":
      return compareAddress({
        text: name,
        sorted: `${name}__sorted`,
        tokens: `${name}__tokens`,
      });
    case "house-number":
      return compareHouseNumber(name);
    case "coordinates":
      return compareCoordinates(name, {
        latitude: `${name}__latitude`,
        longitude: `${name}__longitude`,
      });
    case "date":
      return compareDate({
        text: `${name}__text`,
        year: `${name}__year`,
        month: `${name}__month`,
        day: `${name}__day`,
      });
    case "identifier":
      return compareIdentifier(name);
    case "sealed":
      return compareSealed(name);
    case "company-name":
      return compareCompany({ text: name, tokens: `${name}__tokens` }, person?.given?.text);
    case "set":
      return compareSet(name);
    case "category":
    case "country":
      return compareCategory(name);
    case "given-name":
    case "family-name":
    case "full-name":
    case "text":
      return compareText(name);
    default:
      return unreachable(kind);
  }
}
