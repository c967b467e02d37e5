/**
 * The standard's JSON Schema is the oracle. Deliberate differences, none of which the mutations below
 * produce: leap seconds and lower-case `t`/`z` in times are refused here, and `uri` follows RFC 3986
 * without the exceptions that ajv-formats makes.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2019 } from "ajv/dist/2019.js";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { referenceData } from "../../../tests/support/reference-data.ts";
import { readOdcs } from "./index.ts";

const standard = referenceData("standards/odcs");

describe.skipIf(standard === undefined)("ODCS v3.1", () => {
  const folder = standard ?? "";
  const examples = standard === undefined ? [] : globSync("examples/**/*.yaml", { cwd: folder });
  const documents = examples.map((file): unknown =>
    parse(readFileSync(join(folder, file), "utf8")),
  );
  const isValid = standard === undefined ? () => false : oracle(folder);

  test("there are examples to hold the schema against", () => {
    expect(examples.length).toBeGreaterThanOrEqual(17);
  });

  test.each(examples.map((file, index) => ({ file, document: documents[index] })))(
    "$file is judged as the standard's JSON Schema judges it",
    ({ document }) => {
      const read = readOdcs(document);

      expect({ ok: read.ok, issues: read.ok ? [] : read.error.slice(0, 3) }).toMatchObject({
        ok: isValid(document),
      });
    },
  );

  test("a mutated document is judged as the standard's JSON Schema judges it", () => {
    const small = documents.filter((document) => JSON.stringify(document).length < 20_000);
    const seeds = [...small, EVERYTHING];
    const disagreements: unknown[] = [];
    let valid = 0;
    const property = fc.property(fc.constantFrom(...seeds), mutations(), (seed, steps) => {
      const document = steps.reduce(mutate, structuredClone(seed));
      const expected = isValid(document);
      valid += expected ? 1 : 0;
      const read = readOdcs(document);
      if (read.ok !== expected) {
        disagreements.push({ expected, steps, issues: read.ok ? [] : read.error });
      }
      return read.ok === expected;
    });

    fc.assert(property, { numRuns: 4_000 });

    expect(disagreements).toEqual([]);
    expect(valid).toBeGreaterThan(100);
  });
});

describe("the issues of a document", () => {
  test("an unknown key is named with the key that was meant", () => {
    const read = readOdcs({ ...MINIMAL, tennant: "telecom" });

    expect(read).toEqual({
      ok: false,
      error: [
        {
          path: ["tennant"],
          message: 'unknown key "tennant"',
          hint: 'did you mean "tenant"?',
          isKey: true,
        },
      ],
    });
  });

  test("a missing key, an unknown value and an unknown key are found together, each at its place", () => {
    const read = readOdcs({
      ...MINIMAL,
      id: undefined,
      schema: [
        { name: "orders", properties: [{ name: "a", logicalType: "strng", requird: true }] },
      ],
    });

    expect(
      read.ok ? [] : read.error.map(({ path, message, hint }) => [path.join("."), message, hint]),
    ).toEqual([
      ["id", "is required", undefined],
      [
        "schema.0.properties.0.logicalType",
        "must be one of string, date, timestamp, time, number, integer, object, array, boolean",
        'did you mean "string"?',
      ],
      ["schema.0.properties.0.requird", 'unknown key "requird"', 'did you mean "required"?'],
    ]);
  });

  test("an option that belongs to another type is unknown", () => {
    const read = readOdcs({
      ...MINIMAL,
      schema: [
        {
          name: "orders",
          properties: [{ name: "a", logicalType: "date", logicalTypeOptions: { maxLength: 3 } }],
        },
      ],
    });

    expect(read.ok ? [] : read.error.map((issue) => issue.message)).toEqual([
      'unknown key "maxLength"',
    ]);
  });
});

const MINIMAL = {
  version: "1.0.0",
  kind: "DataContract",
  apiVersion: "v3.1.0",
  id: "c",
  status: "active",
};

/** A valid document with the constructs that the published examples lack. */
const EVERYTHING = {
  ...MINIMAL,
  contractCreatedTs: "2026-01-01T00:00:00Z",
  price: { priceAmount: 9.95, priceCurrency: "EUR" },
  team: { name: "t", members: [{ username: "u", dateIn: "2026-01-01" }] },
  support: [{ channel: "c", url: "u" }],
  servers: [
    { server: "a", type: "postgres", host: "h", port: 1, database: "d", schema: "s" },
    { server: "b", type: "sftp", location: "sftp://host/path" },
    { server: "c", type: "custom", port: 3, stream: "s" },
  ],
  slaProperties: [{ property: "latency", value: 4, unit: "d" }],
  customProperties: [{ property: "waybill.purposes", value: ["sales"] }],
  schema: [
    {
      name: "orders",
      relationships: [{ from: "orders.a", to: "customers.b" }],
      quality: [{ metric: "rowCount", mustBeGreaterThan: 1 }],
      properties: [
        { name: "a", logicalType: "integer", logicalTypeOptions: { minimum: 1, format: "i64" } },
        { name: "b", logicalType: "number", logicalTypeOptions: { multipleOf: 0.5 } },
        { name: "c", logicalType: "date", logicalTypeOptions: { minimum: "2020-01-01" } },
        { name: "d", logicalType: "array", items: { logicalType: "string" } },
        { name: "e", logicalType: "object", properties: [{ name: "f", logicalType: "boolean" }] },
        { name: "g", relationships: [{ to: ["x.y", "z/q"] }] },
        {
          name: "h",
          quality: [
            { type: "sql", query: "q", mustBeBetween: [1, 2] },
            { type: "custom", engine: "soda", implementation: { a: 1 } },
            { type: "text", description: "d" },
          ],
        },
      ],
    },
  ],
};

function oracle(folder: string): (document: unknown) => boolean {
  const schema: object = JSON.parse(
    readFileSync(join(folder, "odcs-json-schema-v3.1.0.json"), "utf8"),
  );
  const ajv = new Ajv2019({ strict: false, allErrors: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  return (document) => validate(document) === true;
}

interface Mutation {
  readonly pick: number;
  readonly kind: "drop" | "replace" | "add" | "move";
  readonly value: unknown;
  readonly key: string;
}

function mutations(): fc.Arbitrary<Mutation[]> {
  const value = fc.oneof(
    fc.constantFrom<unknown>(
      "string",
      "integer",
      "number",
      "date",
      "array",
      "object",
      "sql",
      "custom",
      "kafka",
      "v3.0.2",
    ),
    fc.constantFrom<unknown>(
      "2026-02-30",
      "2026-13-01T00:00:00Z",
      "a.b",
      "a b",
      "",
      "sftp://x",
      "x:y",
    ),
    fc.constantFrom<unknown>(
      null,
      true,
      -1,
      0,
      1.5,
      7,
      [],
      {},
      ["a"],
      [1, 1],
      [{}],
      [{ name: "n" }],
    ),
  );
  const key = fc.constantFrom(
    "name",
    "from",
    "to",
    "type",
    "metric",
    "query",
    "items",
    "properties",
    "mustBe",
    "mustBeBetween",
    "logicalType",
    "logicalTypeOptions",
    "minLength",
    "format",
    "port",
    "location",
    "team",
    "unknown",
  );
  const kind = fc.constantFrom<Mutation["kind"]>("drop", "replace", "add", "move");
  return fc.array(fc.record({ pick: fc.nat(), kind, value, key }), { minLength: 1, maxLength: 2 });
}

function mutate(document: unknown, { pick, kind, value, key }: Mutation): unknown {
  const places: { parent: Record<string, unknown>; name: string }[] = [];
  const walk = (node: unknown): void => {
    if (typeof node === "object" && node !== null) {
      const parent = node as Record<string, unknown>;
      for (const name of Object.keys(parent)) {
        places.push({ parent, name });
        walk(parent[name]);
      }
    }
  };
  walk(document);
  const place = places[pick % Math.max(1, places.length)];
  if (place === undefined) {
    return document;
  }
  const { parent, name } = place;
  if (Array.isArray(parent)) {
    mutateList(parent, { kind, value, at: Number(name) });
  } else if (kind === "drop") {
    delete parent[name];
  } else {
    const target = kind === "replace" ? name : key;
    parent[target] = kind === "move" ? parent[name] : structuredClone(value);
  }
  return document;
}

function mutateList(
  list: unknown[],
  { kind, value, at }: Pick<Mutation, "kind" | "value"> & { readonly at: number },
): void {
  if (kind === "move") {
    list.reverse();
  } else if (kind === "add") {
    list.push(structuredClone(value));
  } else {
    list.splice(at, 1, ...(kind === "replace" ? [structuredClone(value)] : []));
  }
}
