/** Policies: whether they are right, what they decide and why, and what a change of them would show. */
import { Command } from "commander";
import { InvalidInputError, NotFoundError } from "../../../kernel/index.ts";
import { getClient, readFolder } from "../../../modules/contracts/index.ts";
import {
  accessSummaries,
  type AccessSummary,
  type Exposure,
  exposures,
  idlePolicies,
  lacksDenials,
  policiesInForce,
  type PolicyScope,
  readPolicyTests,
  runPolicyTests,
  type TestOutcome,
} from "../../../modules/policy/index.ts";
import { EXIT_CODES } from "../failure.ts";
import { action, type Invocation } from "../invocation.ts";
import { openPolicies, policiesOf } from "../policy-scene.ts";
import { renderTable } from "../table.ts";
import { explainCommand } from "./policy-explain.ts";

export function policyCommand(): Command {
  const command = new Command("policy").description(
    "policies: who may have which rows and which form of which fields",
  );
  command
    .command("check")
    .description("judge policies, and show what everybody may have under them")
    .argument("<target>", "a client's folder, or a client's key for those in force")
    .addHelpText("after", "\nExit codes: 0 they are right, 2 they are not.")
    .action(action(check));
  command
    .command("test")
    .description("run the unit tests beside a client's policies: policies/tests.yaml")
    .argument("<folder>", "the client's folder")
    .option("--in-force", "test the policies in force instead of those of the folder")
    .addHelpText(
      "after",
      "\nExit codes: 0 all pass, 3 one fails, or none expects anything withheld.",
    )
    .action(action(runTests));
  command.addCommand(explainCommand());
  command
    .command("diff")
    .description("count what applying a folder would newly show, and no longer show, and to whom")
    .argument("<client>", "the client's key")
    .argument("<folder>", "the client's folder")
    .addHelpText("after", "\nExit codes: 0 nothing more is shown, 3 something is.")
    .action(action(diff));
  return command;
}

async function check(invocation: Invocation, target: string): Promise<void> {
  const scene = await openPolicies(invocation, target);
  const { client, origin, set } = scene;
  const summaries = accessSummaries(scene, new Date());
  const idle = idlePolicies(scene).map(({ id }) => id);
  const policies = set.policies.length;
  invocation.output.result(
    { client, origin, policies, sha256: set.sha256, access: summaries, idle },
    () =>
      policies === 0
        ? `${client} has no policies: nobody sees anything; docs/policy.md says how to begin`
        : [
            `${client}: ${policies === 1 ? "1 policy is" : `${policies} policies are`} right`,
            renderTable(summaries, SUMMARY),
            ...idle.map((id) => `note: ${id} applies to nobody and nothing that there is today`),
          ].join("\n\n"),
  );
}

const SUMMARY = [
  { head: "recipient", cell: (row: AccessSummary) => row.recipient },
  { head: "purpose", cell: (row: AccessSummary) => row.purpose },
  { head: "clear", cell: (row: AccessSummary) => row.fields.clear },
  { head: "partial", cell: (row: AccessSummary) => row.fields.partial },
  { head: "bucket", cell: (row: AccessSummary) => row.fields.bucket },
  { head: "pseudonym", cell: (row: AccessSummary) => row.fields.pseudonym },
  { head: "absent", cell: (row: AccessSummary) => row.fields.absent },
  { head: "by customer", cell: (row: AccessSummary) => row.byRow },
];

async function runTests(
  invocation: Invocation,
  path: string,
  { inForce = false }: { readonly inForce?: boolean },
): Promise<number> {
  const { output } = invocation;
  const folder = await readFolder(path);
  if (folder.policyTests === undefined) {
    throw new NotFoundError("policy-tests-missing", `${path} has no policies/tests.yaml`, {
      hint: "docs/policy.md shows one",
    });
  }
  const scope = inForce
    ? await openPolicies(invocation, folder.client)
    : policiesOf(folder, folder.catalogue);
  const tests = readPolicyTests(folder.policyTests, scope);
  if (!tests.ok) {
    throw new InvalidInputError("policy-tests-invalid", "the tests are not right", tests.error);
  }
  const outcomes = runPolicyTests(tests.value, scope);
  const failed = outcomes.filter(({ failures }) => failures.length > 0);
  const isToothless = lacksDenials(outcomes);
  output.result(
    { client: folder.client, tests: outcomes, failed: failed.length, isToothless },
    () =>
      [
        ...outcomes.map(renderOutcome),
        `${outcomes.length - failed.length} passed, ${failed.length} failed`,
      ].join("\n"),
  );
  if (isToothless) {
    output.note("refused: no test expects anything to be withheld; add one that does");
  }
  return failed.length > 0 || isToothless ? EXIT_CODES.refused : 0;
}

function renderOutcome({ title, line, failures }: TestOutcome): string {
  const sign = failures.length === 0 ? "ok" : "FAILED";
  const place = line === undefined ? "" : ` (line ${line})`;
  const lines = failures.map(({ field, expected, actual, why }) => {
    const limit = why.limit === undefined ? "" : `: ${why.limit}`;
    return `    ${field} is ${actual}, not ${expected}${limit}`;
  });
  return [`${sign.padEnd(6)}  ${title}${failures.length === 0 ? "" : place}`, ...lines].join("\n");
}

async function diff({ open, output }: Invocation, key: string, path: string): Promise<number> {
  const folder = await readFolder(path);
  const context = await open();
  const { db, clock } = context;
  const { scope, catalogue } = await getClient(db, key);
  // What conditions ask must be there to be counted, so the contract is the one in force.
  const after = policiesOf(folder, catalogue);
  const found = await db.scoped(
    scope,
    async (tx) => {
      const { set, recipients } = await policiesInForce(tx, catalogue);
      const before: PolicyScope = { catalogue, set, recipients: [...recipients.values()] };
      return await exposures(tx, { before, after }, clock.now());
    },
    { readOnly: true, isolation: "repeatable read", statementTimeoutMs: 0 },
  );
  const more = found.filter(({ isMore }) => isMore);
  const less = found.filter(({ isMore }) => !isMore);
  output.result({ client: key, folder: path, more, less }, () =>
    found.length === 0
      ? `${key}: nobody would see more or less than now`
      : [
          ...exposureLines("newly seen", more),
          ...exposureLines("seen less than now, or no longer", less),
        ].join("\n\n"),
  );
  return more.length > 0 ? EXIT_CODES.refused : 0;
}

function exposureLines(what: string, rows: readonly Exposure[]): string[] {
  if (rows.length === 0) {
    return [];
  }
  const fields = new Set(rows.map(({ dataset, field }) => `${dataset}.${field}`)).size;
  const head = `${fields === 1 ? "1 field" : `${fields} fields`} would be ${what}:`;
  return [
    head,
    renderTable(rows, [
      { head: "recipient", cell: (row) => row.recipient },
      { head: "purpose", cell: (row) => row.purpose },
      { head: "field", cell: (row) => `${row.dataset}.${row.field}` },
      { head: "now", cell: (row) => row.before },
      { head: "then", cell: (row) => row.after },
      { head: "customers", cell: (row) => row.rows },
    ]),
  ];
}
