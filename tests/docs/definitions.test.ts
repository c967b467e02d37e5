/** The files that the documents show are read by the code that reads a client's. */
import { expect, test } from "vitest";
import type { z } from "zod";
import { parseContract, readYaml } from "../../src/modules/contracts/index.ts";
import { destinationSchema, routeSchema } from "../../src/modules/distribution/index.ts";
import { parseSource } from "../../src/modules/intake/source-definition.ts";
import { recipientSchema } from "../../src/modules/policy/index.ts";
import { scoreSchema, segmentSchema } from "../../src/modules/segments/index.ts";
import { blocksOf, readDocument } from "./document.ts";

const REFERENCE = "docs/definitions.md";

interface Shown {
  readonly place: string;
  readonly text: string;
}

const shown = [
  REFERENCE,
  "docs/recipients.md",
  "docs/guides/sources.md",
  "docs/guides/contracts.md",
].flatMap(shownIn);

function shownIn(path: string): Shown[] {
  return blocksOf(readDocument(path))
    .filter(({ language }) => language === "yaml")
    .map(({ heading, text }) => ({ place: `${path}, under "${heading}"`, text }));
}

/** Reads a file of the kind that its first key says. @throws Error with what is wrong with it */
function readDefinition(text: string): unknown {
  const bytes = Buffer.from(text);
  const yaml = readYaml(bytes, "shown.yaml");
  if (!yaml.ok) {
    throw new Error(yaml.error.map(({ message }) => message).join("; "));
  }
  const body = yaml.value.value;
  const kind = /^\w+/u.exec(text)?.[0];
  switch (kind) {
    case "apiVersion":
      return parseContract(bytes, "contract.yaml");
    case "source":
      return parseSource(body, "shown.yaml");
    case "score":
      return scoreSchema.parse(body);
    case "segment":
      return segmentSchema.parse(body);
    case "recipient":
      return recipientSchema.parse(body);
    case "destination":
      return destinationSchema.parse(body);
    case "route":
      return routeSchema.parse(body);
    default:
      throw new Error(`no definition begins with ${kind ?? "nothing"}`);
  }
}

test("the reference shows files of every kind", () => {
  const kinds = shownIn(REFERENCE).map(({ text }) => /^\w+/u.exec(text)?.[0]);

  expect(new Set(kinds)).toEqual(
    new Set(["source", "score", "segment", "recipient", "destination", "route"]),
  );
});

test.each(shown)("a client's folder could hold the file in $place", ({ text }) => {
  expect(() => readDefinition(text)).not.toThrow();
});

const [folderSchema, webhookSchema] = destinationSchema.options;

test.each([
  { what: "a score", schema: scoreSchema },
  { what: "a segment", schema: segmentSchema },
  { what: "a folder", schema: folderSchema },
  { what: "a webhook", schema: webhookSchema },
  { what: "a recipient", schema: recipientSchema },
  { what: "an agreement", schema: recipientSchema.shape.agreement },
  { what: "a route", schema: routeSchema },
])("the reference shows every key of $what", ({ schema }) => {
  expect(undocumented(schema)).toEqual([]);
});

function undocumented({
  shape,
}: {
  readonly shape: Readonly<Record<string, z.ZodType>>;
}): string[] {
  const text = shownIn(REFERENCE)
    .map((file) => file.text)
    .join("\n");
  return Object.keys(shape).filter((key) => !new RegExp(`(^|[\\s{,])${key}:\\s`, "mu").test(text));
}
