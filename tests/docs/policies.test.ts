/** The policies and tests that the guide shows are read by the code that reads a client's. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { readFolder, readYaml } from "../../src/modules/contracts/index.ts";
import { policiesAmong, readPolicyTests, runPolicyTests } from "../../src/modules/policy/index.ts";
import { must } from "../../src/kernel/index.ts";
import { blocksOf, projectRoot, readDocument } from "./document.ts";

const GUIDE = "docs/policy.md";
const blocks = blocksOf(readDocument(GUIDE));
const telecom = await readFolder(join(projectRoot, "examples/telecom"));

function textsIn(language: string): string[] {
  return blocks.filter((block) => block.language === language).map(({ text }) => text);
}

test.each(textsIn("cedar"))("a policy of the guide is right: %s", (text) => {
  const shown = { kind: "policy", name: "shown", file: "shown.cedar", sha256: "00" } as const;
  const definition = { ...shown, body: { policy: "shown", text }, locate: () => undefined };
  const recipients = telecom.definitions.filter(({ kind }) => kind === "recipient");
  const { issues } = policiesAmong([...recipients, definition], telecom.catalogue);
  expect(issues).toEqual([]);
});

test("the tests of the guide can be read, and the policies of the example pass them", () => {
  const [text] = textsIn("yaml");
  const yaml = readYaml(Buffer.from(must(text, "the guide shows tests")), "shown.yaml");
  const { catalogue, definitions } = telecom;
  const { set, recipients } = policiesAmong(definitions, catalogue);
  const document = must(yaml.ok ? yaml.value : undefined, "the tests are YAML");
  const tests = readPolicyTests(document, { catalogue, recipients });
  expect(tests).toMatchObject({ ok: true });
  const outcomes = runPolicyTests(tests.ok ? tests.value : [], { set, catalogue });
  expect(outcomes.flatMap(({ failures }) => failures)).toEqual([]);
});
