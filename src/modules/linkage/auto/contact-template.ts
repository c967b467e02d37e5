/** How contacts and places are compared. */
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
  within,
} from "./conditions.ts";
import { comparison, level, otherwise, silent } from "./level.ts";

/**
 * Where both addresses are made from the names of their owners, only the form counts: the names are
 * compared already. The mailbox of an office is that of many.
 * @param form undefined where no name is known that addresses could be made from
 */
export function compareEmail(email: string, user: string, form: string | undefined): Comparison {
  return comparison(email, email, [
    level("same office", all(equal(email), missing(user)), { share: 0.02, weight: 1 }),
    ...(form === undefined ? [] : madeFromName(form)),
    level("same", equal(email), { share: 0.7, weight: 12, termFrequency: email }),
    level("typing error", edits(email, 2), { share: 0.1, weight: 9 }),
    level("same before the @", equal(user), { share: 0.05, weight: 7, termFrequency: user }),
    level("alike", jaroWinkler(email, 0.9), { share: 0.05, weight: 4 }),
    level("alike before the @", jaroWinkler(user, 0.88), { share: 0.03, weight: 2 }),
    otherwise({ share: 0.1, weight: -3 }),
  ]);
}

function madeFromName(form: string): readonly Level[] {
  return [
    level("made from the name alike", equal(form), { share: 0.4, weight: 5, termFrequency: form }),
    level("made from the name otherwise", not(missing(form)), { share: 0.1, weight: -2 }),
  ];
}

/** The last digits: countries and trunk codes come and go between sources. */
export function comparePhone(phone: string, tail: string): Comparison {
  return comparison(phone, phone, [
    level("same", equal(tail), { share: 0.75, weight: 14, termFrequency: tail }),
    level("one digit", edits(phone, 1), { share: 0.05, weight: 11 }),
    level("two digits", edits(phone, 2), { share: 0.03, weight: 6 }),
    otherwise({ share: 0.15, weight: -3 }),
  ]);
}

export function comparePostalCode(code: string, area: string): Comparison {
  return comparison(code, code, [
    level("same", equal(code), { share: 0.7, weight: 10, termFrequency: code }),
    level("typing error", edits(code, 1), { share: 0.1, weight: 6 }),
    level("same area", equal(area), { share: 0.05, weight: 4 }),
    level("two characters", edits(code, 2), { share: 0.03, weight: 1 }),
    otherwise({ share: 0.1, weight: -3 }),
  ]);
}

export function comparePlace(place: string): Comparison {
  return comparison(place, place, [
    level("same", equal(place), { share: 0.7, weight: 6, termFrequency: place }),
    level("typing error", any(jaroWinkler(place, 0.9), all(edits(place, 2), length(place, 5))), {
      share: 0.1,
      weight: 5,
    }),
    level("one within the other", within(place, 3), { share: 0.03, weight: 4 }),
    level("alike", jaroWinkler(place, 0.8), { share: 0.03, weight: 1 }),
    otherwise({ share: 0.15, weight: -2 }),
  ]);
}

/** Words in any order: `12 High Street, Flat 2` and `Flat 2, High St 12`. */
export function compareAddress(address: {
  readonly text: string;
  readonly sorted: string;
  readonly tokens: string;
}): Comparison {
  const { text, sorted, tokens } = address;
  return comparison(text, text, [
    level("same", equal(sorted), { share: 0.5, weight: 12, termFrequency: sorted }),
    level("typing error", any(jaroWinkler(text, 0.95), edits(text, 2)), { share: 0.15, weight: 9 }),
    level("most words in common", all(shares(tokens, 2), sharesMost(tokens, 0.6)), {
      share: 0.1,
      weight: 6,
    }),
    level("alike", jaroWinkler(text, 0.82), { share: 0.1, weight: 4 }),
    level("two words in common", shares(tokens, 2), { share: 0.05, weight: 2 }),
    otherwise({ share: 0.1, weight: -3 }),
  ]);
}

export function compareHouseNumber(number: string): Comparison {
  return comparison(number, number, [
    level("same", equal(number), { share: 0.85, weight: 6, termFrequency: number }),
    level("one character", edits(number, 1), { share: 0.07, weight: 1 }),
    otherwise({ share: 0.1, weight: -3 }),
  ]);
}

export function compareCoordinates(
  name: string,
  { latitude, longitude }: { readonly latitude: string; readonly longitude: string },
): Comparison {
  const near = (atMost: number) => ({ kind: "kilometres", latitude, longitude, atMost }) as const;
  return {
    name,
    levels: [
      silent({ kind: "missing", left: { column: latitude }, right: { column: latitude } }),
      level("within 100 m", near(0.1), { share: 0.6, weight: 10 }),
      level("within 1 km", near(1), { share: 0.15, weight: 6 }),
      level("within 10 km", near(10), { share: 0.1, weight: 3 }),
      level("within 100 km", near(100), { share: 0.05, weight: 1 }),
      otherwise({ share: 0.1, weight: -3 }),
    ],
  };
}
