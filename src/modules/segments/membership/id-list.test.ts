import fc from "fast-check";
import { expect, test } from "vitest";
import { countIds, decodeIds, encodeIds } from "./id-list.ts";

const ids = fc
  .uniqueArray(fc.oneof(fc.maxSafeNat(), fc.nat({ max: 300 })), { maxLength: 200 })
  .map((list) =>
    [...list]
      .sort((a, b) => a - b)
      .filter((id) => id > 0)
      .map(BigInt),
  );

test("a list of ids is read back as it was written", () => {
  fc.assert(
    fc.property(ids, (list) => {
      const bytes = encodeIds(list);

      expect(decodeIds(bytes)).toEqual(list);
      expect(countIds(bytes)).toBe(list.length);
    }),
  );
});

test("neighbours take a byte each", () => {
  expect([...encodeIds([300n, 301n, 428n])]).toEqual([0xac, 0x02, 1, 127]);
});

test.each([
  ["descending ids", [2n, 1n]],
  ["an id twice", [1n, 1n]],
  ["zero", [0n]],
  ["an id too large to be one", [2n ** 53n]],
])("%s are refused", (_, list) => {
  expect(() => encodeIds(list)).toThrow("in ascending order");
});

test("bytes that end within an id are refused", () => {
  expect(() => decodeIds(Uint8Array.of(1, 0x80))).toThrow("ends within");
});
