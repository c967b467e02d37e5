import fc from "fast-check";
import { expect, test } from "vitest";
import type { CustomerDataset, FieldType } from "../../contracts/index.ts";
import { indexedAs } from "../../contracts/index.ts";
import { memoryProtection } from "../../protection/testing/memory-protection.ts";
import { customers, testField } from "../../../../tests/support/catalogue.ts";
import { CopyBuffer } from "../mapping/copy-row.ts";
import { RowSealer } from "./row-sealer.ts";

const text: FieldType = { kind: "text" };
const HASH = "0123456789abcdef0123456789abcdef";

const dataset: CustomerDataset = {
  ...customers,
  name: "patients",
  fields: [
    testField("pid", text, { sealed: true }),
    testField("ward", text),
    testField("note", text, { sealed: true }),
  ],
  key: ["pid", "ward"],
};
const protection = memoryProtection("clinic");
const sealer = new RowSealer({ dataset, source: "register", protection });

/** A prepared row, as preparation writes it: line, key, hash, time, then the fields. */
function copyRow(values: readonly (string | null)[]): Buffer {
  const out = new CopyBuffer(256);
  for (const value of ["1", "clear", HASH, null, ...values]) {
    if (value === null) {
      out.putNull();
    } else {
      out.putText(value);
    }
    out.tab();
  }
  out.length--;
  out.newline();
  return Buffer.from(out.bytes.subarray(0, out.length));
}

async function sealedColumns(values: readonly (string | null)[]): Promise<string[]> {
  const sealed = await sealer.seal(copyRow(values));
  return sealed.toString("utf8").trimEnd().split("\t");
}

function bytesOf(column: string | undefined): Buffer {
  return Buffer.from(column?.replace("\\\\x", "") ?? "", "hex");
}

test("a sealed value opens to what was prepared, whatever characters it has", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary", minLength: 1 }), async (note) => {
      fc.pre(!note.includes("\0") && note.isWellFormed());
      const columns = await sealedColumns(["P-1", "w1", note]);

      const sealed = bytesOf(columns[6]);
      const opener = await protection.opener([sealed]);
      expect(opener.open(indexedAs(dataset, "note"), sealed)).toBe(note);
    }),
    { numRuns: 200 },
  );
});

test("the same row gives the same bytes, so that a file that comes again says nothing new", async () => {
  const once = await sealedColumns(["P-1", "w1", "swollen ankle"]);
  const again = await sealedColumns(["P-1", "w1", "swollen ankle"]);

  expect(again).toEqual(once);
});

test("a key with a sealed part has the part's blind index, and its clear parts as ever", async () => {
  const [, key] = await sealedColumns(["P-1", "a|b%", null]);

  const index = protection.blindIndex(indexedAs(dataset, "pid"), "P-1").toString("hex");
  expect(key).toBe(`${index}|a%7Cb%25`);
});

test("the hash of a row is keyed, no value stays no value, and what is not sealed stays as it is", async () => {
  const [, , hash, time, pid, ward, note] = await sealedColumns(["P-1", "w1", null]);

  const keyed = protection.keyedHash("row patients", HASH).toString("hex", 0, 16);
  expect({ hash, time, ward, note }).toEqual({ hash: keyed, time: "\\N", ward: "w1", note: "\\N" });
  expect(bytesOf(pid).subarray(0, 16)).toEqual(
    protection.blindIndex(indexedAs(dataset, "pid"), "P-1"),
  );
});

test("two people with the same value have other bytes and one blind index", async () => {
  const [one, other] = await Promise.all(
    ["P-1", "P-2"].map(async (pid) => bytesOf((await sealedColumns([pid, "w1", "ill"]))[6])),
  );

  expect(one?.subarray(0, 16)).toEqual(other?.subarray(0, 16));
  expect(one).not.toEqual(other);
});
