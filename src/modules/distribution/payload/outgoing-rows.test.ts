import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvariantError } from "../../../kernel/index.ts";
import { canonicalJson, newDeliverySecret, recordLeaf, SaltSequence } from "../../ledger/index.ts";
import { ByteSink } from "./byte-sink.ts";
import { copyLine } from "./copy-text.ts";
import { csvLine, writeCsvLine } from "./csv.ts";
import { OutgoingRows } from "./outgoing-rows.ts";
import type { RecordValues } from "./record.ts";
import { RecordLeaves } from "./record-leaves.ts";

/** Texts that are near what CSV, JSON, COPY and spreadsheets mind, and others. */
const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({
    unit: fc.constantFrom(...Array.from("\\\"'=+-@,\t\r\n\b\f\v\u0001\u007f＝ＮaN1ü😀")),
  }),
  fc.constantFrom("", String.raw`\N`, "+4915112345678", "-12.50", "2026-01-01"),
);
const values = fc.tuple(
  fc.option(text),
  fc.option(fc.array(text, { maxLength: 3 })),
  fc.option(text),
);
const lists = [false, true, false];
const fields = [{ name: "name" }, { name: "tags" }, { name: "city" }];

function rowsOf(records: readonly RecordValues[]): Buffer {
  return Buffer.from(
    records.map((record, index) => copyLine([String(index + 1), "42", ...record])).join(""),
  );
}

describe("outgoing rows", () => {
  test("give back what was copied, wherever the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 5 }), fc.nat(), (records, seed) => {
        const bytes = rowsOf(records);
        const cut = bytes.length === 0 ? 0 : seed % bytes.length;
        const rows = new OutgoingRows(lists);
        const read: unknown[] = [];

        for (const chunk of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
          rows.feed(chunk);
          while (rows.next()) {
            read.push([rows.id, rows.forms, rows.values()]);
          }
        }

        rows.end();
        expect(read).toEqual(records.map((record, index) => [index + 1, "42", record]));
      }),
    );
  });

  test("become the CSV and the commitments that their text forms have", () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 5 }), (records) => {
        const secret = newDeliverySecret();
        const salts = new SaltSequence(secret, "records");
        const leaves = new RecordLeaves(fields, salts);
        const rows = new OutgoingRows(lists);
        const out = new ByteSink();

        rows.feed(rowsOf(records));
        for (const [index, record] of records.entries()) {
          expect(rows.next()).toBe(true);
          const before = out.length;
          writeCsvLine(rows, fields.length, out);
          expect(out.bytes.toString("utf8", before)).toBe(csvLine(record));
          const named = Object.fromEntries(fields.map(({ name }, at) => [name, record[at]]));
          const leaf = recordLeaf(salts.at(index), canonicalJson(named)).toString("latin1");
          expect(leaves.ofRow(rows, index)).toBe(leaf);
          expect(leaves.of(record, index)).toBe(leaf);
        }
      }),
    );
  });

  test("that end in the middle of one, or have other columns, are a bug and stop at once", () => {
    const cut = new OutgoingRows(lists);
    cut.feed(Buffer.from("1\t\tname"));
    expect(cut.next()).toBe(false);
    expect(() => {
      cut.end();
    }).toThrow(InvariantError);

    const narrow = new OutgoingRows(lists);
    narrow.feed(Buffer.from("1\t\tname\n"));
    expect(() => narrow.next()).toThrow(InvariantError);
  });
});
