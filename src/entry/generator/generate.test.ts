import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { parse } from "csv-parse/sync";
import { afterAll, describe, expect, test } from "vitest";
import { CancelledError, InvalidInputError, must } from "../../kernel/index.ts";
import { referenceData } from "../../../tests/support/reference-data.ts";
import { generate, GENERATED_CLIENTS, type GenerateOptions, type GenerateReport } from "./index.ts";

const NO_ERRORS = {
  duplicates: 0,
  typos: 0,
  nicknames: 0,
  moves: 0,
  secondEmails: 0,
  swappedDates: 0,
  missingFields: 0,
  caseChanges: 0,
  badRows: 0,
};

const folder = await mkdtemp(join(tmpdir(), "waybill-generator-"));
afterAll(async () => {
  await rm(folder, { recursive: true });
});

let runs = 0;

interface Generated {
  readonly out: string;
  readonly report: GenerateReport;
  readonly rows: (name: string) => string[][];
}

/** Generates into a folder of its own; `rows` reads a file without its header, ragged rows included. */
async function generated(
  options: Pick<GenerateOptions, "client" | "customers"> & Partial<GenerateOptions>,
): Promise<Generated> {
  runs += 1;
  const out = join(folder, String(runs));
  const report = await generate({ seed: 11, out, ...options });
  return { out, report, rows: (name) => readRows(join(out, name)).slice(1) };
}

function readRows(path: string): string[][] {
  const text = readFileSync(path, "utf8");
  if (path.endsWith(".txt")) {
    const lines = text.split("\r\n").filter((line) => line !== "");
    return lines.map((line) => line.trim().split(/ +/));
  }
  return parse(text, { bom: true, relaxColumnCount: true });
}

function digests(directory: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory).map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(directory, name)))
        .digest("hex"),
    ]),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

describe.each(GENERATED_CLIENTS)("%s", (client) => {
  test("the same seed gives the same bytes, and another seed others", async () => {
    const first = await generated({ client, customers: 300 });
    const again = await generated({ client, customers: 300 });
    const other = await generated({ client, customers: 300, seed: 12 });

    expect(digests(again.out)).toEqual(digests(first.out));
    const others = digests(other.out);
    for (const [name, digest] of Object.entries(digests(first.out))) {
      expect(others[name], name).not.toBe(digest);
    }
  });

  test("the report counts the rows and the bytes that are in the files", async () => {
    const { report, out, rows } = await generated({ client, customers: 400 });

    expect(report.files.map(({ path }) => basename(path)).toSorted()).toEqual(
      readdirSync(out).toSorted(),
    );
    for (const file of report.files) {
      expect(rows(basename(file.path)).length, file.path).toBe(file.rows);
      expect(readFileSync(file.path).length, file.path).toBe(file.bytes);
    }
  });

  test("without errors no row is ragged and every value can be read back", async () => {
    const { report, out } = await generated({ client, customers: 300, errors: NO_ERRORS });

    expect(report.badRows).toBe(0);
    for (const name of readdirSync(out)) {
      const rows = readRows(join(out, name));
      expect(new Set(rows.map((row) => row.length)).size, name).toBe(1);
      expect(
        rows.flat().some((value) => /["\n\r]|^\s|\s$/.test(value)),
        name,
      ).toBe(false);
    }
  });

  test("nothing happens on the day on which the history ends, or after it", async () => {
    const until = new Date("2026-03-01T00:00:00Z");
    const { out } = await generated({ client, customers: 300, errors: NO_ERRORS, until });
    const days = readdirSync(out)
      .flatMap((name) => happened(readRows(join(out, name))))
      .filter((value) => /^20\d\d-?\d\d-?\d\d(?:T|$)/.test(value))
      .map((value) => value.replaceAll("-", "").slice(0, 8))
      .toSorted();

    expect(days.at(-1)).toBe("20260228");
  });
});

/** Columns with days still to come, and one with numbers that can look like days. */
const NO_PAST = new Set(["contract_until", "expires", "promised_on", "revenue"]);

/** The values that say what has happened. */
function happened([head = [], ...rows]: readonly string[][]): string[] {
  return rows.flatMap((row) => row.filter((_, column) => !NO_PAST.has(head[column] ?? "")));
}

const PUBLISHED = [
  ["telecom", "billing.csv", "customers/telco/Telco-Customer-Churn.csv"],
  ["retail", "orders.txt", "customers/cdnow/CDNOW_master.txt"],
  ["health", "patients.csv", "customers/synthea/patients.csv"],
  ["health", "conditions.csv", "customers/synthea/conditions.csv"],
  ["health", "medications.csv", "customers/synthea/medications.csv"],
  ["health", "immunizations.csv", "customers/synthea/immunizations.csv"],
  ["health", "careplans.csv", "customers/synthea/careplans.csv"],
] as const;

describe.each(PUBLISHED)("%s %s beside the published file", (client, name, path) => {
  const published = referenceData(path);

  test.skipIf(published === undefined)(
    "has its first line and its line ends, to the byte",
    async () => {
      const { out } = await generated({ client, customers: 50, errors: NO_ERRORS });
      const firstLine = (file: string) => readFileSync(file, "utf8").split("\n", 1);

      expect(firstLine(join(out, name))).toEqual(firstLine(must(published, "skipped without it")));
    },
  );

  test.skipIf(published === undefined)(
    "has values of the same shapes in every column",
    async () => {
      const { rows } = await generated({ client, customers: 400, errors: NO_ERRORS });
      const shapes = columnShapes(readRows(must(published, "skipped without it")).slice(1));

      columnShapes(rows(name)).forEach((found, column) => {
        const known = shapes[column] ?? new Set();
        expect(
          [...found].filter((shape) => !known.has(shape)),
          `column ${column + 1}`,
        ).toEqual([]);
      });
    },
  );
});

/** What kinds of values each column has: dates, numbers, words, and so on. */
function columnShapes(rows: readonly string[][]): Set<string>[] {
  const shapes: Set<string>[] = [];
  for (const row of rows) {
    row.forEach((value, column) => {
      (shapes[column] ??= new Set()).add(shapeOf(value));
    });
  }
  return shapes;
}

const SHAPES: readonly (readonly [string, RegExp])[] = [
  ["empty", /^$/],
  ["instant", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/],
  ["date", /^\d{4}-\d\d-\d\d$/],
  ["compact date", /^(?:19|20)\d{6}$/],
  ["uuid", /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/],
  ["number", /^-?\d+(?:\.\d+)?$/],
  ["customer number", /^\d{4}-[A-Z]{5}$/],
  ["social security number", /^999-\d\d-\d{4}$/],
  ["licence", /^S\d{8}$/],
  ["passport", /^X\d+X$/],
];

function shapeOf(value: string): string {
  return SHAPES.find(([, pattern]) => pattern.test(value))?.[0] ?? "words";
}

test("purchases stand in their columns with the blanks of the published file", async () => {
  const { out } = await generated({ client: "retail", customers: 200, errors: NO_ERRORS });
  const lines = readFileSync(join(out, "orders.txt"), "utf8").split("\r\n").slice(1, -1);

  expect(lines.every((line) => /^ \d{5} \d{8} [ \d]\d [ \d]{3}\d\.\d\d$/.test(line))).toBe(true);
});

test("telecom customers look like the published ones in the figures that segments use", async () => {
  const { rows } = await generated({ client: "telecom", customers: 8_000, errors: NO_ERRORS });
  const billing = rows("billing.csv");
  const share = (column: number, value: string) =>
    billing.filter((row) => row[column] === value).length / billing.length;

  expect(share(20, "Yes")).toBeCloseTo(1_869 / 7_043, 1.4);
  expect(share(15, "Month-to-month")).toBeCloseTo(3_875 / 7_043, 1.4);
  expect(share(8, "Fiber optic")).toBeCloseTo(3_096 / 7_043, 1.4);
  expect(sum(billing.map((row) => Number(row[18]))) / billing.length).toBeCloseTo(
    456_116.6 / 7_043,
    -1,
  );
  for (const row of billing) {
    expect(row[19] === "NA").toBe(row[5] === "0");
    expect(row[9] === "No internet service").toBe(row[8] === "No");
    expect(row[7] === "No phone service").toBe(row[6] === "No");
    expect(Number(row[19]) < Number(row[18])).toBe(false);
  }
});

test("retail customers buy as often and for as much as the published ones", async () => {
  const { rows } = await generated({ client: "retail", customers: 20_000, errors: NO_ERRORS });
  const orders = rows("orders.txt");

  expect(new Set(orders.map(([id]) => id)).size).toBe(20_000);
  expect(orders.length / 20_000 / (69_659 / 23_570)).toBeCloseTo(1, 1);
  expect(
    sum(orders.map((row) => Number(row[3]))) / orders.length / (2_500_315.63 / 69_659),
  ).toBeCloseTo(1, 1);
});

test("every event is of a customer whom another file names, and within the customer's life", async () => {
  const telecom = await generated({ client: "telecom", customers: 500, errors: NO_ERRORS });
  const customers = new Set(telecom.rows("billing.csv").map(([id]) => id));
  const health = await generated({ client: "health", customers: 300, errors: NO_ERRORS });
  const lives = new Map(
    health.rows("patients.csv").map(([id, born, died]) => [id, { born, died }]),
  );

  for (const name of ["tickets.csv", "calls.csv"]) {
    expect(telecom.rows(name).every(([, customer]) => customers.has(customer))).toBe(true);
  }
  for (const [start, , patient] of [
    ...health.rows("conditions.csv"),
    ...health.rows("medications.csv"),
  ]) {
    const life = must(lives.get(patient), "every event names a patient of patients.csv");
    expect((start ?? "") >= (life.born ?? "")).toBe(true);
    expect(life.died === "" || (start ?? "").slice(0, 10) <= (life.died ?? "")).toBe(true);
  }
});

test("every account has contacts, somebody who decides is among them, and every shipment is of a contact", async () => {
  const { rows } = await generated({ client: "freight", customers: 1_000, errors: NO_ERRORS });
  const accounts = new Set(rows("accounts.csv").map(([id]) => id));
  const contacts = rows("contacts.csv");
  const deciding = contacts.filter((row) => row[6] === "decides").map((row) => row[1]);

  expect(accounts.size).toBe(rows("accounts.csv").length);
  expect(new Set(deciding)).toEqual(accounts);
  expect(new Set(contacts.map((row) => row[1]))).toEqual(accounts);
  const numbers = new Set(contacts.map(([id]) => id));
  for (const name of ["shipments.csv", "tickets.csv", "calls.csv"]) {
    expect(rows(name).every(([, contact]) => numbers.has(contact))).toBe(true);
  }
});

test("gold accounts are answered first, and every desk leaves something open", async () => {
  const { rows } = await generated({ client: "freight", customers: 3_000, errors: NO_ERRORS });
  const tiers = new Map(rows("accounts.csv").map((row) => [row[0], row[6]]));
  const tierOf = new Map(rows("contacts.csv").map((row) => [row[0], tiers.get(row[1])]));
  const hours = (tier: string) => {
    const waits = rows("tickets.csv")
      .filter((row) => tierOf.get(row[1]) === tier && row[3] !== "")
      .map((row) => (Date.parse(row[3] ?? "") - Date.parse(row[2] ?? "")) / 3_600_000);
    return sum(waits) / waits.length;
  };

  expect(hours("gold")).toBeLessThan(hours("silver"));
  expect(hours("silver")).toBeLessThan(hours("bronze"));
  expect(rows("tickets.csv").some((row) => row[4] === "")).toBe(true);
  expect(rows("shipments.csv").some((row) => row[4] === "")).toBe(true);
});

test("the truth names every record once, and agrees with what the records share", async () => {
  const { rows, report } = await generated({
    client: "telecom",
    customers: 3_000,
    errors: { badRows: 0, duplicates: 0.3 },
  });
  const truth = rows("truth.csv");
  const persons = new Map(truth.map(([source, record, person]) => [`${source} ${record}`, person]));
  const contacts = rows("crm_contacts.csv");
  const billing = rows("billing.csv");

  expect(persons.size).toBe(truth.length);
  expect(truth.length).toBe(contacts.length + billing.length);
  expect(report.duplicates).toBe(
    contacts.length - new Set(contacts.map(([id]) => persons.get(`crm ${id}`))).size,
  );
  expect(report.duplicates / 3_000).toBeCloseTo(0.3 / 0.7, 1);
  for (const [id, customer] of contacts) {
    expect(customer === "" || persons.get(`billing ${customer}`) === persons.get(`crm ${id}`)).toBe(
      true,
    );
  }
  for (const sameMail of Map.groupBy(contacts, (row) => (row[4] ?? "").toLowerCase()).entries()) {
    const [mail, records] = sameMail;
    const found = new Set(records.map(([id]) => persons.get(`crm ${id}`)));
    expect(mail === "" || found.size === 1).toBe(true);
  }
});

test("duplicates lie far from the record they repeat", async () => {
  const { rows } = await generated({ client: "telecom", customers: 1_000, errors: { badRows: 0 } });
  const ids = rows("crm_contacts.csv").map(([id]) => id ?? "");
  const firstDuplicate = ids.findIndex((id) => /-\d+-\d+$/.test(id));

  expect(firstDuplicate).toBe(1_000);
});

test("bad rows are as many as reported, and each is bad in a way that a reader can see", async () => {
  const { rows, report } = await generated({
    client: "telecom",
    customers: 4_000,
    errors: { badRows: 0.05 },
  });
  const calls = rows("calls.csv");
  const isBad = (row: readonly string[]) =>
    row.length !== 7 || Number.isNaN(Number(row[3])) || Number.isNaN(Date.parse(row[2] ?? ""));
  const reported = must(
    report.files.find(({ path }) => path.endsWith("calls.csv")),
    "telecom has calls",
  );

  expect(calls.filter(isBad).length).toBe(reported.badRows);
  expect(reported.badRows / reported.rows).toBeCloseTo(0.05, 1.9);
  expect(sum(report.files.map(({ badRows }) => badRows))).toBe(report.badRows);
});

test("more customers leave those who were there as they are", async () => {
  const few = await generated({ client: "retail", customers: 100 });
  const many = await generated({ client: "retail", customers: 200 });
  const fewRows = few.rows("orders.txt");

  expect(many.rows("orders.txt").slice(0, fewRows.length)).toEqual(fewRows);
});

test("numbers out of their range are refused, all of them at once", async () => {
  const options = { customers: 0, seed: 0.5, errors: { duplicates: 1, badRows: -0.1 } };
  const refusal = await generated({ client: "retail", ...options }).catch(
    (error: unknown) => error,
  );

  expect(refusal).toBeInstanceOf(InvalidInputError);
  expect(refusal instanceof InvalidInputError && refusal.issues.map(({ at }) => at)).toEqual([
    "customers",
    "seed",
    "errors.duplicates",
    "errors.badRows",
  ]);
});

test("a stopped run leaves no file behind, and progress only grows", async () => {
  const out = join(folder, "stopped");
  const stop = new AbortController();
  const progress: number[] = [];
  const run = generate({
    client: "health",
    customers: 100_000,
    seed: 1,
    out,
    signal: stop.signal,
    onProgress: (done) => {
      progress.push(done);
      if (progress.length === 3) {
        stop.abort();
      }
    },
  });

  await expect(run).rejects.toBeInstanceOf(CancelledError);
  expect(readdirSync(out)).toEqual([]);
  expect(progress).toEqual(progress.toSorted((a, b) => a - b));
});

/** 4,000 patients are 58 MB of text: kept, they could not be held in a heap of 32 MB. */
test("memory does not grow with the number of customers", async () => {
  const door = new URL("index.ts", import.meta.url).href;
  const out = join(folder, "large");
  const program = `
    import { generate } from ${JSON.stringify(door)};
    const report = await generate({ client: "health", customers: 4000, seed: 1, out: ${JSON.stringify(out)} });
    console.log(report.files.reduce((sum, file) => sum + file.bytes, 0));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--max-old-space-size=32",
    "--max-semi-space-size=4",
    "--input-type=module",
    "--eval",
    program,
  ]);

  expect(Number(stdout)).toBeGreaterThan(50_000_000);
});
