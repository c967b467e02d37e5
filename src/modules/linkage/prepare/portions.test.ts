import fc from "fast-check";
import { expect, test } from "vitest";
import type { FieldKind, ModelField } from "../model/model.ts";
import { joined, portionsOf } from "./portions.ts";
import { openPreparation } from "./preparation.ts";

const kinds: readonly FieldKind[] = ["given-name", "family-name", "full-name", "email", "date"];

/** Two fields of some kinds, each with a column of its own. */
const fieldsOfKinds = fc
  .uniqueArray(fc.constantFrom(...kinds, ...kinds.map((kind) => `${kind} 2`)), { minLength: 1 })
  .map((names) =>
    names.map((name): ModelField => {
      const kind = kinds.find((each) => name.startsWith(each)) ?? "text";
      return { name: name.replaceAll(/\W/g, "_"), kind, columns: [name] };
    }),
  );

const rawValue = fc.constantFrom(
  null,
  "Bob",
  "Ana Maria",
  "Smith jr",
  "Robert van der Berg",
  "bob.smith@mail.com",
  "1987-03-21",
  "unknown",
);

const tables = fieldsOfKinds.chain((fields) =>
  fc.record({
    fields: fc.constant(fields),
    raw: fc
      .integer({ min: 1, max: 6 })
      .chain((rows) =>
        fc
          .tuple(...fields.map(() => fc.array(rawValue, { minLength: rows, maxLength: rows })))
          .map(
            (columns) =>
              new Map(fields.map(({ columns: [name = ""] }, at) => [name, columns[at] ?? []])),
          ),
      ),
  }),
);

test("each portion prepares from its own fields what all fields together prepare", () => {
  fc.assert(
    fc.property(tables, ({ fields, raw }) => {
      const whole = openPreparation(fields);
      const expected = whole.prepare(raw);

      const portions = portionsOf(fields);
      const found = portions.flatMap((portion) => {
        const only = new Set(portion.columns.map(({ name }) => name));
        return [...openPreparation(portion.fields, { only }).prepare(raw)];
      });

      expect(found.map(([name]) => name).toSorted()).toEqual([...expected.keys()].toSorted());
      for (const [name, values] of found) {
        expect([name, values]).toEqual([name, expected.get(name)]);
      }
    }),
  );
});

test("parts of a name follow from their own field, and from all where one holds full names", () => {
  const given: ModelField = { name: "given", kind: "given-name", columns: ["a"] };
  const family: ModelField = { name: "family", kind: "family-name", columns: ["b"] };
  const full: ModelField = { name: "full", kind: "full-name", columns: ["c"] };
  const only = new Set(["name__given", "name__family", "name__suffix"]);
  const named = (fields: readonly ModelField[]): unknown =>
    portionsOf(fields, { only }).map((portion) => [
      portion.fields.map(({ name }) => name).join(" "),
      portion.columns.map(({ name }) => name).join(" "),
    ]);

  expect(named([given, family])).toEqual([
    ["given", "name__given"],
    ["family", "name__family"],
    ["given family", "name__suffix"],
  ]);
  expect(named([given, family, full])).toEqual([
    ["given", ""],
    ["family", ""],
    ["full", ""],
    ["given family full", "name__given name__family name__suffix"],
  ]);
});

test("joined portions have the fields of all, in the order of the model, each once", () => {
  const fields = ["x", "y", "z"].map((name): ModelField => ({
    name,
    kind: "text",
    columns: [name],
  }));
  const [x, y, z] = portionsOf(fields);

  const both = joined(
    [z, x, z].flatMap((portion) => portion ?? []),
    fields,
  );

  expect(both.fields.map(({ name }) => name)).toEqual(["x", "z"]);
  expect(y?.columns).toEqual([{ name: "y", type: "text" }]);
});
