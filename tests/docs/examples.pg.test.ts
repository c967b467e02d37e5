/** The README and the examples. */
import { expect, test } from "vitest";
import { testCommandsOf } from "./reader.ts";

const documents = testCommandsOf("{README.md,examples/*/README.md}");

test("what leads a new user is among the documents that are run", () => {
  expect(documents).toContain("README.md");
});
