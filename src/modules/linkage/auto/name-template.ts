/** How names of persons and companies are compared. */
import type { Condition } from "../model/condition.ts";
import type { Comparison, Level } from "../model/model.ts";
import {
  all,
  any,
  edits,
  equal,
  jaroWinkler,
  length,
  missing,
  not,
  shares,
  sharesMost,
} from "./conditions.ts";
import { comparison, level, otherwise, personal, silent } from "./level.ts";

/** The prepared columns of a person's name, as far as the records have them. */
export interface PersonColumns {
  readonly given?:
    | {
        readonly text: string;
        readonly initial: string;
        readonly sound: string;
        readonly nick: string;
        readonly own: string;
      }
    | undefined;
  readonly family?:
    | { readonly text: string; readonly sound: string; readonly suffix: string }
    | undefined;
  /** Further names and titles of the full name. */
  readonly rest?: string | undefined;
}

/**
 * One comparison for each part of the name; they depend on each other, so the model weighs them as one
 * factor. A given name that stands where the family name belongs, and the other way round, is an outcome
 * of the given name's comparison, and the family name's then says nothing.
 */
export function comparePerson(person: PersonColumns): readonly Comparison[] {
  const { given, family, rest } = person;
  const swapped = given && family ? isSwapped(given.text, family.text) : undefined;
  const comparisons: Comparison[] = [];
  if (given !== undefined) {
    comparisons.push(personal(compareGiven(given, swapped)));
  }
  if (family !== undefined) {
    comparisons.push(compareFamily(family, swapped));
    comparisons.push(personal(compareSuffix(family.suffix)));
  }
  if (rest !== undefined) {
    comparisons.push(personal(compareRest(rest)));
  }
  return comparisons;
}

/** Crossed at least one way, where the other way is equal too or cannot be told; and not equal straight. */
function isSwapped(given: string, family: string): Condition {
  const oneWay = equal(given, family);
  const otherWay = equal(family, given);
  const straight = [equal(given), equal(family)];
  return all(
    any(
      all(oneWay, any(otherWay, crossedMissing(family, given))),
      all(otherWay, any(oneWay, crossedMissing(given, family))),
    ),
    ...straight.map((same) => isNot(same)),
  );
}

function crossedMissing(left: string, right: string): Condition {
  return { kind: "missing", left: { column: left }, right: { column: right } };
}

/** Differs, or cannot be told. */
function isNot(same: (Condition & { kind: "equal" }) | Condition): Condition {
  return same.kind === "equal"
    ? any(not(same), { kind: "missing", left: same.left, right: same.right })
    : not(same);
}

function compareGiven(
  { text, initial, sound, nick, own }: NonNullable<PersonColumns["given"]>,
  swapped: Condition | undefined,
): Comparison {
  const isInitial: Condition = all(not(length(text, 2)), equal(initial));
  const crossed: readonly Level[] =
    swapped === undefined ? [] : [level("swapped", swapped, { share: 0.03, weight: 8 })];
  return {
    name: text,
    levels: [
      ...crossed,
      silent(missing(text)),
      level("same", equal(text), { share: 0.6, weight: 7, termFrequency: text }),
      // Anna may be short for Annabelle; but both are names of their own, and colleagues and sisters have them.
      level("short form or another name", all(shares(nick), not(shares(own))), {
        share: 0.01,
        weight: 2,
      }),
      level("short form", shares(nick), { share: 0.05, weight: 4.5 }),
      // Names that the table knows and that no full name has in common: Mark is no slip of Mary.
      level("another name", not(shares(nick)), {
        share: 0.04,
        weight: -4,
        tells: "contradiction",
      }),
      level("typing error", any(jaroWinkler(text, 0.9), all(edits(text, 1), length(text, 3))), {
        share: 0.15,
        weight: 5,
      }),
      level("initial", isInitial, { share: 0.02, weight: 3 }),
      level("alike", any(jaroWinkler(text, 0.8), equal(sound)), { share: 0.05, weight: 1.5 }),
      otherwise({ share: 0.1, weight: -3 }),
    ],
  };
}

function compareFamily(
  { text, sound }: NonNullable<PersonColumns["family"]>,
  swapped: Condition | undefined,
): Comparison {
  const unknown = swapped === undefined ? missing(text) : any(missing(text), swapped);
  return {
    name: text,
    levels: [
      silent(unknown),
      level("same", equal(text), { share: 0.7, weight: 8.5, termFrequency: text }),
      level("typing error", any(jaroWinkler(text, 0.92), all(edits(text, 1), length(text, 3))), {
        share: 0.12,
        weight: 6,
      }),
      level("alike", any(jaroWinkler(text, 0.85), equal(sound)), { share: 0.05, weight: 3 }),
      otherwise({ share: 0.1, weight: -3 }),
    ],
  };
}

/** Father and son share name and address; the generation is what tells them apart. */
function compareSuffix(suffix: string): Comparison {
  return comparison(suffix, suffix, [
    level("same", equal(suffix), { share: 0.9995, weight: 1 }),
    otherwise({ share: 0.0005, weight: -11, tells: "contradiction" }),
  ]);
}

function compareRest(rest: string): Comparison {
  return comparison(rest, rest, [
    level("all the same", all(sharesMost(rest, 1), equal(rest)), { share: 0.4, weight: 7 }),
    level("two in common", shares(rest, 2), { share: 0.2, weight: 7 }),
    level("one in common", shares(rest, 1), { share: 0.2, weight: 4 }),
    otherwise({ share: 0.2, weight: -2 }),
  ]);
}

/**
 * Of colleagues, as of other people who are related by something, half are known by one company: relatives
 * and neighbours are the others.
 */
const COLLEAGUES = 0.5;

/**
 * Companies: what is left when the legal form is gone. Where two records name persons, one company is what
 * colleagues have in common, as relatives have a household; of records that name none it is who they are.
 * @param given the column of the persons' given names, where the records have one
 */
export function compareCompany(
  { text, tokens }: { readonly text: string; readonly tokens: string },
  given: string | undefined,
): Comparison {
  const ofColleagues =
    given === undefined
      ? []
      : [
          level("same company of two persons", all(equal(text), not(missing(given))), {
            share: 0.3,
            weight: 9,
            termFrequency: text,
            related: COLLEAGUES,
          }),
        ];
  const names = comparison(text, text, [
    ...ofColleagues,
    level("same", equal(text), { share: 0.6, weight: 11, termFrequency: text }),
    level("typing error", any(jaroWinkler(text, 0.95), all(edits(text, 2), length(text, 6))), {
      share: 0.12,
      weight: 8,
    }),
    level("most words in common", all(shares(tokens, 2), sharesMost(tokens, 0.6)), {
      share: 0.1,
      weight: 6,
    }),
    level("alike", jaroWinkler(text, 0.85), { share: 0.06, weight: 3 }),
    level("a word in common", shares(tokens, 1), { share: 0.04, weight: 1 }),
    otherwise({ share: 0.08, weight: -5 }),
  ]);
  return personal(names);
}
