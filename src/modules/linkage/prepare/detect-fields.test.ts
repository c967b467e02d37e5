import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import { referenceData } from "../../../../tests/support/reference-data.ts";
import { detectFields, type DetectedFields, type FieldHints } from "./detect-fields.ts";

type Columns = Readonly<Record<string, readonly (string | null)[]>>;

function detect(columns: Columns, hints?: FieldHints): DetectedFields {
  return detectFields(new Map(Object.entries(columns)), hints);
}

function kindsOf({ fields }: DetectedFields): Readonly<Record<string, string>> {
  return Object.fromEntries(fields.map(({ columns, kind }) => [columns.join("+"), kind]));
}

/** Forty records: values that look like what they are. */
const given = repeated(["Anna", "Peter", "Maria", "Thomas", "Julia"]);
const family = numbered(
  (n) => `${["Huber", "Kowalski", "Garcia", "Moreau"][n % 4]}${"abcdefghij"[n % 10]}`,
);
const birthday = numbered((n) => `${1940 + n}-03-${10 + (n % 19)}`);
const email = numbered((n) => `person${n % 35}@mail.net`);
const phone = numbered((n) => `+49 30 ${901_820 + (n % 35)}`);
const street = numbered((n) => `Lange Straße ${n % 30}`);
const code = numbered((n) => String(10_115 + (n % 30)));
const city = repeated(["Wien", "Graz", "Linz"]);
const row = numbered((n) => String(n + 1));
const company = numbered((n) => `Adler ${"abcdefghij"[n % 10]} GmbH`);
const amount = numbered((n) => `${(n * 7919) % 500}.50`);
const bookings = numbered((n) => `2024-0${1 + (n % 9)}-11`);

function numbered(make: (n: number) => string): readonly string[] {
  return Array.from({ length: 40 }, (_, n) => make(n));
}

function repeated(values: readonly string[]): readonly string[] {
  return numbered((n) => values[n % values.length] ?? "");
}

describe("columns by name and values", () => {
  test.each([
    {
      language: "English",
      columns: {
        Id: row,
        "First Name": given,
        "Last Name": family,
        "Date of Birth": birthday,
        "E-Mail": email,
        "Mobile Phone": phone,
        "Address Line 1": street,
        "Zip Code": code,
        Town: city,
        "Created At": bookings,
      },
    },
    {
      language: "German",
      columns: {
        "Lfd. Nr.": row,
        Vorname: given,
        Nachname: family,
        Geburtsdatum: birthday,
        "E-Mail-Adresse": email,
        Telefonnummer: phone,
        Straße: street,
        PLZ: code,
        Wohnort: city,
        "Erstellt am": bookings,
      },
    },
    {
      language: "French",
      columns: {
        ID: row,
        Prénom: given,
        Nom: family,
        "Date de naissance": birthday,
        Courriel: email,
        "Téléphone portable": phone,
        Rue: street,
        "Code postal": code,
        Ville: city,
        Date: bookings,
      },
    },
    {
      language: "Spanish",
      columns: {
        id: row,
        Nombre: given,
        Apellidos: family,
        "Fecha de nacimiento": birthday,
        "Correo electrónico": email,
        Teléfono: phone,
        Dirección: street,
        "Código postal": code,
        Ciudad: city,
        Fecha: bookings,
      },
    },
  ])("headers in $language", ({ columns }) => {
    const detected = detect(columns);

    expect(detected.fields.map(({ kind }) => kind)).toEqual([
      "given-name",
      "family-name",
      "date",
      "email",
      "phone",
      "street-address",
      "postal-code",
      "place",
    ]);
    expect(detected.ignored).toHaveLength(2);
  });

  test("without telling names, the values say what a column is", () => {
    const columns = {
      a: row,
      b: given,
      c: family,
      d: birthday,
      e: email,
      f: phone,
      g: street,
      h: code,
    };

    const detected = detect({ ...columns, i: company, j: amount, k: bookings });

    expect(kindsOf(detected)).toEqual({
      b: "given-name",
      c: "family-name",
      d: "date",
      e: "email",
      f: "phone",
      g: "street-address",
      h: "postal-code",
      i: "company-name",
    });
    expect(detected.ignored).toEqual([
      { column: "a", reason: "every record has its own: it numbers the records" },
      { column: "j", reason: "nothing says what its numbers are" },
      { column: "k", reason: "its dates lie close together, as those of bookings do" },
    ]);
  });

  test("values win where they contradict the name", () => {
    const detected = detect({ phone: email, address: company, name: company, dob: city, city });

    expect(kindsOf(detected)).toMatchObject({ phone: "email", name: "company-name" });
    expect(kindsOf(detected)["dob"]).not.toBe("date");
  });

  test("`name` is a full name alone and a family name beside a given name", () => {
    const full = given.map((name, n) => `${name} ${family[n]}`);

    expect(kindsOf(detect({ name: full, city }))).toMatchObject({ name: "full-name" });
    expect(kindsOf(detect({ vorname: given, name: family }))).toMatchObject({
      name: "family-name",
    });
  });

  test("a full name beside its parts stays a field of its own", () => {
    const full = given.map((name, n) => `${name} ${family[n]}`);

    expect(kindsOf(detect({ full_name: full, first_name: given, surname: family }))).toEqual({
      full_name: "full-name",
      first_name: "given-name",
      surname: "family-name",
    });
  });

  test("several phones are one field, and latitude and longitude one place", () => {
    const north = numbered((n) => `${48 + n / 100}`);

    expect(kindsOf(detect({ phone1: phone, phone2: phone, lat: north, lon: north }))).toEqual({
      "phone1+phone2": "phone",
      "lat+lon": "coordinates",
    });
  });

  test("a customer number is a field only where records share it", () => {
    const shared = numbered((n) => `C-${1000 + (n % 30)}`);
    const own = numbered((n) => `C-${1000 + n}`);

    expect(kindsOf(detect({ customer_no: shared }))).toEqual({ customer_no: "identifier" });
    expect(detect({ customer_no: own, city }).ignored).toEqual([
      { column: "customer_no", reason: "every record has its own: it numbers the records" },
    ]);
  });

  test("an account's number is a group where many share it, and a number where hardly two do", () => {
    const shared = numbered((n) => `A-${100 + (n % 12)}`);
    const rarely = numbered((n) => `A-${100 + (n % 35)}`);
    const own = numbered((n) => `A-${100 + n}`);
    const kindOf = (account_id: readonly string[]): string | undefined =>
      kindsOf(detect({ account_id, family_name: family }))["account_id"];

    expect(kindOf(shared)).toBe("category");
    expect(kindOf(rarely)).toBe("identifier");
    expect(kindOf(own)).toBeUndefined();
  });

  test("constant and empty columns are ignored, with the reason", () => {
    const detected = detect({
      city,
      country: repeated(["AT"]),
      phone: numbered(() => " "),
      email: numbered(() => "n/a"),
      note: repeated(["x".repeat(1_000_000)]),
    });

    expect(detected.ignored).toEqual([
      { column: "country", reason: "all its values are the same" },
      { column: "phone", reason: "it is empty" },
      { column: "email", reason: "it holds nothing but placeholders, such as n/a or xxx" },
      { column: "note", reason: "it holds nothing but placeholders, such as n/a or xxx" },
    ]);
  });

  test("identical records are compared by what they have", () => {
    const detected = detect({ vorname: repeated(["Anna"]), email: repeated(["a@b.de"]) });

    expect(kindsOf(detected)).toEqual({ vorname: "given-name", email: "email" });
  });

  test("a single record has fields", () => {
    expect(kindsOf(detect({ first_name: ["Anna"], dob: ["1987-03-21"] }))).toEqual({
      first_name: "given-name",
      dob: "date",
    });
  });

  test("a file without columns or without records has no fields", () => {
    expect(detect({})).toEqual({ fields: [], ignored: [] });
    expect(detect({ first_name: [] }).fields).toEqual([]);
  });

  test("hints come before everything, and the country goes to the fields that need it", () => {
    const detected = detect(
      { a: phone, city, first_name: given },
      {
        kinds: new Map([
          ["city", "category"],
          ["first_name", "ignored"],
        ]),
        country: "AT",
      },
    );

    expect(detected.fields).toEqual([
      { name: "a", kind: "phone", columns: ["a"], country: "AT" },
      { name: "city", kind: "category", columns: ["city"] },
    ]);
    expect(detected.ignored).toEqual([
      { column: "first_name", reason: "it was said to be no field" },
    ]);
  });

  test("names of fields are those of the columns, in letters that a model file takes, and never twice", () => {
    const detected = detect({ "1. Vorname": given, "E-Mail": email, Ort: city, "Ort ": city });

    expect(detected.fields.map(({ name }) => name)).toEqual([
      "f_1_vorname",
      "e_mail",
      "ort",
      "ort_2",
    ]);
  });
});

describe("files with known fields", () => {
  test.for([
    {
      file: "febrl/dataset3.csv",
      kinds: {
        given_name: "given-name",
        surname: "family-name",
        street_number: "house-number",
        "address_1+address_2": "street-address",
        suburb: "place",
        postcode: "postal-code",
        state: "category",
        date_of_birth: "date",
        soc_sec_id: "identifier",
      },
    },
    {
      file: "fake_1000/fake_1000.csv",
      kinds: {
        first_name: "given-name",
        surname: "family-name",
        dob: "date",
        city: "place",
        email: "email",
      },
    },
    {
      file: "historical_50k/historical_50k.csv",
      kinds: {
        "full_name+first_and_surname": "full-name",
        first_name: "given-name",
        surname: "family-name",
        dob: "date",
        birth_place: "place",
        postcode_fake: "postal-code",
        gender: "category",
        occupation: "category",
      },
    },
    {
      file: "senzing_truthset/customers.csv",
      kinds: {
        "PRIMARY_NAME_FULL+NATIVE_NAME_FULL": "full-name",
        "PRIMARY_NAME_ORG+SECONDARY_NAME_ORG": "company-name",
        PRIMARY_NAME_LAST: "family-name",
        PRIMARY_NAME_FIRST: "given-name",
        PRIMARY_NAME_MIDDLE: "given-name",
        GENDER: "category",
        DATE_OF_BIRTH: "date",
        PASSPORT_NUMBER: "identifier",
        DRIVERS_LICENSE_NUMBER: "identifier",
        SSN_NUMBER: "identifier",
        NATIONAL_ID_NUMBER: "identifier",
        EMAIL_ADDRESS: "email",
        "ADDR_FULL+ADDR_LINE1": "street-address",
        ADDR_CITY: "place",
        ADDR_STATE: "category",
        ADDR_POSTAL_CODE: "postal-code",
        ADDR_COUNTRY: "country",
        PHONE_NUMBER: "phone",
      },
    },
  ])("$file", ({ file, kinds }, context) => {
    const path =
      referenceData(`linkage/${file}`) ??
      context.skip("reference data is not here; put it into ../shared/data");
    const [header = [], ...records]: string[][] = parse(readFileSync(path), {
      trim: true,
      to: 5_000,
    });

    const columns = header.map((column, index): [string, (string | null)[]] => [
      column,
      records.map((record) => record[index] || null),
    ]);

    expect(kindsOf(detectFields(new Map(columns)))).toEqual(kinds);
  });
});
