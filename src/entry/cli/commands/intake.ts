import { Command } from "commander";
import { getClient } from "../../../modules/contracts/index.ts";
import {
  approveIntake,
  discardIntake,
  getIntake,
  type Intake,
  listIntakes,
} from "../../../modules/intake/index.ts";
import { action, type Invocation } from "../invocation.ts";
import { followAfter } from "../follow-after.ts";
import { linkAfter } from "../link-after.ts";
import { parseId, parseLimit } from "../parse.ts";
import { linkingDocument, linkingLines } from "../resolve-report.ts";
import { type Cell, renderFacts, renderTable } from "../table.ts";

export function intakeCommand(): Command {
  const command = new Command("intake").description(
    "what arrived, and decisions about what is held",
  );
  command
    .command("list")
    .description("intakes, newest first")
    .argument("<client>", "the client's key")
    .option("--limit <n>", "at most so many", parseLimit, 20)
    .option("--before <intake>", "go on behind this one", parseId)
    .action(action(list));
  command
    .command("show")
    .description("one intake: its counts, control totals and why it is held")
    .argument("<client>", "the client's key")
    .argument("<intake>", "the intake's number", parseId)
    .action(action(show));
  command
    .command("approve")
    .description("publish a held intake as it arrived")
    .argument("<client>", "the client's key")
    .argument("<intake>", "the intake's number", parseId)
    .action(action(decideWith(approveIntake)));
  command
    .command("discard")
    .description("give a held intake up: nothing of it is published")
    .argument("<client>", "the client's key")
    .argument("<intake>", "the intake's number", parseId)
    .action(action(decideWith(discardIntake)));
  return command;
}

async function list(
  { open, output }: Invocation,
  key: string,
  options: { readonly limit: number; readonly before?: bigint },
): Promise<void> {
  const { db } = await open();
  const client = await getClient(db, key);
  const intakes = await listIntakes(db, client, options);
  output.result({ client: key, intakes }, () =>
    intakes.length === 0
      ? `nothing has arrived for ${key} yet; bring records in with: waybill import ${key} DATASET FILE`
      : renderTable(intakes, [
          { head: "intake", cell: (row) => row.intake.toString() },
          { head: "dataset", cell: (row) => row.dataset },
          { head: "from", cell: (row) => row.origin },
          { head: "state", cell: (row) => row.state },
          { head: "rows", cell: (row) => row.read },
          { head: "new", cell: (row) => row.accepted },
          { head: "changed", cell: (row) => row.changed },
          { head: "quarantined", cell: (row) => row.quarantined },
          { head: "started", cell: (row) => row.startedAt },
        ]),
  );
}

async function show({ open, output }: Invocation, key: string, number: bigint): Promise<void> {
  const { db } = await open();
  const intake = await getIntake(db, await getClient(db, key), number);
  output.result(intake, () => renderIntake(intake));
}

type Decide = typeof approveIntake;

function decideWith(decide: Decide) {
  return async (invocation: Invocation, key: string, number: bigint): Promise<void> => {
    const { open, output, signal } = invocation;
    const context = await open();
    const client = await getClient(context.db, key);
    const intake = await decide(context, {
      client,
      intake: number,
      actor: context.actor,
      signal,
      onNote: (note) => output.note(note),
    });
    const linking = await linkAfter(invocation, context, { client, ended: [intake] });
    await followAfter(invocation, context, client);
    output.result({ ...intake, linked: linking && linkingDocument(linking) }, () =>
      [renderIntake(intake), ...linkingLines(linking, key)].join("\n\n"),
    );
  };
}

function renderIntake(intake: Intake): string {
  const facts: (readonly [string, Cell])[] = [
    ["intake", intake.intake.toString()],
    ["into", `${intake.dataset}, from source ${intake.source}`],
    ["file", intake.origin],
    ["sha-256", intake.sha256],
    ["bytes", intake.bytes],
    ["state", intake.state],
    ["started", intake.startedAt],
    ["finished", intake.finishedAt],
    ["by", intake.actor],
    ["rows", intake.read],
    ["  new", intake.accepted],
    ["  changed", intake.changed],
    ["  unchanged", intake.unchanged],
    ["  in quarantine", intake.quarantined],
    ["expected rows", intake.expected.rows],
  ];
  const fields = new Set([...Object.keys(intake.totals), ...Object.keys(intake.expected.sums)]);
  for (const field of fields) {
    facts.push([`sum of ${field}`, intake.totals[field]]);
    facts.push(["  expected", intake.expected.sums[field]]);
  }
  return [renderFacts(facts), ...intake.reasons].join("\n");
}
