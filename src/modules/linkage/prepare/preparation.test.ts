import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidInputError } from "../../../kernel/index.ts";
import type { FieldKind, ModelField } from "../model/model.ts";
import { openPreparation, preparedColumns } from "./preparation.ts";

const kinds: readonly FieldKind[] = [
  "given-name",
  "family-name",
  "full-name",
  "company-name",
  "date",
  "phone",
  "email",
  "street-address",
  "house-number",
  "postal-code",
  "place",
  "country",
  "identifier",
  "coordinates",
  "set",
  "category",
  "text",
];

/** One field of each kind, and of each with several columns. */
const everyField: readonly ModelField[] = kinds.flatMap((kind) => {
  const name = kind.replaceAll("-", "_");
  return [
    { name, kind, columns: ["a"], country: "DE" },
    { name: `${name}_2`, kind, columns: ["a", "b"] },
  ];
});

const rawValue = fc.option(
  fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom(
      "Anna Müller",
      "21.03.1987",
      "030 901820",
      "a.b@c.de",
      "12.5;3",
      "unknown",
      " ",
    ),
  ),
  { nil: null },
);

const rows = fc.array(fc.record({ a: rawValue, b: rawValue }), { minLength: 1, maxLength: 8 });

describe("preparation", () => {
  test("a batch gives what each of its records gives alone", () => {
    fc.assert(
      fc.property(rows, (records) => {
        const batch = openPreparation(everyField);
        const single = openPreparation(everyField);

        const prepared = batch.prepare(
          new Map([
            ["a", records.map(({ a }) => a)],
            ["b", records.map(({ b }) => b)],
          ]),
        );

        for (const [row, record] of records.entries()) {
          const expected = [...prepared].map(([column, values]) => [column, values[row]]);
          expect(single.prepareRecord(record)).toEqual(Object.fromEntries(expected));
        }
        expect(single.setAside()).toEqual(batch.setAside());
      }),
      { numRuns: 30 },
    );
  });

  test("values have the type of their column, and no text or list is empty", () => {
    fc.assert(
      fc.property(rows, (records) => {
        const preparation = openPreparation(everyField);

        for (const record of records) {
          const prepared = preparation.prepareRecord(record);
          for (const { name, type } of preparation.columns) {
            expect([name, kindOfValue(prepared[name])]).toEqual([
              name,
              expect.toBeOneOf([type, "missing", ...(type === "number" ? ["integer"] : [])]),
            ]);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test("only the columns that are wanted are made", () => {
    const preparation = openPreparation(everyField, {
      only: new Set(["date__year", "name__full"]),
    });

    expect([...preparation.prepare(new Map([["a", ["1987-03-21"]]])).keys()]).toEqual([
      "date__year",
      "name__full",
    ]);
  });

  test("a column that is not in the input is missing in every record", () => {
    const [field] = everyField;
    const prepared = openPreparation(field === undefined ? [] : [field]).prepare(
      new Map([["z", ["Anna", "Bob"]]]),
    );

    expect(prepared.get("given_name")).toEqual([null, null]);
  });

  test("two fields that need one column are refused", () => {
    const field = { name: "name", kind: "full-name", columns: ["a"] } as const;

    expect(() => preparedColumns([field, field])).toThrow(InvalidInputError);
    expect(() => preparedColumns([field, field])).toThrow('into the column "name"');
  });

  test("what is set aside is counted by field and reason, without the values", () => {
    const preparation = openPreparation([
      { name: "dob", kind: "date", columns: ["a"] },
      { name: "email", kind: "email", columns: ["b"] },
    ]);

    preparation.prepare(
      new Map([
        ["a", ["1900-01-01", "9999-12-31", "soon", null, "1987-03-21"]],
        ["b", ["test@acme.de", "n/a", "a@b.de", null, null]],
      ]),
    );

    expect(preparation.setAside()).toEqual([
      { field: "dob", reason: "placeholder-date", count: 2 },
      { field: "dob", reason: "unreadable", count: 1 },
      { field: "email", reason: "placeholder-email", count: 1 },
      { field: "email", reason: "placeholder-word", count: 1 },
    ]);
  });

  test("a megabyte in every field is prepared as quickly as its beginning", () => {
    const preparation = openPreparation(everyField);
    const values = ["ab".repeat(500_000), " ".repeat(1_000_000), "1/".repeat(500_000)];

    const prepared = values.map((a) => preparation.prepareRecord({ a, b: a }));

    expect(String(prepared[0]?.["text"])).toHaveLength(512);
  });
});

describe("several columns of one field", () => {
  test("texts are of the first value that can be read, lists of all, and __all has every value", () => {
    const phones = openPreparation([{ name: "phone", kind: "phone", columns: ["a", "b", "c"] }]);

    expect(phones.prepareRecord({ a: "0000000", b: "702-919-1300", c: "702-919-1301" })).toEqual({
      phone: "7029191300",
      phone__tail: "9191300",
      phone__all: ["7029191300", "7029191301"],
    });
  });

  test("a record whose values are all set aside counts once, with the first reason", () => {
    const phones = openPreparation([{ name: "phone", kind: "phone", columns: ["a", "b"] }]);

    phones.prepareRecord({ a: "0000000", b: "none" });
    phones.prepareRecord({ a: "none", b: "702-919-1300" });

    expect(phones.setAside()).toEqual([{ field: "phone", reason: "placeholder-number", count: 1 }]);
  });

  test("lines of an address are one address", () => {
    const address = openPreparation([
      { name: "address", kind: "street-address", columns: ["a", "b"], country: "AU" },
    ]);

    expect(address.prepareRecord({ a: "54 Hoseason Street", b: "Lakefront" })).toMatchObject({
      address: "54 hoseason st lakefront",
      address__number: "54",
    });
  });

  test("latitude and longitude are one place, and half of it is none", () => {
    const place = openPreparation([{ name: "home", kind: "coordinates", columns: ["a", "b"] }]);

    expect(place.prepareRecord({ a: "52,52", b: "13.4" })).toEqual({
      home__latitude: 52.52,
      home__longitude: 13.4,
    });
    expect(place.prepareRecord({ a: "52.52", b: null })["home__latitude"]).toBeNull();
  });
});

describe("the name put together", () => {
  const names = openPreparation([
    { name: "first", kind: "given-name", columns: ["first"] },
    { name: "middle", kind: "given-name", columns: ["middle"] },
    { name: "last", kind: "family-name", columns: ["last"] },
    { name: "full_name", kind: "full-name", columns: ["full"] },
  ]);

  test("a record with parts and one with a full name have the same given and family name", () => {
    const parts = names.prepareRecord({ first: "Bob", last: "van der Berg" });
    const full = names.prepareRecord({ full: "Mr. Bob van der Berg" });

    const compared = "given given_nick given_own given_sound family family_sound full".split(" ");
    for (const part of compared) {
      expect([part, full[`name__${part}`]]).toEqual([part, parts[`name__${part}`]]);
    }
    expect(parts["name__full"]).toBe("bob vanderberg");
    expect(parts["name__rest"]).toBeNull();
    expect(full["name__rest"]).toBeNull();
  });

  test("what else is known of the name is its rest", () => {
    const record = names.prepareRecord({
      first: "Thomas",
      middle: "Hugh",
      last: "Chudleigh",
      full: "Thomas Clifford, 1st Baron Clifford of Chudleigh",
    });

    expect(record["name__rest"]).toEqual(["1st", "baron", "clifford", "hugh"]);
  });

  test("a record without any name has none", () => {
    const record = names.prepareRecord({ first: "unknown", last: null });

    expect(Object.values(record).every((value) => value === null)).toBe(true);
  });
});

function kindOfValue(value: unknown): string {
  if (value === null) {
    return "missing";
  }
  if (typeof value === "string") {
    return value === "" ? "empty" : "text";
  }
  if (Array.isArray(value)) {
    return value.length > 0 && value.every((item) => item !== "") ? "list" : "empty";
  }
  return Number.isInteger(value) ? "integer" : "number";
}
