/** Folders of definitions that are wrong, or mean harm: refused with the place, and nothing is applied. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXIT_CODES } from "../../src/entry/cli/failure.ts";
import { definitionChecks } from "../../src/entry/definition-checks.ts";
import { InvalidInputError, must, RefusedError, WaybillError } from "../../src/kernel/index.ts";
import {
  applyFolder,
  type Client,
  listClients,
  readFolder,
} from "../../src/modules/contracts/index.ts";
import { parseCriteria, printCriteria } from "../../src/modules/criteria/index.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { applyShop, CONTRACT, shopFolder } from "../end-to-end/scene.ts";
import { testDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase();
});

afterAll(() => database[Symbol.asyncDispose]());

interface Case {
  readonly name: string;
  readonly contract?: string;
  /** Further files of the folder. */
  readonly files?: Readonly<Record<string, string>>;
  readonly says: RegExp;
}

const renamed = (from: string, to: string): string => {
  const contract = CONTRACT.replace(from, to);
  return must(contract === CONTRACT ? undefined : contract, "the contract has what is replaced");
};
const bomb = ["a: &a [x, x]", "b: &b [*a, *a]", "c: &c [*b, *b]"].join("\n");
const segment = (criteria: string, name = "wanted"): string =>
  `segment: ${name}\ntitle: T\nkind: behavioural\nowner: o\npurpose: analytics.reporting\ncriteria: ${JSON.stringify(criteria)}\n`;

const cases: readonly Case[] = [
  { name: "no YAML", contract: "{{{", says: /contract\.yaml/ },
  { name: "a key that nobody knows", contract: `${CONTRACT}\nsurprise: 1\n`, says: /surprise/ },
  {
    name: "a property of Waybill that nobody knows",
    contract: renamed("waybill.currency", "waybill.curency"),
    says: /waybill\.curency/,
  },
  { name: "aliases that multiply", contract: `${CONTRACT}\n${bomb}\n`, says: /alias|anchor|key/i },
  {
    name: "a dataset whose name ends a statement",
    contract: renamed("- name: orders", '- name: "orders; drop schema c_shop cascade"'),
    says: /orders; drop|name/,
  },
  {
    name: "a field with Waybill's own prefix",
    contract: renamed("{name: born,", "{name: _id,"),
    says: /_id/,
  },
  {
    name: "a field that is there twice",
    contract: renamed("{name: born,", "{name: name,"),
    says: /name/,
  },
  {
    name: "a client named like a system schema",
    contract: renamed("tenant: shop", "tenant: pg_catalog"),
    says: /tenant/,
  },
  {
    name: "events of a dataset that does not exist",
    contract: renamed("customers.number", "people.number"),
    says: /references the contract has no such dataset choose from customers/,
  },
  {
    name: "events that are events of themselves",
    contract: renamed("references: customers.number", "references: orders.customer"),
    says: /references the dataset is not of kind customer/,
  },
  {
    name: "a field that a document's prototype has",
    contract: renamed("{name: born,", "{name: __proto__,"),
    says: /__proto__/,
  },
  {
    name: "a source of a dataset that does not exist",
    files: { "sources/crm.yaml": "source: crm\ndataset: people\nprecedence: 1\n" },
    says: /people/,
  },
  {
    name: "a source that is named unlike its file",
    files: { "sources/crm.yaml": "source: other\ndataset: customers\nprecedence: 1\n" },
    says: /other|crm/,
  },
  {
    name: "segments that are made of each other",
    files: {
      "segments/one.yaml": segment('segment("two")', "one"),
      "segments/two.yaml": segment('segment("one")', "two"),
    },
    says: /one|two/,
  },
  {
    name: "criteria on a field that does not exist",
    files: { "segments/wanted.yaml": segment('customer.nickname == "x"') },
    says: /nickname/,
  },
];

describe("a folder is refused as a whole, with the place that is wrong:", () => {
  test.for(cases)("$name", async ({ contract, files = {}, says }) => {
    await using folder = await shopFolder({ contract });
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(folder.path, path, ".."), { recursive: true });
      await writeFile(join(folder.path, path), text);
    }

    const error: unknown = await apply(folder.path).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(WaybillError);
    expect(error instanceof WaybillError && EXIT_CODES[error.kind]).toBeOneOf([2, 3]);
    expect(wordsOf(error)).toMatch(says);
    expect(await listClients(database.db)).toEqual([]);
  });
});

async function apply(path: string): Promise<void> {
  const folder = await readFolder(path);
  const options = { actor: "alice", clock: systemClock, allow: [] };
  await applyFolder(database.db, folder, definitionChecks(), options);
}

function wordsOf(error: unknown): string {
  if (!(error instanceof InvalidInputError) && !(error instanceof RefusedError)) {
    return String(error);
  }
  const issues = error.issues.map(({ at, message, hint = "" }) => `${at} ${message} ${hint}`);
  return [error.message, error.hint ?? "", ...issues].join("\n");
}

describe("criteria that would tie up the machine are refused at once:", () => {
  const nested = (depth: number): string =>
    `${"(".repeat(depth)}customer.points > 1${")".repeat(depth)}`;
  const hostile = [
    ["nested a thousand deep", nested(1_000)],
    ["nested a million deep", nested(1_000_000)],
    ["a megabyte long", `customer.points > 1${" && customer.points > 1".repeat(50_000)}`],
    ["negated ten thousand times", `${"!".repeat(10_000)}(customer.points > 1)`],
    ["with a pattern that explodes", 'customer.name.matches("(a+)+$")'],
    [
      "with a pattern that repeats repetitions",
      'customer.name.matches("((a{1,900}){1,900}){1,900}")',
    ],
    ["with a quote that is never closed", 'customer.name == "'],
    ["that end a statement", "customer.points > 1; drop table customers"],
    ["on what every object has", 'customer.constructor == "x"'],
  ] as const;

  test.for(hostile)("%s", async ([, text]) => {
    await using own = await testDatabase({ poolSize: 1 });
    const client: Client = await applyShop(own.db);
    const startedAt = performance.now();

    const refuse = (): unknown => parseCriteria(text, client.catalogue);

    expect(refuse).toThrow(InvalidInputError);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

test("a number in criteria is kept to its last digit, however long", async () => {
  await using own = await testDatabase({ poolSize: 1 });
  const { catalogue } = await applyShop(own.db);
  const text = "customer.points > 99999999999999999999999999";

  expect(printCriteria(parseCriteria(text, catalogue))).toBe(text);
});
