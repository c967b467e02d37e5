import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "../../ledger/index.ts";
import { CanonicalRecord, type TextForm } from "./record.ts";

const textForm = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constant(null),
  fc.array(fc.string({ unit: "grapheme" })),
);

test("the canonical text of a record is the RFC 8785 form of its text forms", () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/u), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(names, fc.array(textForm, { minLength: 8, maxLength: 8 }), (fields, forms) => {
      const values: TextForm[] = forms.slice(0, fields.length);
      const record = Object.fromEntries(fields.map((name, position) => [name, values[position]]));

      expect(new CanonicalRecord(fields.map((name) => ({ name }))).of(values)).toBe(
        canonicalJson(record),
      );
    }),
  );
});

test("a record with too few values is a bug and stops at once", () => {
  expect(() => new CanonicalRecord([{ name: "a" }, { name: "b" }]).of(["1"])).toThrow(
    /every field/u,
  );
});
