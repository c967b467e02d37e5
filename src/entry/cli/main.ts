/** `waybill`: the command line. */
import { reportFailure } from "./failure.ts";
import { Output } from "./output.ts";
import { programFor } from "./program.ts";
import { UsageError, usageProblem } from "./usage.ts";

try {
  const program = await programFor(process.argv.slice(2));
  await program.parseAsync();
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
