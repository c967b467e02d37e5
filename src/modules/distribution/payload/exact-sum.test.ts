import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvariantError } from "../../../kernel/index.ts";
import { ExactSum, scaleOf } from "./exact-sum.ts";

function textOf(units: bigint, scale: number): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, "0");
  const sign = units < 0n ? "-" : "";
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

describe("an exact sum", () => {
  test("equals the sum of the integers behind the decimals, whatever their size", () => {
    const units = fc.oneof(
      fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }),
      fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
    );
    fc.assert(
      fc.property(fc.array(units, { maxLength: 60 }), fc.nat(18), (values, scale) => {
        const sum = new ExactSum(scale);
        for (const value of values) {
          sum.add(textOf(value, scale));
        }

        expect(sum.toString()).toBe(
          textOf(
            values.reduce((a, b) => a + b, 0n),
            scale,
          ),
        );
      }),
    );
  });

  test("does not drift where doubles would", () => {
    const sum = new ExactSum(2);
    for (let count = 0; count < 100_000; count += 1) {
      sum.add("0.10");
    }
    expect(sum.toString()).toBe("10000.00");
  });

  test("carries before a double would lose the last digit", () => {
    const sum = new ExactSum(0);
    for (let count = 0; count < 20; count += 1) {
      sum.add("999999999999999");
    }
    expect(sum.toString()).toBe("19999999999999980");
  });

  test("of nothing is zero in the field's scale, and missing values count as nothing", () => {
    const sum = new ExactSum(2);
    sum.add(null);
    expect(sum.toString()).toBe("0.00");
  });

  test.each(["", "1e5", "NaN", "1.234", "1,5", " 1"])("refuses %j", (value) => {
    expect(() => new ExactSum(2).add(value)).toThrow(InvariantError);
  });
});

test("the scale of a value is its digits after the point", () => {
  expect([scaleOf("12"), scaleOf("12.5"), scaleOf("0.000")]).toEqual([0, 1, 3]);
});
