import fc from "fast-check";
import { expect, test } from "vitest";
import { dottedDay } from "./calendar.ts";
import { type Contact, type MistakeRates, Mistakes, mistype } from "./mistakes.ts";
import { makePerson, type Person } from "./person.ts";
import { Random } from "./random.ts";

const NONE: MistakeRates = {
  typos: 0,
  nicknames: 0,
  moves: 0,
  secondEmails: 0,
  swappedDates: 0,
  missingFields: 0,
  caseChanges: 0,
};

const COUNT = 6_000;

function contactOf(person: Person): Contact {
  const { givenName, familyName, email, phone, birthDay, address } = person;
  return { givenName, familyName, email, phone, birthDate: dottedDay(birthDay), ...address };
}

/** Everybody written down again at the given rates, beside how they were written down at first. */
function writtenAgain(rates: Partial<MistakeRates>) {
  const mistakes = new Mistakes({ ...NONE, ...rates });
  const pairs = Array.from({ length: COUNT }, (_, index) => {
    const person = makePerson(1, index);
    const first = contactOf(person);
    return { first, again: mistakes.again(first, person.locale, new Random(2, index)), person };
  });
  return { pairs, counts: mistakes.counts };
}

/** Damerau's distance with adjacent swaps (optimal string alignment). */
function distance(from: string, to: string): number {
  const [a, b] = [[...from], [...to]];
  const rows: number[][] = [b.map((_, at) => at).concat(b.length)];
  for (let i = 1; i <= a.length; i += 1) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const at = (row: number, column: number) => rows[row]?.[column] ?? 0;
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = i > 1 && j > 1 && swapped ? at(i - 2, j - 2) + 1 : Infinity;
      const best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + cost, swap);
      rows[i]?.push(best);
    }
  }
  return rows[a.length]?.[b.length] ?? 0;
}

test("a typing error is exactly one slip, and never of the first letter", () => {
  const word = fc.stringMatching(/^[A-ZŁÖ][a-zéłüğı' ]{0,11}$/);
  fc.assert(
    fc.property(word, fc.nat(), (text, seed) => {
      const typed = mistype(text, new Random(seed));

      expect(distance(text, typed)).toBe(1);
      expect(typed[0]).toBe(text[0]);
    }),
    { numRuns: 2_000 },
  );
});

test("without rates nothing is changed", () => {
  const { pairs, counts } = writtenAgain({});

  expect(pairs.map(({ again }) => again)).toEqual(pairs.map(({ first }) => first));
  expect(Object.values(counts)).toEqual([0, 0, 0, 0, 0, 0, 0]);
});

test("typing errors strike one name at the given rate", () => {
  const { pairs, counts } = writtenAgain({ typos: 0.3 });
  const struck = pairs.filter(
    ({ first, again }) =>
      first.givenName !== again.givenName || first.familyName !== again.familyName,
  );

  expect(struck.length).toBe(counts.typos);
  expect(struck.length / COUNT).toBeCloseTo(0.3, 1);
});

test("nicknames come from the list of the person's own country", () => {
  const { pairs, counts } = writtenAgain({ nicknames: 0.5 });
  const called = pairs.filter(({ first, again }) => first.givenName !== again.givenName);

  expect(called.length).toBe(counts.nicknames);
  expect(called.length).toBeGreaterThan(0.1 * COUNT);
  for (const { first, again, person } of called) {
    expect(person.locale.nicknames[first.givenName]).toContain(again.givenName);
  }
});

test("who moves stays in the country and keeps everything but the address", () => {
  const { pairs, counts } = writtenAgain({ moves: 0.4 });
  const moved = pairs.filter(
    ({ first, again }) => first.street !== again.street || first.city !== again.city,
  );

  expect(counts.moves / COUNT).toBeCloseTo(0.4, 1);
  expect(moved.length).toBeGreaterThan(0.98 * counts.moves);
  for (const { first, again, person } of moved) {
    expect(person.locale.cities.map(([city]) => city)).toContain(again.city);
    expect({ ...again, street: "", city: "", postalCode: "" }).toEqual({
      ...first,
      street: "",
      city: "",
      postalCode: "",
    });
  }
});

test("a second e-mail address is the person's own, of a domain that is reserved, and nobody else's", () => {
  const { pairs, counts } = writtenAgain({ secondEmails: 0.35 });
  const second = pairs.filter(({ first, again }) => first.email !== again.email);

  expect(second.length).toBe(counts.secondEmails);
  expect(second.length / COUNT).toBeCloseTo(0.35, 1);
  for (const { first, again } of second) {
    expect(again.email).toMatch(/^[a-z]+\d+@(?:[a-z]+\.)*example(?:\.(?:com|net|org))?$/);
    expect(/\d+@/.exec(again.email)?.[0]).toBe(/\d+@/.exec(first.email)?.[0]);
    expect({ ...again, email: first.email }).toEqual(first);
  }
});

test("swapped dates are real dates, with day and month changed about", () => {
  const { pairs, counts } = writtenAgain({ swappedDates: 0.9 });
  const swapped = pairs.filter(({ first, again }) => first.birthDate !== again.birthDate);

  expect(swapped.length).toBe(counts.swappedDates);
  expect(swapped.length).toBeGreaterThan(0.2 * COUNT);
  for (const { first, again } of swapped) {
    const [day, month, year] = first.birthDate.split(".");
    expect(again.birthDate).toBe(`${month}.${day}.${year}`);
    expect(Number(day)).toBeLessThanOrEqual(12);
  }
});

test("a missing field is one of those that a CRM does not insist on", () => {
  const { pairs, counts } = writtenAgain({ missingFields: 0.2 });
  const gaps = pairs.filter(({ again }) => Object.values(again).includes(""));

  expect(gaps.length).toBe(counts.missingFields);
  expect(gaps.length / COUNT).toBeCloseTo(0.2, 1);
  expect(gaps.every(({ again }) => again.givenName !== "" && again.familyName !== "")).toBe(true);
});

test("capitals and small letters leave the e-mail address and the telephone alone", () => {
  const { pairs, counts } = writtenAgain({ caseChanges: 0.2 });
  const changed = pairs.filter(({ first, again }) => first.familyName !== again.familyName);

  expect(counts.caseChanges / COUNT).toBeCloseTo(0.2, 1);
  expect(changed.length).toBeGreaterThan(0.98 * counts.caseChanges);
  expect(
    pairs.every(({ first, again }) => first.email === again.email && first.phone === again.phone),
  ).toBe(true);
});
