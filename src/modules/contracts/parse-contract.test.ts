import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { InvalidInputError } from "../../kernel/index.ts";
import type { Issue } from "../../kernel/index.ts";
import { customerDataset, findDataset, findField, parseContract } from "./index.ts";
import {
  contractBytes,
  datasetOf,
  fieldOf,
  sampleContract,
  waybill,
} from "../../../tests/contracts/sample-contract.ts";
import type { ContractDocument } from "../../../tests/contracts/sample-contract.ts";

function issuesOf(bytes: Uint8Array): readonly Issue[] {
  try {
    parseContract(bytes, "contract.yaml");
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) {
      return error.issues;
    }
    throw error;
  }
}

/** The issues of the sample contract after a change, as `at: message`, and the hint. */
function after(change: (document: ContractDocument) => void): [string, string | undefined][] {
  const document = sampleContract();
  change(document);
  return issuesOf(contractBytes(document)).map(({ at, message, hint }) => [
    `${at.replace("contract.yaml: ", "")}: ${message}`,
    hint,
  ]);
}

describe("a contract", () => {
  test("becomes a catalogue with every default in its place", () => {
    const catalogue = parseContract(contractBytes(sampleContract()), "contract.yaml");

    const customers = customerDataset(catalogue);
    expect(catalogue).toMatchObject({
      client: "telecom",
      contractVersion: "1.0.0",
      timeZone: "Europe/Berlin",
      defaultCountry: "DE",
      currency: "EUR",
      minimumCount: 10,
    });
    expect(catalogue.datasets.map(({ kind, name }) => [kind, name])).toEqual([
      ["account", "accounts"],
      ["customer", "customers"],
      ["event", "orders"],
    ]);
    expect(customers?.key).toEqual(["customer_id"]);
    expect(
      customers?.fields.filter(({ identifier }) => identifier).map(({ name }) => name),
    ).toEqual(["customer_id", "email"]);
    expect(customers?.fields.map(({ type }) => type)).toEqual([
      { kind: "text" },
      { kind: "text" },
      { kind: "text" },
      { kind: "date" },
      { kind: "enum", values: ["small", "it's large"] },
      { kind: "boolean" },
      { kind: "decimal", precision: 10, scale: 2 },
      { kind: "text-list" },
      { kind: "text" },
    ]);
    expect(customers?.fields[1]).toMatchObject({
      title: "email",
      rules: { required: false, maxLength: 200, pattern: "[^@]+@[^@]+" },
      category: "user.contact.email",
      normaliser: "email",
      survivorship: "most-recent",
      erasure: "delete",
    });
  });

  test("requires of an event its time, its customer and its key", () => {
    const catalogue = parseContract(contractBytes(sampleContract()), "contract.yaml");

    const orders = findDataset(catalogue, "orders");
    expect(orders?.fields.filter(({ rules }) => rules.required).map(({ name }) => name)).toEqual([
      "order_id",
      "customer_id",
      "ordered_on",
    ]);
  });

  test("orders a key of several fields by their positions", () => {
    const document = sampleContract();
    const orders = datasetOf(document, "orders");
    fieldOf(document, "orders.order_id")["primaryKeyPosition"] = 2;
    Object.assign(fieldOf(document, "orders.items"), { primaryKey: true, primaryKeyPosition: 1 });

    const catalogue = parseContract(contractBytes(document), "contract.yaml");

    expect(findDataset(catalogue, orders.name)?.key).toEqual(["items", "order_id"]);
  });

  test("keeps bounds in the text form of their type", () => {
    const document = sampleContract();
    fieldOf(document, "orders.amount")["logicalTypeOptions"] = {
      minimum: 0.1,
      exclusiveMaximum: 1000,
    };

    const catalogue = parseContract(contractBytes(document), "contract.yaml");

    const amount = findDataset(catalogue, "orders")?.fields.find(({ name }) => name === "amount");
    expect(amount?.rules).toEqual({ required: false, minimum: "0.1", exclusiveMaximum: "1000" });
    expect(amount?.type).toEqual({ kind: "decimal", precision: 18, scale: 4 });
  });

  test("gives line and column of every issue, in the order of the file", () => {
    const text = [
      "apiVersion: v3.1.0",
      "kind: DataContract",
      "id: c",
      "status: active",
      "version: one",
      "tenant: Telecom",
      "customProperties:",
      "  - {property: waybill.defaultCountry, value: de}",
      "  - {property: waybill.currency, value: EUR}",
      "  - {property: waybill.purposes, value: [marketing.communications.emial]}",
      "schema:",
      "  - name: customers",
      "    customProperties:",
      "      - {property: waybill.kind, value: custmer}",
    ].join("\n");

    const issues = issuesOf(new TextEncoder().encode(text));

    expect(issues.map(({ line, column, message, hint }) => [line, column, message, hint])).toEqual([
      [5, 10, "the version must be MAJOR.MINOR.PATCH", 'such as version: "1.0.0"'],
      [
        6,
        9,
        "the client's key cannot be a name",
        "lower-case letters, digits and hyphens, beginning with a letter, at most 31 characters",
      ],
      [
        8,
        47,
        "waybill.defaultCountry is no ISO 3166-1 alpha-2 code",
        "two capital letters, such as DE",
      ],
      [
        10,
        42,
        "the purpose is no fideslang data use",
        'did you mean "marketing.communications.email"?',
      ],
      [14, 41, "waybill.kind must be one of customer, account, event", 'did you mean "customer"?'],
    ]);
  });
});

describe("what Waybill adds to the standard", () => {
  test("is asked for by name, and a slip is answered with the name that was meant", () => {
    expect(
      after(({ customProperties }) => {
        customProperties.push({ property: "waybill.timezone", value: "UTC" });
        customProperties.push({ property: "waybil.currency", value: "EUR" });
      }),
    ).toEqual([
      [
        'customProperties[4].property: "waybill.timezone" means nothing on a contract',
        'did you mean "waybill.timeZone"?',
      ],
      [
        'customProperties[5].property: "waybil.currency" is no property of Waybill',
        'Waybill\'s own properties begin with "waybill."',
      ],
    ]);
  });

  test.each([1, 1_001, 2.5, "10"])("refuses %j as the least count that may be seen", (value) => {
    const found = after(({ customProperties }) => {
      customProperties.push({ property: "waybill.minimumCount", value });
    });

    expect(found.map(([issue]) => issue)).toEqual([
      expect.stringMatching(/^customProperties\[4\]\.value: waybill\.minimumCount /u),
    ]);
  });

  test("leaves the properties of others alone", () => {
    expect(
      after((document) => document.customProperties.push({ property: "owner", value: 1 })),
    ).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    ["timeZone", "Europe/Berln", 'did you mean "Europe/Berlin"?'],
    ["timeZone", "+01:00", "a name such as Europe/Berlin"],
    ["defaultCountry", "UK", "two capital letters, such as DE"],
    ["currency", "EURO", "three capital letters, such as EUR"],
    ["purposes", ["collections"], expect.stringContaining("begin with one of")],
  ])("refuses %s %j", (name, value, hint) => {
    const found = after((document) => {
      const property = document.customProperties.find((one) => one.property === `waybill.${name}`);
      Object.assign(property ?? {}, { value });
    });

    expect(found.map((issue) => issue[1])).toEqual([hint]);
  });
});

interface Hostile {
  readonly what: string;
  readonly change: (document: ContractDocument) => void;
  readonly message: string;
}

const renamed = (name: string) => (document: ContractDocument) => {
  fieldOf(document, "customers.notes").name = name;
};
const options = (field: string, value: unknown) => (document: ContractDocument) => {
  fieldOf(document, field)["logicalTypeOptions"] = value;
};
const extended =
  (field: string, values: Record<string, unknown>) => (document: ContractDocument) => {
    fieldOf(document, field).customProperties = waybill(values);
  };
const reference = (dataset: string, value: unknown) => (document: ContractDocument) => {
  const name = dataset === "orders" ? "waybill.subject" : "waybill.account";
  const found = datasetOf(document, dataset).customProperties.find(
    ({ property }) => property === name,
  );
  Object.assign(found ?? {}, { value });
};

const HOSTILE: readonly Hostile[] = [
  {
    what: "SQL in a name",
    change: renamed('"; drop table customers; --'),
    message: "(U+0022) may not stand in it",
  },
  { what: "100 characters", change: renamed("n".repeat(100)), message: "it has 100 characters" },
  {
    what: "a Cyrillic twin",
    change: renamed("nаme"),
    message: 'looks like Latin "a" but is Cyrillic (U+0430)',
  },
  {
    what: "a Greek twin",
    change: renamed("nοte"),
    message: 'looks like Latin "o" but is Greek (U+03BF)',
  },
  {
    what: "a full-width twin",
    change: renamed("ｎote"),
    message: 'looks like Latin "n" but is full-width',
  },
  {
    what: "an invisible character",
    change: renamed("no\u200Bte"),
    message: "invisible or combining character (U+200B)",
  },
  {
    what: "text that runs backwards",
    change: renamed("\u202Eeton"),
    message: "invisible or combining character (U+202E)",
  },
  {
    what: "the system's prefix",
    change: renamed("_id"),
    message: "names that begin with _ are Waybill's own",
  },
  { what: "a column of PostgreSQL", change: renamed("xmin"), message: "is a word of the database" },
  {
    what: "a word of CEL",
    change: renamed("in"),
    message: "is a word of the database or of criteria",
  },
  { what: "a name twice", change: renamed("email"), message: "has a field of this name already" },
  { what: "an empty name", change: renamed(""), message: "it is empty" },
  { what: "capital letters", change: renamed("Notes"), message: '"N" is a capital letter' },
  {
    what: "__ in a dataset",
    change: (document) => {
      datasetOf(document, "accounts").name = "a__records";
    },
    message: "two _ in a row are Waybill's own",
  },
  {
    what: "a dataset called customer",
    change: (document) => {
      datasetOf(document, "accounts").name = "customer";
    },
    message: "is a word that criteria use",
  },
  {
    what: "a pattern that looks ahead",
    change: options("customers.email", { pattern: "(?=a)a" }),
    message: "it looks ahead or behind",
  },
  {
    what: "a pattern that refers back",
    change: options("customers.email", { pattern: "(a)\\1" }),
    message: "it refers back to a group",
  },
  {
    what: "a pattern that explodes",
    change: options("customers.email", { pattern: "(a+)+b" }),
    message: "can itself match in several ways",
  },
  {
    what: "a pattern that is none",
    change: options("customers.email", { pattern: "(" }),
    message: "it is not a regular expression",
  },
  {
    what: "lengths the wrong way round",
    change: options("customers.email", { minLength: 9, maxLength: 3 }),
    message: "minLength is greater than maxLength",
  },
  {
    what: "bounds the wrong way round",
    change: options("orders.amount", { minimum: 9, maximum: 3 }),
    message: "no value lies between",
  },
  {
    what: "bounds that touch but exclude",
    change: options("orders.items", { minimum: 3, exclusiveMaximum: 3 }),
    message: "no value lies between",
  },
  {
    what: "half an integer",
    change: options("orders.items", { minimum: 0.5 }),
    message: "must be a whole number",
  },
  {
    what: "a bound with too many digits",
    change: options("orders.amount", { maximum: 123456789012345 }),
    message: "has 15 digits before the point; the type has room for 14",
  },
  {
    what: "a day that does not exist",
    change: options("customers.born", { minimum: "1999-02-30" }),
    message: "must be a date",
  },
  {
    what: "multipleOf",
    change: options("orders.items", { multipleOf: 2 }),
    message: "multipleOf is not checked by Waybill",
  },
  {
    what: "39 digits",
    change: extended("orders.amount", { type: "decimal(39,2)" }),
    message: "cannot be stored",
  },
  {
    what: "more digits after the point than in all",
    change: extended("orders.amount", { type: "decimal(2,3)" }),
    message: "cannot be stored",
  },
  {
    what: "a type of SQL",
    change: extended("orders.amount", { type: "numeric" }),
    message: "must be decimal(P,S)",
  },
  {
    what: "the same value twice",
    change: extended("customers.plan", { values: ["a", "a"] }),
    message: "given twice",
  },
  {
    what: "values for a number",
    change: extended("orders.amount", { values: ["a"] }),
    message: "is for fields of logicalType string",
  },
  {
    what: "an unknown category",
    change: extended("customers.email", { category: "user.contact.emial" }),
    message: "no fideslang data category",
  },
  {
    what: "an unknown normaliser",
    change: extended("customers.email", { normaliser: "mail" }),
    message: "must be one of phone, email",
  },
  {
    what: "a normaliser on a date",
    change: extended("customers.born", { normaliser: "trim" }),
    message: "is for fields of logicalType string",
  },
  {
    what: "a boolean as identifier",
    change: extended("customers.is_active", { identifier: true }),
    message: "cannot be an identifier",
  },
  {
    what: "an identifier among events",
    change: extended("orders.items", { identifier: true }),
    message: "means nothing on a field of events",
  },
  {
    what: "unique",
    change: (document) => {
      fieldOf(document, "customers.email")["unique"] = true;
    },
    message: "unique is not checked",
  },
  {
    what: "a time of day",
    change: (document) => {
      fieldOf(document, "customers.notes").logicalType = "time";
    },
    message: "logicalType time is not stored",
  },
  {
    what: "a list of numbers",
    change: (document) => {
      fieldOf(document, "customers.tags")["items"] = { logicalType: "number" };
    },
    message: "a list must be a list of text",
  },
  {
    what: "no type",
    change: (document) => {
      delete fieldOf(document, "customers.notes").logicalType;
    },
    message: "a field needs its logicalType",
  },
  {
    what: "an event about itself",
    change: reference("orders", { field: "customer_id", references: "orders.order_id" }),
    message: "the dataset is not of kind customer",
  },
  {
    what: "an account that is a customer",
    change: reference("customers", { field: "account_id", references: "customers.customer_id" }),
    message: "the dataset is not of kind account",
  },
  {
    what: "a reference to nothing",
    change: reference("orders", { field: "customer_id", references: "custmers.customer_id" }),
    message: "the contract has no such dataset",
  },
  {
    what: "a reference to a plain field",
    change: reference("orders", { field: "customer_id", references: "customers.notes" }),
    message: "no identifier of that dataset",
  },
  {
    what: "a reference of another type",
    change: reference("orders", { field: "items", references: "customers.customer_id" }),
    message: "of different types",
  },
  {
    what: "a reference from nothing",
    change: reference("orders", { field: "custmer_id", references: "customers.customer_id" }),
    message: "the dataset has no such field",
  },
  {
    what: "a reference without its field",
    change: reference("orders", { references: "customers.customer_id" }),
    message: "is required",
  },
  {
    what: "two customers datasets",
    change: (document) => {
      document.schema.push({ ...datasetOf(document, "customers"), name: "people" });
    },
    message: "has a customers dataset already",
  },
  {
    what: "two datasets of a name",
    change: (document) => {
      document.schema.push(structuredClone(datasetOf(document, "accounts")));
    },
    message: "has a dataset of this name already",
  },
  {
    what: "an event time that is text",
    change: (document) => {
      fieldOf(document, "orders.ordered_on").logicalType = "string";
    },
    message: "neither a date nor a timestamp",
  },
  {
    what: "nothing that tells rows apart",
    change: (document) => {
      delete fieldOf(document, "accounts.account_id")["primaryKey"];
    },
    message: "nothing tells one row of this dataset from another",
  },
  {
    what: "the standard's second edition",
    change: (document) => {
      document["apiVersion"] = "v2.2.2";
    },
    message: "second edition",
  },
  {
    what: "no tenant",
    change: (document) => {
      delete document.tenant;
    },
    message: "tenant is required",
  },
  {
    what: "no datasets",
    change: (document) => {
      document.schema = [];
    },
    message: "a contract needs datasets",
  },
  {
    what: "801 fields",
    change: (document) => {
      datasetOf(document, "accounts").properties.push(
        ...Array.from({ length: 800 }, (_, index) => ({ name: `f${index}`, logicalType: "date" })),
      );
    },
    message: "at most 800 fields",
  },
];

describe("a hostile contract", () => {
  test.each(HOSTILE)("with $what is refused with the reason", ({ change, message }) => {
    const found = after(change);

    expect(found.map(([text]) => text).join("\n")).toContain(message);
  });

  test.each(HOSTILE)("with $what is placed, in one line of plain text", ({ change }) => {
    const document = sampleContract();
    change(document);

    for (const { line, column, message, hint } of issuesOf(contractBytes(document))) {
      expect(line).toBeGreaterThan(0);
      expect(column).toBeGreaterThan(0);
      expect(`${message} ${hint ?? ""}`).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }
  });
});

test("the field of a catalogue is found by its name", () => {
  const catalogue = parseContract(contractBytes(sampleContract()), "contract.yaml");
  const customers = findDataset(catalogue, "customers");

  expect(customers && findField(customers, "plan")?.type.kind).toBe("enum");
});

test("the contract that the guide shows is read", () => {
  const guide = readFileSync(new URL("../../../docs/guides/contracts.md", import.meta.url), "utf8");
  const text = /```yaml\n(.*?)```/su.exec(guide)?.[1] ?? "";

  const catalogue = parseContract(new TextEncoder().encode(text), "guide.yaml");

  expect(catalogue).toMatchObject({ client: "acme", timeZone: "UTC", contractVersion: "1.0.0" });
});
