import { describe, expect, test } from "vitest";

import { assert } from "../../kernel/index.ts";
import { readYaml } from "../contracts/index.ts";
import type { Catalogue, Definition, EventDataset } from "../contracts/index.ts";
import { checkSources } from "./mapping/check-source.ts";
import { chooseSource, parseSource } from "./source-definition.ts";
import { testField } from "../../../tests/support/catalogue.ts";

const orders: EventDataset = {
  kind: "event",
  name: "orders",
  title: "",
  description: "",
  fields: [
    testField("customer", { kind: "text" }),
    testField("ordered_on", { kind: "date" }),
    testField("amount", { kind: "decimal", precision: 10, scale: 2 }),
    testField("items", { kind: "integer" }),
    testField("tags", { kind: "text-list" }),
  ],
  key: [],
  rowRules: [],
  eventTime: "ordered_on",
  subject: { field: "customer", dataset: "customers", target: "customer_no" },
  createsCustomers: false,
};
const catalogue: Catalogue = {
  client: "test",
  contractId: "test",
  contractVersion: "1.0.0",
  contractSha256: "",
  timeZone: "UTC",
  defaultCountry: "DE",
  currency: "EUR",
  minimumCount: 10,
  purposes: [],
  datasets: [orders],
};

function definition(yaml: string): Definition {
  const read = readYaml(Buffer.from(yaml), "sources/shop.yaml");
  assert(read.ok, () => "the test's YAML can be read");
  const document = read.value;
  return {
    kind: "source",
    name: "shop",
    file: "sources/shop.yaml",
    body: document.value,
    sha256: "",
    locate: (path, part) => document.locate(path, part),
  };
}

function problems(yaml: string): string[] {
  const issues = checkSources([definition(`source: shop\ndataset: orders\n${yaml}`)], catalogue);
  return issues.map(({ at, message, hint, line }) =>
    [at, line, message, hint].filter((part) => part !== undefined).join(" | "),
  );
}

describe("checking a source", () => {
  test("everything the guide shows is accepted", () => {
    expect(
      problems(`
precedence: 10
format: {kind: delimited, delimiter: tab, quote: '"', header: true, encoding: windows-1252}
statedAt: {column: UPDATED, date: "yyyy-MM-dd"}
nulls: ["NA", "", null, 0]
fields:
  customer: NO
  ordered_on: {column: DATE, date: "dd.MM.yy", pivot: 30}
  amount: {column: VALUE, decimal: ",", thousands: "."}
  items: {constant: 1}
  tags: {column: TAGS, split: ";"}
ignore: [Notes]
control: {sums: [amount], trailer: {starts: TRL, rows: 2, sums: {amount: 3}}}
rejects: {percent: 5, rows: 1000}
`),
    ).toEqual([]);
  });

  test.each([
    [
      "fields: {ammount: X}",
      'sources/shop.yaml: fields.ammount | 3 | the dataset orders has no field "ammount" | did you mean "amount"?',
    ],
    ['fields: {ordered_on: {column: D, date: "YYYY"}}', "is not known"],
    ['fields: {ordered_on: {column: D, date: "dd.MM.yy"}}', "pivot"],
    ['fields: {amount: {column: D, date: "yyyyMMdd"}}', "cannot fill a field of type decimal"],
    ['fields: {amount: {column: D, decimal: ".", thousands: "."}}', "are the same"],
    ['fields: {customer: {column: D, decimal: ","}}', "mean nothing for a field of type text"],
    ["fields: {customer: {column: D, take: 1}}", "take needs a split"],
    ['fields: {customer: {column: D, split: ";"}}', "take one part"],
    ["fields: {customer: {column: D, take: 0}}", "counts from 1"],
    ["fields: {items: {constant: many}}", "the constant is not a whole number"],
    ["fields: {customer: {cel: 'row[\"A\"] +'}}", "at character 11"],
    ['fields: {customer: {cel: \'row["A"].matches("x")\'}}', "matches() is refused"],
    ["fields: {customer: {colum: A}}", "in a known form"],
    ["fields: {customer: A}\nignore: [A]", 'the column "A" is both mapped and ignored'],
    ["control: {sums: [customer]}", "customer is no number"],
    ["control: {sums: [total]}", 'no field "total"'],
    ["format: {kind: fixed-width}", "fixed-width text needs"],
    ["format: {header: false}", "the columns must be named"],
    ["format: {columns: [a, a]}", 'the column "a" is named twice'],
    ["format: {columns: [a]}\nfields: {customer: b}", 'format.columns has no column "b"'],
    ["format: {delimiter: ab}", "must be one punctuation character"],
    ["format: {kind: parquet, delimiter: ','}", "parquet has no delimiter"],
    ["presedence: 3", '"presedence" is no word of a source definition'],
  ])("%s is answered with what is wrong and where", (yaml, answer) => {
    expect(problems(yaml).join("\n")).toContain(answer);
  });

  test("a dataset that does not exist is answered with the one that was meant", () => {
    const [issue] = checkSources([definition("source: shop\ndataset: order")], catalogue);

    expect(issue).toMatchObject({
      message: 'the contract has no dataset "order"',
      hint: 'did you mean "orders"?',
      line: 2,
    });
  });
});

describe("choosing a source", () => {
  const shop = parseSource(
    { source: "shop", dataset: "orders", fields: { customer: "C", amount: "A" } },
    "a",
  );
  const web = parseSource(
    { source: "web", dataset: "orders", fields: { customer: "C", amount: "SUM" } },
    "b",
  );

  test("takes the one whose columns are there", () => {
    expect(chooseSource([shop, web], orders, ["C", "SUM", "X"]).source).toBe("web");
    expect(chooseSource([shop, web], orders, ["A", "C"]).source).toBe("shop");
  });

  test("asks when two fit equally well", () => {
    expect(() => chooseSource([shop, web], orders, ["C"])).toThrow("equally well");
  });

  test("without any source the columns are the fields", () => {
    expect(chooseSource([], orders, []).source).toBe("default");
  });
});
