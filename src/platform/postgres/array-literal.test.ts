import { expect, test } from "vitest";
import { plainArrayLiteral } from "./array-literal.ts";

test("what needs no quotes is written without", () => {
  expect(plainArrayLiteral([])).toBe("{}");
  expect(plainArrayLiteral([1n, -2, null, 2.5, true, false])).toBe("{1,-2,NULL,2.5,true,false}");
  expect(plainArrayLiteral([Buffer.from([0, 255]), Buffer.of()])).toBe("{\\\\x00ff,\\\\x}");
});

test("instants are written in UTC, as far as years have four digits", () => {
  expect(plainArrayLiteral([new Date("0001-01-01T00:00:00Z")])).toBe("{0001-01-01T00:00:00.000Z}");
  expect(plainArrayLiteral([new Date("+010000-01-01T00:00:00Z")])).toBeUndefined();
  expect(plainArrayLiteral([new Date("0000-12-31T23:59:59Z")])).toBeUndefined();
  expect(plainArrayLiteral([new Date(Number.NaN)])).toBeUndefined();
});

test("texts, lists and objects are the driver's to write", () => {
  for (const item of ["a", "{", ["1"], { a: 1 }]) {
    expect(plainArrayLiteral([1, item])).toBeUndefined();
  }
});
