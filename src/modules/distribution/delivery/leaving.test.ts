import { expect, test } from "vitest";
import { testField } from "../../../../tests/support/catalogue.ts";
import { decodeIds } from "../../segments/index.ts";
import { rankOf } from "../../policy/index.ts";
import type { OutgoingField } from "../store/projection.ts";
import { Leaving } from "./leaving.ts";

const [CLEAR, PARTIAL] = [String(rankOf("clear")), String(rankOf("partial"))];
const fields: OutgoingField[] = [
  { field: testField("email", { kind: "text" }), forms: ["clear", "partial"] },
];

/** Whom the index of disclosures is told of, by the form of the one field. */
function told(leaving: Leaving): unknown[] {
  return [...leaving.roll().parts()].map(({ forms, customers }) => {
    return [forms["email"], decodeIds(customers)];
  });
}

test("a payload without rows tells the index of nobody", () => {
  const leaving = new Leaving(fields, 7n);

  expect([leaving.roll().size, told(leaving), leaving.seen]).toEqual([0, [], 7n]);
  expect(leaving.has(1n)).toBe(false);
});

test("rows of one form, and of several, are told with theirs", () => {
  const leaving = new Leaving(fields, 0n);
  leaving.add({ ids: Float64Array.of(2, 3), formsOf: Uint32Array.of(0, 0), forms: [CLEAR] });
  expect(told(leaving)).toEqual([["clear", [2n, 3n]]]);

  const forms = [CLEAR, PARTIAL];
  leaving.add({ ids: Float64Array.of(5, 8), formsOf: Uint32Array.of(1, 0), forms });

  expect(told(leaving)).toEqual([
    ["clear", [2n, 3n, 8n]],
    ["partial", [5n]],
  ]);
  expect([leaving.has(5n), leaving.has(6n)]).toEqual([true, false]);
  expect([leaving.hasMoreThan(5n, PARTIAL), leaving.hasMoreThan(8n, PARTIAL)]).toEqual([
    false,
    true,
  ]);
});
