import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "../../ledger/index.ts";
import { ByteSink } from "./byte-sink.ts";
import { CanonicalRecord, type RecordValues, type TextForm } from "./record.ts";

/** Characters that stand as they are, that are escaped, and that have several bytes. */
const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary-ascii" }),
  fc.string({
    unit: fc.constantFrom("a", " ", "~", "\u007f", "\u0080", "\u001f", '"', "\\", "\n"),
  }),
);
const textForm = fc.oneof(text, fc.constant(null), fc.array(text));

function canonicalText(fields: readonly string[], values: RecordValues): string {
  const out = new ByteSink();
  new CanonicalRecord(fields.map((name) => ({ name }))).write(values, out);
  return out.bytes.toString("utf8");
}

test("the canonical text of a record is the RFC 8785 form of its text forms", () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/u), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(names, fc.array(textForm, { minLength: 8, maxLength: 8 }), (fields, forms) => {
      const values: TextForm[] = forms.slice(0, fields.length);
      const record = Object.fromEntries(fields.map((name, position) => [name, values[position]]));

      expect(canonicalText(fields, values)).toBe(canonicalJson(record));
    }),
  );
});

test("a record with too few values is a bug and stops at once", () => {
  expect(() => canonicalText(["a", "b"], ["1"])).toThrow(/every field/u);
});
