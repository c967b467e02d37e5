import { describe, expect, test } from "vitest";
import { newDeliverySecret } from "../../ledger/index.ts";
import { copyLine } from "./copy-text.ts";
import type { Encoding } from "./encoder.ts";
import { type PackedRows, RowList } from "./packed-rows.ts";
import type { PackingRequest } from "./packer.ts";
import { type PackedPayload, Packing } from "./packing.ts";

const request: Omit<PackingRequest, "encoding"> = {
  fields: [
    { name: "name", type: "text" },
    { name: "tags", type: "text-list" },
    { name: "charges", type: "decimal" },
  ],
  totals: [{ name: "charges", scale: 2 }],
  secret: newDeliverySecret(),
};

/** Some two megabytes, with forms that differ by row. */
const rows = Buffer.from(
  Array.from({ length: 60_000 }, (_, n) =>
    copyLine([String(n + 1), String(n % 3), `name ${n}`, ["a", `b${n}`], `${n}.25`]),
  ).join(""),
);

/** Packs in pieces of odd sizes. */
async function packed(
  bytes: Buffer,
  smallCrates: number,
  format: Encoding["format"] = "csv",
): Promise<{
  readonly payload: string;
  readonly packed: PackedPayload;
  readonly rows: PackedRows;
}> {
  let payload = "";
  const list = new RowList();
  const write = (written: Uint8Array): Promise<void> => {
    payload += Buffer.from(written).toString();
    return Promise.resolve();
  };
  const note = (some: PackedRows): void => {
    list.append(some);
  };
  const encoding = { format, waybillId: "0198a4f0-0000-7000-8000-000000000000" };
  await using packing = new Packing({ ...request, encoding }, { write, note }, smallCrates);
  for (let from = 0; from < bytes.length; from += 9_973) {
    await packing.feed(bytes.subarray(from, from + 9_973));
  }
  return { packed: await packing.finish(), payload, rows: list.rows() };
}

describe("packing", () => {
  test("in a thread makes of rows what packing here makes of them", async () => {
    const here = await packed(rows, 100);

    expect(await packed(rows, 0)).toEqual(here);
    expect(here.payload.split("\r\n").at(-2)).toBe('name 59999,"[""a"",""b59999""]",59999.25');
    expect(here.packed.longest).toBe(
      Buffer.byteLength('name 59999,"[""a"",""b59999""]",59999.25\r\n'),
    );
    expect(here.packed.contents).toMatchObject({
      count: 60_000,
      customers: { count: 60_000 },
      totals: { charges: "1799985000.00" },
    });
  });

  test.each(["jsonl", "webhook", "canonical", "none"] as const)(
    "in a thread makes %s as it is made here, and commits to the same records",
    async (format) => {
      const [csv, here] = [await packed(rows, 100), await packed(rows, 100, format)];

      expect(await packed(rows, 0, format)).toEqual(here);
      expect(here.packed.contents).toEqual(csv.packed.contents);
      expect(here.payload).not.toBe(csv.payload);
    },
  );

  test("tells whose each row is, and its forms", async () => {
    const { ids, formsOf, forms } = (await packed(rows, 0)).rows;

    expect(ids).toEqual(Float64Array.from({ length: 60_000 }, (_, n) => n + 1));
    expect(Array.from(formsOf, (place) => forms[place])).toEqual(
      Array.from({ length: 60_000 }, (_, n) => String(n % 3)),
    );
  });

  test("begins anew in a thread that is kept, also after another one has failed", async () => {
    const first = await packed(rows, 0);
    await expect(packed(rows.subarray(0, 1_000_000), 0)).rejects.toThrow(/in the middle of one/u);
    const both = await Promise.all([packed(rows, 0), packed(rows, 0)]);

    expect(both).toEqual([first, first]);
  });

  test("gives back crates whose payload is larger than their rows", async () => {
    const lists = Buffer.from(copyLine(["1", "0", "", Array(150_000).fill('"'), "1.00"]));

    const { payload } = await packed(lists, 0);

    expect(payload.length).toBeGreaterThan(lists.length);
  });

  test.each([0, 100])("fails with what the rows fail with: %d", async (smallCrates) => {
    const cut = rows.subarray(0, 1_000_000);
    await expect(packed(cut, smallCrates)).rejects.toThrow(/in the middle of one/u);

    const narrow = Buffer.concat([Buffer.from("1\t\tone column\n"), rows]);
    await expect(packed(narrow, smallCrates)).rejects.toThrow(/columns/u);
  });
});
