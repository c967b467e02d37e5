import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { expect, test } from "vitest";
import { dayOf } from "./calendar.ts";
import { LOCALES } from "./locales.ts";
import { makePerson } from "./person.ts";
import { Random } from "./random.ts";
import { customerNumber } from "./subscription.ts";

const PERSONS = Array.from({ length: 8_000 }, (_, index) => makePerson(42, index));

test("a person is the same whoever was made before", () => {
  expect(makePerson(42, 7_123)).toEqual(PERSONS[7_123]);
  expect(makePerson(43, 7_123)).not.toEqual(PERSONS[7_123]);
});

test("no two persons share an e-mail address, and no address can receive anything", () => {
  expect(new Set(PERSONS.map(({ email }) => email)).size).toBe(PERSONS.length);
  for (const { email } of PERSONS) {
    expect(email).toMatch(/^[a-z]+\.[a-z]+\d+@(?:[a-z]+\.)?(?:example|example\.(?:com|net|org))$/);
  }
});

test("every telephone number is possible in its country, and American ones are of the exchange 555", () => {
  for (const { phone, locale } of PERSONS) {
    const number = parsePhoneNumberFromString(phone);

    expect(number?.isValid() && number.country).toBe(locale.country);
    expect(locale.country !== "US" || phone.slice(5, 8) === "555").toBe(true);
  }
});

test("everybody is of age in 2026 and born after 1930", () => {
  const days = PERSONS.map(({ birthDay }) => birthDay);

  expect(Math.max(...days)).toBeLessThanOrEqual(dayOf(new Date("2008-01-01")));
  expect(Math.min(...days)).toBeGreaterThanOrEqual(dayOf(new Date("1931-01-01")));
});

test("members of a household live together, and most bear one name", () => {
  const households = Map.groupBy(PERSONS, ({ household }) => household);
  const shared = [...households.values()].filter((members) => members.length > 1);
  const sameName = shared.filter(
    (members) => new Set(members.map((each) => each.familyName)).size === 1,
  );

  expect(shared.length).toBeGreaterThan(800);
  for (const members of shared) {
    expect(new Set(members.map(({ address }) => JSON.stringify(address))).size).toBe(1);
  }
  expect(sameName.length / shared.length).toBeGreaterThan(0.55);
});

test("every country has its share of the households", () => {
  for (const locale of LOCALES) {
    const found = PERSONS.filter((person) => person.locale === locale).length / PERSONS.length;

    expect(found).toBeGreaterThan(0.007 * locale.share);
    expect(found).toBeLessThan(0.013 * locale.share);
  }
});

test("names of lists are free of blanks at their ends, of empty entries and of repetitions", () => {
  for (const { female, male, family, streets, cities } of LOCALES) {
    for (const names of [female, male, family, streets, cities.map(([name]) => name)]) {
      expect(new Set(names).size).toBe(names.length);
      expect(
        names.every((name) => name !== "" && name === name.trim() && !/[",\n]/.test(name)),
      ).toBe(true);
    }
  }
});

test("customer numbers look like the published ones and never repeat", () => {
  const random = new Random(6);
  const indices = new Set(Array.from({ length: 20_000 }, () => random.integer(0, 9_999_999)));
  const numbers = new Set([...indices].map((index) => customerNumber(42, index)));

  expect(numbers.size).toBe(indices.size);
  expect([...numbers].every((number) => /^\d{4}-[A-Z]{5}$/.test(number))).toBe(true);
});
