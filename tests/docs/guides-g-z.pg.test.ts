/** The second half of the guides. */
import { expect, test } from "vitest";
import { testCommandsOf } from "./reader.ts";

const documents = testCommandsOf("docs/guides/[g-z]*.md");

test("what leads a new user is among the documents that are run", () => {
  expect(documents).toContain("docs/guides/getting-started.md");
});
