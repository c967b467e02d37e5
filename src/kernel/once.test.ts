import { expect, test } from "vitest";
import { once } from "./index.ts";

test("a value is made when it is first asked for, and only once", () => {
  let made = 0;
  const value = once(() => {
    made += 1;
    return undefined;
  });
  expect(made).toBe(0);

  expect([value(), value()]).toEqual([undefined, undefined]);
  expect(made).toBe(1);
});
