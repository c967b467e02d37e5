import { expect, test } from "vitest";
import { StatementValues } from "./statement-values.ts";

test("a value that is asked twice is one parameter, unless its type is another", () => {
  const values = new StatementValues([7n]);
  const at = new Date("2026-11-01T00:00:00Z");

  const places = [
    values.add("1", "text"),
    values.add(1n, "bigint"),
    values.add("1", "text"),
    values.add(at, "timestamptz"),
    values.add(new Date(at), "timestamptz"),
    values.add(1n, "bigint"),
  ];

  expect(places).toEqual([
    "$2::text",
    "$3::bigint",
    "$2::text",
    "$4::timestamptz",
    "$4::timestamptz",
    "$3::bigint",
  ]);
  expect(values.all).toEqual([7n, "1", 1n, at]);
});

test("what stands in the statement already and lists and bytes are never taken for another value", () => {
  const values = new StatementValues(["1"]);

  expect(values.add("1", "text")).toBe("$2::text");
  expect(values.add(["a"], "text[]")).toBe("$3::text[]");
  expect(values.add(["a"], "text[]")).toBe("$4::text[]");
  expect(values.add(Buffer.from("a"), "bytea")).toBe("$5::bytea");
  expect(values.add(Buffer.from("a"), "bytea")).toBe("$6::bytea");
  expect(values.add(null, "text")).toBe("$7::text");
  expect(values.add(null, "text")).toBe("$8::text");
});
