import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readFolder } from "../../src/modules/contracts/index.ts";
import {
  idlePolicies,
  policiesAmong,
  readPolicyTests,
  runPolicyTests,
} from "../../src/modules/policy/index.ts";
import { must } from "../../src/kernel/index.ts";
import { projectRoot } from "../docs/document.ts";

/** Wherever something is permitted, somebody must have tried what is not. */
const LEAST_DENIALS = 0.3;

describe.each(["telecom", "retail", "health", "freight"])("the policies of %s", (client) => {
  async function example() {
    const folder = await readFolder(join(projectRoot, "examples", client));
    const { catalogue, definitions } = folder;
    const { set, issues, recipients } = policiesAmong(definitions, catalogue);
    const document = must(folder.policyTests, "every example has tests of its policies");
    return {
      catalogue,
      set,
      issues,
      recipients,
      tests: readPolicyTests(document, { catalogue, recipients }),
    };
  }

  test("are right, and decide what their tests expect", async () => {
    const { catalogue, set, issues, tests } = await example();
    expect(issues).toEqual([]);
    const outcomes = runPolicyTests(tests.ok ? tests.value : [], { set, catalogue });
    expect(outcomes.filter(({ failures }) => failures.length > 0)).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(4);
  });

  test("are tested for every recipient, and for what they withhold", async () => {
    const { catalogue, set, recipients, tests } = await example();
    const outcomes = runPolicyTests(tests.ok ? tests.value : [], { set, catalogue });
    const tested = new Set(outcomes.map(({ recipient }) => recipient));
    expect(recipients.map(({ recipient }) => recipient).filter((one) => !tested.has(one))).toEqual(
      [],
    );
    const [checks, denials] = [
      outcomes.reduce((sum, one) => sum + one.checks, 0),
      outcomes.reduce((sum, one) => sum + one.denials, 0),
    ];
    expect(denials / checks).toBeGreaterThan(LEAST_DENIALS);
  });

  test("apply to somebody, but for those that guard against what may come", async () => {
    const { catalogue, set, recipients } = await example();
    const idle = idlePolicies({ catalogue, set, recipients }).map(({ id }) => id);
    expect(idle).toEqual(client === "telecom" ? ["abroad"] : []);
  });
});
