import fc from "fast-check";
import { getCountries, getCountryCallingCode, parsePhoneNumberFromString } from "libphonenumber-js";
import examples from "libphonenumber-js/examples.mobile.json" with { type: "json" };
import { describe, expect, test } from "vitest";
import { phoneReader } from "./phone.ts";

describe("phone numbers", () => {
  test.each([
    "+49 30 901820",
    "0049 30 901820",
    "030 / 90 18 20",
    "(030) 901820",
    "+49 (0)30 901820",
    "030901820 ext. 12",
    "030 901820; 0171 2345678",
  ])("%s is one number in Germany", (value) => {
    expect(phoneReader("DE")(value)).toEqual({ text: "4930901820", tail: "0901820" });
  });

  test("the tail is the same with and without country", () => {
    const numbers = ["702-919-1300", "+1 702 919 1300", "919-1300"].map((value) =>
      phoneReader(undefined)(value),
    );

    expect(numbers.map((number) => typeof number === "object" && number.tail)).toEqual([
      "9191300",
      "9191300",
      "9191300",
    ]);
  });

  test.each([
    ["0000000", "placeholder-number"],
    ["1234567", "placeholder-number"],
    ["555 9999999", "placeholder-number"],
    ["none", "placeholder-word"],
    ["call me", "unreadable"],
    ["110", "unreadable"],
  ])("%s is %s", (value, reason) => {
    expect(phoneReader("DE")(value)).toBe(reason);
  });

  test("numbers with a valid form are read as the numbering plans read them, in every country", () => {
    const numbers = getCountries().flatMap((country) => {
      const national = examples[country];
      const code = getCountryCallingCode(country);
      return [national, `0${national}`, `${code}${national}`, `+${code}0${national}`].map(
        (text) => ({
          country,
          text,
        }),
      );
    });
    fc.assert(
      fc.property(fc.constantFrom(...numbers), fc.integer({ min: 0, max: 9999 }), (number, end) => {
        const text = `${number.text.slice(0, -4)}${String(end).padStart(4, "0")}`;
        const expected = parsePhoneNumberFromString(text, number.country);
        fc.pre(expected?.isValid() === true && text.length > 4);
        const read = phoneReader(number.country)(text);
        fc.pre(read !== "placeholder-number");

        expect(read).toMatchObject({ text: expected?.number.slice(1) });
      }),
      { numRuns: 1_000 },
    );
  });
});
