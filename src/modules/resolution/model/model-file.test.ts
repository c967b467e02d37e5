import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { customers, testCatalogue } from "../../../../tests/support/catalogue.ts";
import type { Definition } from "../../contracts/index.ts";
import { autoModel, printModel } from "../../linkage/index.ts";
import { modelFields } from "./model-fields.ts";
import { checkModels } from "./model-file.ts";

const printed = (): Record<string, unknown> =>
  parse(printModel(autoModel(modelFields(customers, testCatalogue)))) as Record<string, unknown>;

function file(name: string, content: Record<string, unknown>): Definition {
  return {
    kind: "model",
    name,
    file: `models/${name}.yaml`,
    body: { model: name, ...content },
    sha256: "",
    locate: (path) => ({ line: path.length, column: 1 }),
  };
}

describe("a client's model", () => {
  test("as it is printed has no issues", () => {
    expect(checkModels([file("customers", printed())], testCatalogue)).toEqual([]);
  });

  test("is named after customers or accounts of the contract", () => {
    const [issue] = checkModels([file("customer", printed())], testCatalogue);

    expect(issue).toMatchObject({
      at: "models/customer.yaml: model",
      hint: 'did you mean "customers"?',
    });
  });

  test("compares fields that the contract has", () => {
    const fields = printed()["fields"] as { columns: string[] }[];
    const misspelt = fields.map((field) => ({
      ...field,
      columns: field.columns.map((column) => (column === "name" ? "nmae" : column)),
    }));

    const content = { ...printed(), fields: misspelt };
    const issues = checkModels([file("customers", content)], testCatalogue);

    expect(issues.map(({ at, message }) => [at, message])).toContainEqual([
      "models/customers.yaml: fields[0].columns",
      'customers has no field "nmae"',
    ]);
  });

  test("with two fields that would be prepared alike is refused", () => {
    const fields = [{ name: "name", kind: "full-name", columns: ["name"] }];

    const issues = checkModels([file("customers", { ...printed(), fields })], testCatalogue);

    expect(issues).toHaveLength(1);
  });

  test("with a mistake is refused at its place in the client's file", () => {
    const [comparison] = printed()["comparisons"] as [{ name: string; levels: object[] }];
    const levels = [
      { ...comparison.levels[0], when: "equal(nobody)" },
      ...comparison.levels.slice(1),
    ];
    const content = { ...printed(), comparisons: [{ ...comparison, levels }], factors: [] };

    const issues = checkModels([file("customers", content)], testCatalogue);

    expect(issues[0]).toMatchObject({
      at: "models/customers.yaml: comparisons[0].levels[0].when",
      line: 5,
    });
  });
});
