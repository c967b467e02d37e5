/** `waybill`: the command line. */
import { Command } from "commander";
import { applyCommand, planCommand } from "./commands/definitions.ts";
import { deliverCommand, deliveriesCommand } from "./commands/deliver.ts";
import { demoCommand } from "./commands/demo.ts";
import { generateCommand } from "./commands/generate.ts";
import { segmentCommand } from "./commands/segment.ts";
import { verifyCommand } from "./commands/verify.ts";
import { customerCommand } from "./commands/customer.ts";
import { importCommand } from "./commands/import.ts";
import { intakeCommand } from "./commands/intake.ts";
import { quarantineCommand } from "./commands/quarantine.ts";
import { clientsCommand } from "./commands/clients.ts";
import { jobsCommand } from "./commands/jobs.ts";
import { serveCommand } from "./commands/serve.ts";
import { statusCommand } from "./commands/status.ts";
import { withGlobalOptions } from "./invocation.ts";

const program = new Command("waybill")
  .description(
    "Administers the customer records of many client companies: records in, one trustworthy customer, live segments, and deliveries that each leave with a signed waybill.",
  )
  .helpOption("-h, --help", "help for the command")
  .showHelpAfterError("(add --help to see what the command takes)")
  .configureHelp({ showGlobalOptions: true });

withGlobalOptions(program);
const commands = [
  planCommand(),
  applyCommand(),
  importCommand(),
  intakeCommand(),
  quarantineCommand(),
  customerCommand(),
  segmentCommand(),
  deliverCommand(),
  deliveriesCommand(),
  verifyCommand(),
  generateCommand(),
  demoCommand(),
  clientsCommand(),
  statusCommand(),
  serveCommand(),
  jobsCommand(),
];
for (const command of commands) {
  program.addCommand(command);
}
await program.parseAsync();
