import { expect, test } from "vitest";
import { Random } from "./random.ts";
import { uuid } from "./uuid.ts";

test("a UUID is four random numbers in hexadecimal digits", () => {
  const numbers = new Random(3);
  const random = new Random(3);

  for (let count = 0; count < 1_000; count += 1) {
    const words = Array.from({ length: 4 }, () => numbers.uint32().toString(16).padStart(8, "0"));
    const made = uuid(random);

    expect(made).toMatch(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/);
    expect(made.replaceAll("-", "")).toBe(words.join(""));
  }
});
