/** `./waybill link` as its users run it: plain files, no client, no database. */
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Random } from "../../src/entry/generator/random.ts";
import { type Resident, residentWaybill } from "../support/resident.ts";
import { type Ended, runWaybill } from "./waybill-process.ts";

let folder: string;
let resident: Resident;

const at = (name: string): string => join(folder, name);

function link(...args: readonly string[]): Promise<Ended> {
  return runWaybill(["link", ...args], { program: resident.program, data: folder });
}

const GIVEN = "Ada,Grace,Linus,Anna,Jonas,Mia,José,Łukasz,Zoë,Paul".split(",");
const FAMILY = "Weber,Krüger,Schulz,Müller,Łódzki,Smith,Jones,Brown,García,Novák".split(",");
const CITIES = "Berlin,Łódź,Köln".split(",");

interface Row {
  readonly given: string;
  readonly family: string;
  readonly email: string;
  readonly born: string;
  readonly city: string;
  readonly person: number;
}

function rowsOf(count: number, email: (person: number) => string): Row[] {
  const random = new Random(11);
  const two = (number: number): string => String(number).padStart(2, "0");
  return Array.from({ length: count }, (_, person) => ({
    given: random.pick(GIVEN),
    family: random.pick(FAMILY),
    email: email(person),
    born: `${random.integer(1940, 1999)}-${two(random.integer(1, 12))}-${two(random.integer(1, 28))}`,
    city: random.pick(CITIES),
    person,
  }));
}

function csvOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => Object.values(row).join(","));
  return ["given,family,email,born,city,person", ...lines, ""].join("\n");
}

/** 300 people, of whom 60 are there once more with a slip in the given name. */
function people(): Row[] {
  const once = rowsOf(300, (person) => `p${person}@mail.de`);
  const again = once.slice(0, 60).map((row) => ({ ...row, given: `${row.given.slice(0, -1)}x` }));
  return [...once, ...again];
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-link-"));
  resident = await residentWaybill();
  await writeFile(at("people.csv"), csvOf(people()));
});

afterAll(async () => {
  await resident[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface LinkDocument {
  readonly pairs: Readonly<Record<string, number>>;
  readonly clusters: Readonly<Record<string, number>>;
}

function documentOf({ code, stdout, stderr }: Ended): LinkDocument {
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

test("the document has the rates at the threshold and the best, of pairs and of clusters", async () => {
  const document = documentOf(await link(at("people.csv"), "--truth", "person", "--json"));

  expect(document).toMatchObject({
    pairs: {
      count: expect.any(Number),
      precision: expect.any(Number),
      recall: expect.any(Number),
      f1: expect.any(Number),
      bestF1: expect.any(Number),
      bestThreshold: expect.any(Number),
      blockingRecall: expect.any(Number),
    },
    clusters: {
      count: expect.any(Number),
      pairPrecision: expect.any(Number),
      pairRecall: expect.any(Number),
      pairF1: expect.any(Number),
      bCubedF1: expect.any(Number),
      largest: expect.any(Number),
    },
    seconds: expect.any(Number),
    peakRssMb: expect.any(Number),
  });
  expect(document.pairs["bestF1"]).toBeGreaterThan(0.95);
  expect(document.clusters["pairF1"]).toBeGreaterThan(0.95);
});

test("what is written is every row with its cluster, and the model links the same again", async () => {
  const files = ["--out", at("clusters.csv"), "--save-model", at("model.yaml")];
  const learnt = documentOf(await link(at("people.csv"), ...files, "--ignore", "person", "--json"));
  const given = documentOf(await link(at("people.csv"), "--model", at("model.yaml"), "--json"));

  const [head, ...rows] = (await readFile(at("clusters.csv"), "utf8")).trimEnd().split("\n");
  const clusters = new Set(rows.map((row) => row.split(",")[0]));
  expect(head).toBe("cluster,given,family,email,born,city,person");
  expect(rows.length).toBe(360);
  expect(clusters.size).toBe(learnt.clusters["count"]);
  expect(given.clusters).toEqual(learnt.clusters);
});

describe("pairs that are known to be the same", () => {
  const numbered = people().map((row, index) => ({ id: `r${index}`, ...row }));
  const slips = numbered.slice(300).map(({ id, person }) => `r${person},${id}`);

  beforeAll(async () => {
    const lines = numbered.map((row) => Object.values(row).join(","));
    const head = "id,given,family,email,born,city,person";
    await writeFile(at("numbered.csv"), [head, ...lines, ""].join("\n"));
    await writeFile(at("labels.csv"), ["left,right", ...slips, ""].join("\n"));
    await writeFile(at("wrong.csv"), "left,right\nr1,r2\nr1,nobody-at-all\n");
  });

  const learn = (labels: string, ...more: readonly string[]): Promise<Ended> =>
    link(at("numbered.csv"), "--labels", at(labels), "--ignore", "id", ...more);

  test("teach the model what the same are like", async () => {
    const wanted = ["--id", "id", "--truth", "person", "--json", "--save-model", at("taught.yaml")];
    const document = documentOf(await learn("labels.csv", ...wanted));
    await link(at("people.csv"), "--ignore", "person", "--save-model", at("alone.yaml"));

    expect(document).toMatchObject({ known: { same: 60, different: 0 } });
    expect(document.pairs["f1"]).toBeGreaterThan(0.95);
    const [taught, alone] = await Promise.all(
      ["taught.yaml", "alone.yaml"].map((name) => readFile(at(name), "utf8")),
    );
    expect(taught).not.toBe(alone);
  });

  test("are refused by their lines, without their values, where they are of no record", async () => {
    const { code, stderr } = await learn("wrong.csv", "--id", "id");

    expect(code).toBe(2);
    expect(stderr).toContain("line 3");
    expect(stderr).not.toContain("nobody-at-all");
  });

  test("need the column that names records, and a model that still learns", async () => {
    const without = await learn("labels.csv");
    const trained = await learn("labels.csv", "--id", "id", "--model", at("taught.yaml"));

    expect([without.code, trained.code]).toEqual([2, 2]);
    expect(without.stderr).toContain("--id");
    expect(trained.stderr).toContain("the model is trained");
  });
});

test("a dry run says what would be compared, and compares nothing", async () => {
  const ended = await link(at("people.csv"), "--truth", "person", "--dry-run", "--json");

  const analysis = JSON.parse(ended.stdout);
  expect(ended.code).toBe(0);
  expect(analysis).toMatchObject({ records: 360, isEstimated: false });
  expect(analysis.rules.length).toBeGreaterThan(3);
  expect(analysis.recall).toBeGreaterThan(0.9);
  const said = await link(at("people.csv"), "--dry-run");
  expect(said.stdout).toContain("a dry run: nothing was compared");
});

test("two rows are enough to be one or two", async () => {
  await writeFile(at("two.csv"), "name,born\nAda Weber,1980-01-01\nAda Webber,1980-01-01\n");

  const { clusters } = documentOf(await link(at("two.csv"), "--json"));

  expect(clusters["count"]).toBeLessThanOrEqual(2);
});

test("rows of several files are one table, and a truth that is half empty judges those that have one", async () => {
  const [first, second] = [people().slice(0, 300), people().slice(300)];
  await writeFile(at("first.csv"), csvOf(first));
  const half = csvOf(second).replaceAll(/,(\d*[13579])\n/gu, ",\n");
  await writeFile(at("second.csv"), half);

  const ended = await link(at("first.csv"), at("second.csv"), "--truth", "person");

  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain("30 true pairs");
  expect(ended.stdout).toContain("30 records without a truth are left out of the rates");
});

const TEXTS =
  "山田太郎|田中花子|Łódź Müller|सीता शर्मा|😀 Smith|An\u200Bna We\u200Dber|Иван Петров|محمد علي|Ελένη Παπά|ไทย ชื่อ";

/** Files that are strange and yet have an answer. */
const STRANGE: readonly {
  readonly what: string;
  readonly content: () => string;
  readonly clusters: number;
}[] = [
  { what: "a single record", content: () => csvOf(rowsOf(1, () => "a@mail.de")), clusters: 1 },
  {
    what: "20,000 people with one e-mail address",
    content: () => csvOf(rowsOf(20_000, () => "counter@shop.de")),
    clusters: 19_800,
  },
  {
    what: "100,000 equal rows",
    content: () => `given,family,born\n${"Ada,Weber,1980-01-01\n".repeat(100_000)}`,
    clusters: 1,
  },
  {
    what: "names in every script",
    content: () =>
      `name,born\n${TEXTS.split("|")
        .map((name, index) => `${name},19${50 + index}-0${1 + (index % 9)}-11\n`)
        .join("")
        .repeat(3)}`,
    clusters: 10,
  },
  {
    what: "fields of 1 MB",
    content: () =>
      `given,family,born,notes\n${GIVEN.map(
        (given, index) =>
          `${given},${FAMILY[index] ?? ""},196${index}-01-0${1 + (index % 9)},${"x".repeat(1_048_576)}\n`,
      ).join("")}`,
    clusters: 10,
  },
];

describe("a file is linked however strange it is:", { timeout: 120_000 }, () => {
  test.for(STRANGE)("$what", async ({ what, content, clusters }) => {
    const file = at(`${what}.csv`);
    const text = content();
    await writeFile(file, text);
    const truth =
      text.split("\n", 1)[0]?.endsWith(",person") === true ? ["--ignore", "person"] : [];

    const document = documentOf(await link(file, ...truth, "--json"));

    expect(document.clusters["count"]).toBeGreaterThanOrEqual(clusters);
    expect(document.clusters["count"]).toBeLessThanOrEqual(clusters * 1.02);
  });
});

const NAMES = "name,born\nAda Weber,1980-01-01\n";

/** What cannot be used, and what is said about it. */
const REFUSED: readonly {
  readonly what: string;
  readonly args: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly says: RegExp;
}[] = [
  { what: "a file that is not there", args: ["@nowhere.csv"], says: /there is no file .*nowhere/ },
  {
    what: "an empty file",
    args: ["@empty.csv"],
    files: { "empty.csv": "" },
    says: /empty\.csv is empty/,
  },
  {
    what: "one constant column",
    args: ["@constant.csv"],
    files: { "constant.csv": `x\n${"same\n".repeat(200)}` },
    says: /no column of the files can be compared/,
  },
  {
    what: "values that are all missing",
    args: ["@missing.csv"],
    files: { "missing.csv": `given,family,born\n${",,\n".repeat(200)}` },
    says: /no column of the files can be compared/,
  },
  {
    what: "a truth that is no column",
    args: ["@people.csv", "--truth", "who"],
    says: /column who: the files have no such column/,
  },
  {
    what: "a threshold that is no probability",
    args: ["@people.csv", "--threshold", "1.5"],
    says: /between 0 and 1/,
  },
  {
    what: "a model that is not there",
    args: ["@people.csv", "--model", "@nowhere.yaml"],
    says: /the model .*nowhere\.yaml cannot be read/,
  },
  {
    what: "a model that is none",
    args: ["@people.csv", "--model", "@broken.yaml"],
    files: { "broken.yaml": "x: 1\n" },
    says: /broken\.yaml.*waybill-linkage-model/,
  },
  {
    what: "a model whose fields the file lacks",
    args: ["@names.csv", "--model", "@other.yaml"],
    files: {
      "names.csv": NAMES,
      "other.yaml":
        "format: waybill-linkage-model/1\nfields: [{name: town, kind: place, columns: [town]}]\ncomparisons:\n  - name: town\n    levels:\n      - {name: same, when: equal(town), m: 0.9, u: 0.1}\n      - {name: different, when: otherwise, m: 0.1, u: 0.9}\nprior: 0.01\nblocking: [{name: town, key: town}]\nlargestBlock: 100\n",
    },
    says: /column town: the files have no such column/,
  },
  {
    what: "a model together with --auto",
    args: ["@people.csv", "--auto", "--model", "@x.yaml"],
    says: /cannot be used with/,
  },
  {
    what: "a folder",
    args: ["@"],
    says: /is not a file/,
  },
];

describe.concurrent("linking is refused with words and exit code 2:", { timeout: 60_000 }, () => {
  test.for(REFUSED)("$what", async ({ args, files = {}, says }, { expect }) => {
    for (const [name, text] of Object.entries(files)) {
      await writeFile(at(name), text);
    }

    const { code, stdout, stderr } = await link(
      ...args.map((arg) => (arg.startsWith("@") ? at(arg.slice(1)) : arg)),
    );

    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain("unforeseen");
  });
});

test("a file that is there is not overwritten, and nothing is linked for it", async () => {
  await writeFile(at("there.csv"), "mine\n");

  const { code, stderr } = await link(
    at("people.csv"),
    "--out",
    at("there.csv"),
    "--save-model",
    at("unwritten.yaml"),
  );

  expect(code).toBe(2);
  expect(stderr).toContain("there is a file");
  expect(await readFile(at("there.csv"), "utf8")).toBe("mine\n");
  await expect(access(at("unwritten.yaml"))).rejects.toThrow("ENOENT");
});
