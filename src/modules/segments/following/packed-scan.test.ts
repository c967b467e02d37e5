import { expect, test } from "vitest";
import { PackedScan } from "./packed-scan.ts";

test("what is packed comes out as it went in, in pieces", () => {
  const rows = [
    { member: 1n, bits: Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]), due: new Date(5) },
    { member: 2n ** 62n, bits: Buffer.alloc(8), due: null },
    { member: 3n, bits: null, due: null },
  ];
  const scan = new PackedScan(3, 8);

  rows.forEach((row) => scan.add(row));

  expect([...scan.chunks(2)]).toEqual([rows.slice(0, 2), rows.slice(2)]);
  expect(scan.size).toBe(3);
});
