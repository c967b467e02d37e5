import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { testField } from "../../../tests/support/catalogue.ts";
import type { Catalogue, CustomerDataset, Dataset, EventDataset } from "../contracts/index.ts";
import { definePrepare, prepare, stagingColumns } from "./prepare.ts";
import type { PrepareSummary, RejectedRow } from "./prepare.ts";
import { inPieces } from "./reading/testing.ts";
import { parseSource } from "./source-definition.ts";

const people: CustomerDataset = {
  kind: "customer",
  name: "people",
  title: "",
  description: "",
  account: undefined,
  fields: [
    testField("no", { kind: "text" }),
    testField("phone", { kind: "text" }, { normaliser: "phone" }),
    testField("country", { kind: "text" }, { normaliser: "country" }),
    testField("joined", { kind: "date" }),
    testField("left_on", { kind: "date" }),
    testField(
      "balance",
      { kind: "decimal", precision: 10, scale: 2 },
      { rules: { required: true, minimum: "0" } },
    ),
    testField("tags", { kind: "text-list" }),
  ],
  key: ["no"],
  rowRules: [
    {
      id: "left-after-joined",
      expression: "row.left_on >= row.joined",
      message: "left before joining",
    },
  ],
};
const visits: EventDataset = {
  kind: "event",
  name: "visits",
  title: "",
  description: "",
  fields: [
    testField("person", { kind: "text" }),
    testField("day", { kind: "date" }),
    testField("room", { kind: "text" }),
  ],
  key: ["person", "room"],
  rowRules: [],
  eventTime: "day",
  subject: { field: "person", dataset: "people", target: "no" },
  createsCustomers: false,
};
const catalogue: Catalogue = {
  client: "test",
  contractId: "test",
  contractVersion: "1.0.0",
  contractSha256: "",
  timeZone: "Europe/Berlin",
  defaultCountry: "DE",
  currency: "EUR",
  minimumCount: 10,
  purposes: [],
  datasets: [people, visits],
};

interface Outcome {
  /** Each row's staging values as COPY wrote them. */
  readonly rows: readonly (readonly string[])[];
  readonly rejected: readonly RejectedRow[];
  readonly summary: PrepareSummary;
}

async function prepared(
  input: string | Uint8Array,
  definition: object = {},
  options: { dataset?: Dataset; cuts?: readonly number[] } = {},
): Promise<Outcome> {
  const dataset = options.dataset ?? people;
  const source = parseSource({ source: "test", dataset: dataset.name, ...definition }, "test.yaml");
  const preparation = prepare(
    inPieces(input, options.cuts),
    definePrepare({ source, dataset, catalogue }),
  );
  const rows: string[][] = [];
  const rejected: RejectedRow[] = [];
  for await (const batch of preparation) {
    const lines = batch.copy.toString().split("\n").slice(0, -1);
    expect(lines.length).toBe(batch.rows);
    rows.push(...lines.map((line) => line.split("\t")));
    rejected.push(...batch.rejected);
  }
  return { rows, rejected, summary: preparation.summary() };
}

function broken({ rejected }: Outcome): string[] {
  return rejected.map(({ line, issues }) =>
    [line, ...issues.map(({ rule, field }) => `${rule} ${field ?? ""}`.trim())].join(" "),
  );
}

const HEADER = "no,phone,country,joined,left_on,balance,tags\n";

describe("prepared rows", () => {
  test("have the columns of the staging table, canonical values and nulls", async () => {
    const { rows } = await prepared(
      `${HEADER}A-1,030 901820,Germany,2024-01-02,,7.5,"[""x"",""y\\\\z""]"\n`,
    );

    expect(stagingColumns(people).map(({ name }) => name)).toEqual([
      "_line",
      "_key",
      "_hash",
      "_stated_at",
      "no",
      "phone",
      "country",
      "joined",
      "left_on",
      "balance",
      "tags",
    ]);
    expect(rows).toEqual([
      [
        "2",
        "A-1",
        expect.stringMatching(/^[0-9a-f]{32}$/),
        "\\N",
        "A-1",
        "+4930901820",
        "DE",
        "2024-01-02",
        "\\N",
        "7.50",
        '{"x","y\\\\\\\\z"}',
      ],
    ]);
  });

  test("read national numbers by the country of their row", async () => {
    const { rows } = await prepared(
      `${HEADER}1,020 7946 0958,UK,,,0,\n2,030 901820,,,,0,\n3,0171 2345678,nowhere,,,0,\n`,
    );

    expect(rows.map((row) => row[5])).toEqual(["+442079460958", "+4930901820"]);
  });

  test("of events have their time at the day's beginning in the client's zone, their subject, and a joined key", async () => {
    const { rows } = await prepared(
      "person,day,room\na|b,2024-07-01,100%\na,2024-12-01,b|100%\n",
      {},
      { dataset: visits },
    );

    expect(rows.map(([line, key, , , at, subject]) => [line, key, at, subject])).toEqual([
      ["2", "a%7Cb|100%25", "2024-06-30T22:00:00Z", "a|b"],
      ["3", "a|b%7C100%25", "2024-11-30T23:00:00Z", "a"],
    ]);
  });

  test("say when their source stated them, which does not change their hash", async () => {
    const definition = { statedAt: { column: "at", date: "dd.MM.yyyy" } };
    const { rows } = await prepared(
      "no,balance,at\n1,5,01.07.2024\n1,5.0,02.07.2024\n1,6,02.07.2024\n",
      definition,
    );
    const [first, second, third] = rows;

    expect(rows.map((row) => row[3])).toEqual([
      "2024-06-30T22:00:00Z",
      "2024-07-01T22:00:00Z",
      "2024-07-01T22:00:00Z",
    ]);
    expect(first?.[2]).toBe(second?.[2]);
    expect(first?.[2]).not.toBe(third?.[2]);
  });

  test("have hashes that stay the same from release to release", async () => {
    const { rows } = await prepared("no,balance\n1,5\n");

    // Stored beside every source record: another hash would make every record look changed.
    expect(rows[0]?.[2]).toBe("0bc5526c1403fadd9438306eec82e546");
  });

  test("are the same from every format that can hold them", async () => {
    const lines = [
      { no: "1", balance: "5.00", joined: "2024-01-02" },
      { no: 'q"2', balance: "6.10", joined: "2024-01-03" },
    ];
    const csv = `joined;no;balance\n${lines.map((row) => `${row.joined};"${row.no.replaceAll('"', '""')}";${row.balance}`).join("\r\n")}`;
    const jsonl = lines.map((row) => JSON.stringify(row)).join("\n");
    const outcomes = await Promise.all([
      prepared(csv),
      prepared(jsonl),
      prepared(JSON.stringify(lines)),
      prepared(Buffer.from(csv, "utf16le")),
    ]);

    const withoutLines = outcomes.map(({ rows }) => rows.map(([, ...values]) => values));
    expect(withoutLines[0]?.length).toBe(2);
    for (const other of withoutLines) {
      expect(other).toEqual(withoutLines[0]);
    }
  });

  test("are the same however the input is cut into pieces", async () => {
    const value = fc.constantFrom(
      "1",
      "",
      "x",
      "5.00",
      "-1",
      '"a,b"',
      '"',
      "\0",
      "2024-01-01",
      "é",
    );
    const table = fc.array(fc.array(value, { minLength: 2, maxLength: 4 }), { maxLength: 20 });

    await fc.assert(
      fc.asyncProperty(table, fc.array(fc.nat(), { maxLength: 5 }), async (rows, cuts) => {
        const text = `no,balance,joined\n${rows.map((row) => row.join(",")).join("\n")}\n${"9,9,2024-01-01\n".repeat(20)}`;
        const definition = {
          control: { sums: ["balance"] },
          format: { delimiter: ",", encoding: "utf-8" },
        };

        const whole = await prepared(text, definition);
        const pieces = await prepared(text, definition, { cuts });

        expect(pieces).toEqual(whole);
        expect(whole.summary.read).toBe(whole.rows.length + whole.rejected.length);
        expect(whole.summary.accepted).toBe(whole.rows.length);
      }),
      { numRuns: 150 },
    );
  });
});

describe("rejected rows", () => {
  test("name every rule that they break, with the bytes as they came", async () => {
    const outcome = await prepared(`${HEADER}1,12,nowhere,2024-02-30,,-1,\n2,,,,,5,\n`);

    expect(broken(outcome)).toEqual(["2 phone phone country country type joined minimum balance"]);
    expect(outcome.rejected[0]?.original.toString()).toBe("1,12,nowhere,2024-02-30,,-1,");
    expect(outcome.rows.length).toBe(1);
  });

  test("are those with too few or too many values, or without a key", async () => {
    const outcome = await prepared("no,balance\n1\n1,2,3\n,5\n4,\n5,5\n");

    expect(broken(outcome)).toEqual([
      "2 too-few-columns",
      "3 too-many-columns",
      "4 required no",
      "5 required balance",
    ]);
  });

  test("break a row rule only when the fields that it reads have values", async () => {
    const outcome = await prepared(
      "no,balance,joined,left_on\n1,0,2024-01-02,2024-01-01\n2,0,2024-01-02,\n3,0,2024-01-02,2024-01-02\n",
    );

    expect(broken(outcome)).toEqual(["2 left-after-joined"]);
    expect(outcome.rows.length).toBe(2);
  });

  test("never carry a value in their messages", async () => {
    const outcome = await prepared(
      `${HEADER}secret-no,secret-phone,secret-country,secret-day,secret-day,secret-sum,\n`,
    );

    expect(outcome.rejected.length).toBe(1);
    expect(JSON.stringify(outcome.rejected[0]?.issues)).not.toContain("secret");
  });
});

describe("mappings", () => {
  test("fill fields from constants and expressions over the raw columns", async () => {
    const definition = {
      fields: {
        no: { cel: 'row["A"] + "-" + row["B"]' },
        country: { constant: "France" },
        balance: { cel: "int(row.C) + 1" },
      },
      ignore: ["D"],
    };
    const outcome = await prepared("A,B,C,D,E\nx,y,41,,\nx,y,many,,\n", definition);

    expect(outcome.rows.map((row) => [row[4], row[6], row[9]])).toEqual([["x-y", "FR", "42.00"]]);
    expect(broken(outcome)).toEqual(["3 expression balance"]);
    expect(outcome.summary.unmapped).toEqual(["E"]);
  });

  test("whose columns are missing refuse the input and say what was meant", async () => {
    const refused = prepared("nr,balance\n1,2\n", { fields: { no: "nrs" } });

    await expect(refused).rejects.toMatchObject({
      code: "columns-missing",
      issues: [{ at: "no", message: 'there is no column "nrs"', hint: 'did you mean "nr"?' }],
    });
  });

  test("refuse the input for every column that they name, and for none that they do not", async () => {
    const named = prepared("no,balance\n1,2\n", { fields: { tags: "T" } });

    await expect(named).rejects.toMatchObject({ code: "columns-missing" });
    expect((await prepared("no,balance\n1,2\n")).rows.length).toBe(1);
  });

  test("of JSON report members that nothing takes", async () => {
    const { summary } = await prepared('{"no":"1","balance":1,"extra":{},"notes":1}\n', {
      ignore: ["notes"],
    });

    expect(summary.unmapped).toEqual(["extra"]);
  });
});

describe("control totals", () => {
  const definition = {
    fields: { balance: { column: "balance", decimal: ",", thousands: "." } },
    control: { sums: ["balance"], trailer: { starts: "TRL", rows: 2, sums: { balance: 3 } } },
  };

  test("of accepted and of rejected rows are summed apart, exactly", async () => {
    const { summary } = await prepared("no;balance\n1;0,10\n2;0,20\n;1.000,00\n4;-5\n", definition);

    expect([...summary.sums]).toEqual([["balance", "0.30"]]);
    expect([...summary.rejectedSums]).toEqual([["balance", "1000.00"]]);
    expect([summary.read, summary.accepted, summary.rejected]).toEqual([4, 2, 2]);
  });

  test("are read from the trailer, which is no row", async () => {
    const { summary, rows, rejected } = await prepared(
      "no;balance\n1;0,10\nTRL;1;1.000,10\n",
      definition,
    );

    expect([rows.length, rejected.length]).toEqual([1, 0]);
    expect(summary.trailer).toEqual({ line: 3, rows: 1, sums: new Map([["balance", "1000.10"]]) });
    expect(summary.isTrailerMissing).toBe(false);
  });

  test("that are announced and do not come are missing", async () => {
    const { summary } = await prepared("no;balance\n1;0,10\n", definition);

    expect(summary.isTrailerMissing).toBe(true);
  });

  test("in the midst of the rows, or that cannot be read, are rejected rows", async () => {
    const midst = await prepared("no;balance\n1;0\nTRL;1;0\n2;0\n", definition);
    const unreadable = await prepared("no;balance\n1;0\nTRL;one;much\n", definition);

    expect(broken(midst)).toEqual(["3 trailer"]);
    expect(broken(unreadable)).toEqual(["3 trailer balance trailer"]);
    expect([midst.summary.isTrailerMissing, unreadable.summary.isTrailerMissing]).toEqual([
      true,
      true,
    ]);
    expect(unreadable.summary.read).toBe(2);
  });
});

test("memory does not grow with the input", async () => {
  const source = parseSource({ source: "test", dataset: "people" }, "test.yaml");
  const chunk = Buffer.from("person-number-one,5.00\n".repeat(2800));
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("no,balance\n");
    for (let piece = 0; piece < 150; piece++) {
      yield await Promise.resolve(chunk);
    }
  }

  const preparation = prepare(endless(), definePrepare({ source, dataset: people, catalogue }));
  let rows = 0;
  let early = 0;
  let peak = 0;
  for await (const batch of preparation) {
    rows += batch.rows;
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    early = rows < 100_000 ? Math.max(early, heapUsed + arrayBuffers) : early;
    peak = Math.max(peak, heapUsed + arrayBuffers);
  }

  expect(rows).toBe(2800 * 150);
  // The input is 10 MB and the output 30 MB; what is held is buffers and garbage not yet collected.
  expect(peak - early).toBeLessThan(24 * 1024 * 1024);
});
