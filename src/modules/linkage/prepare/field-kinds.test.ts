import { describe, expect, test } from "vitest";
import { hasValidCheckDigits } from "./check-digits.ts";
import { readCompanyName } from "./company-name.ts";
import { readCoordinates } from "./coordinates.ts";
import { countryOf } from "./country.ts";
import { readEmail } from "./email.ts";
import { readIdentifier } from "./identifier.ts";
import { readPostalCode } from "./postal-code.ts";
import { readHouseNumber, readStreetAddress } from "./street-address.ts";

describe("companies", () => {
  test.each([
    ["Müller & Söhne GmbH & Co. KG", "muller and sohne"],
    ["Mueller und Partner mbH", "mueller and partner"],
    ["Acme Pte. Ltd.", "acme"],
    ["ACME, S.A.", "acme"],
    ["Kowalski Sp. z o.o.", "kowalski"],
    ["The Coca-Cola Company", "coca cola"],
    ["Limited", "limited"],
  ])("%s is %s", (value, expected) => {
    expect(readCompanyName(value)?.text).toBe(expected);
  });
});

describe("e-mail", () => {
  test("dots and tags are no part of the user, case and name none of the address", () => {
    expect(readEmail("Bob Smith <Bob.Smith+news@Mail.COM>")).toEqual({
      text: "bob.smith+news@mail.com",
      user: "bobsmith",
      domain: "mail.com",
    });
  });

  test("the mailbox of an office has no user", () => {
    expect(readEmail("info@acme.de")).toMatchObject({ text: "info@acme.de", user: null });
  });

  test("an address of a domain reserved for examples tells people apart all the same", () => {
    expect(readEmail("bob@example.com")).toMatchObject({ user: "bob", domain: "example.com" });
    expect(readEmail("test@example.com")).toBe("placeholder-email");
  });

  test.each(["test@acme.de", "noreply@acme.de", "bob@none.com", "no-reply@x.org", "xxx@gmx.de"])(
    "%s is nobody's address",
    (value) => {
      expect(readEmail(value)).toBe("placeholder-email");
    },
  );

  test("an address that lost its @ is kept", () => {
    expect(readEmail("roberta25smith.net")).toMatchObject({
      text: "roberta25smith.net",
      user: null,
    });
  });
});

describe("postal codes", () => {
  test.each([
    { value: "TQ13 8DF", text: "tq138df", area: "tq13" },
    { value: "sw1a1aa", text: "sw1a1aa", area: "sw1a" },
    { value: "D-10115", text: "10115", area: "101" },
    { value: "89132-1234", text: "89132", area: "891" },
    { value: "2119", text: "2119", area: "21" },
    { value: "2119", country: "US", text: "02119", area: "021" },
    { value: "1234 AB", text: "1234ab", area: "1234" },
    { value: "10115.0", text: "10115", area: "101" },
  ])("$value is $text in $area", ({ value, country, text, area }) => {
    expect(readPostalCode(value, country)).toEqual({ text, area });
  });

  test("noughts are no code, but 11111 is one", () => {
    expect(readPostalCode("00000", undefined)).toBe("placeholder-number");
    expect(readPostalCode("22222", undefined)).toMatchObject({ text: "22222" });
  });
});

describe("addresses", () => {
  test.each([
    ["123 Main Street", "123 Main St."],
    ["Hauptstraße 12", "Hauptstr. 12"],
    ["12 High Road", "High Rd 12"],
    ["Avenida de la Paz 5", "Av. de la Paz, 5"],
    ["P.O. Box 17", "PO Box 17"],
    ["Torstr. 8, Apartment 71", "8 Torstraße Appt. 71"],
  ])("%s and %s have the same words", (one, other) => {
    expect(readStreetAddress(one)?.sorted).toBe(readStreetAddress(other)?.sorted);
  });

  test("the house number is the first number that is no ordinal and no postal code", () => {
    expect(readStreetAddress("10115 Berlin, Torstr. 12b")?.number).toBe("12b");
    expect(readStreetAddress("5th Avenue 725")?.number).toBe("725");
    expect(readStreetAddress("Wallaby Place")?.number).toBeNull();
  });

  test("a house number is the same with and without blanks and leading noughts", () => {
    expect(readHouseNumber("012 B")).toBe("12b");
    expect(readHouseNumber("0")).toBeUndefined();
  });
});

describe("identifiers", () => {
  test("only letters and digits count", () => {
    expect(readIdentifier("AB-12 34.X")).toEqual({ text: "ab1234x", isValid: undefined });
  });

  test.each(["0000000", "9999", "123456789", "987654"])("%s is nobody's", (value) => {
    expect(readIdentifier(value)).toBe("placeholder-number");
  });

  test.each([
    ["gb82west12345698765432", true],
    ["gb82west12345698765423", false],
    ["5493001kjtiigc8y1r12", true],
    ["5493001kjtiigc8y1r21", false],
    ["4111111111111111", true],
    ["4111111111111112", false],
    ["1804974", undefined],
  ])("check digits of %s: %s", (code, expected) => {
    expect(hasValidCheckDigits(code)).toBe(expected);
  });
});

describe("places on the map", () => {
  test.each(["52.52;13.405", "52.52, 13.405", "52,52;13,405", "52,52 13,405"])("%s", (value) => {
    expect(readCoordinates(value)).toEqual({ latitude: 52.52, longitude: 13.405 });
  });

  test.each([
    ["0;0", "placeholder-number"],
    ["91;0", "unreadable"],
    ["52.5", "unreadable"],
  ])("%s is %s", (value, reason) => {
    expect(readCoordinates(value)).toBe(reason);
  });
});

test.each([
  ["germany", "de"],
  ["deutschland", "de"],
  ["allemagne", "de"],
  ["deu", "de"],
  ["uk", "gb"],
  ["atlantis", undefined],
])("the country of %s is %s", (words, expected) => {
  expect(countryOf(words)).toBe(expected);
});
