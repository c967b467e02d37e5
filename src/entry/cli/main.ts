/** `waybill`: the command line. */
import { Command } from "commander";
import { clientsCommand } from "./commands/clients.ts";
import { customerCommand } from "./commands/customer.ts";
import { consentCommand } from "./commands/consent.ts";
import { applyCommand, planCommand } from "./commands/definitions.ts";
import { deliverCommand, deliveriesCommand } from "./commands/deliver.ts";
import { demoCommand } from "./commands/demo.ts";
import { disclosuresCommand } from "./commands/disclosures.ts";
import { generateCommand } from "./commands/generate.ts";
import { importCommand } from "./commands/import.ts";
import { intakeCommand } from "./commands/intake.ts";
import { jobsCommand } from "./commands/jobs.ts";
import { keyCommand } from "./commands/key.ts";
import { keysCommand } from "./commands/keys.ts";
import { ledgerCommand } from "./commands/ledger.ts";
import { linkCommand } from "./commands/link.ts";
import { policyCommand } from "./commands/policy.ts";
import { quarantineCommand } from "./commands/quarantine.ts";
import { recipientCommand } from "./commands/recipient.ts";
import { resolveCommand } from "./commands/resolve.ts";
import { rightsCommand } from "./commands/rights.ts";
import { scoreCommand } from "./commands/score.ts";
import { segmentCommand } from "./commands/segment.ts";
import { serveCommand } from "./commands/serve.ts";
import { statusCommand } from "./commands/status.ts";
import { verifyCommand } from "./commands/verify.ts";
import { viewCommand } from "./commands/view.ts";
import { withGlobalOptions } from "./invocation.ts";
import { reportFailure } from "./failure.ts";
import { Output } from "./output.ts";
import { UsageError, usageProblem, withUsage } from "./usage.ts";

const GROUPS: Readonly<Record<string, readonly Command[]>> = {
  "What a client agreed:": [planCommand(), applyCommand(), clientsCommand()],
  "Records in:": [importCommand(), intakeCommand(), quarantineCommand()],
  "Who they are:": [customerCommand(), resolveCommand(), linkCommand()],
  "Who is in which segment:": [segmentCommand(), scoreCommand()],
  "Who may see what:": [policyCommand(), recipientCommand(), consentCommand(), viewCommand()],
  "What leaves:": [deliverCommand(), deliveriesCommand(), verifyCommand(), keyCommand()],
  "What customers may ask for:": [rightsCommand(), disclosuresCommand()],
  "What can be proved:": [ledgerCommand()],
  "What is sealed:": [keysCommand()],
  "Running it:": [statusCommand(), serveCommand(), jobsCommand()],
  "Trying it:": [demoCommand(), generateCommand()],
};

const program = withGlobalOptions(new Command("waybill")).description(
  "Administers the customer records of many client companies: records in, one trustworthy customer, live segments, and deliveries that each leave with a signed waybill.",
);
for (const [heading, commands] of Object.entries(GROUPS)) {
  program.commandsGroup(heading);
  for (const command of commands) {
    program.addCommand(command);
  }
}

try {
  await withUsage(program).parseAsync();
} catch (error) {
  process.exitCode = refuse(error, new Output(process.argv.includes("--json"), process));
}

/** @returns the exit code of a command line that asked for help, or that is wrong */
function refuse(error: unknown, output: Output): number {
  if (!(error instanceof UsageError)) {
    return reportFailure(error, output, process.stdout);
  }
  if (error.exitCode === 0) {
    return 0;
  }
  return reportFailure(usageProblem(error), output, process.stdout);
}
