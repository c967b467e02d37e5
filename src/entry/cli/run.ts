import { reportFailure } from "./failure.ts";
import { Output } from "./output.ts";
import { programFor } from "./program.ts";
import { UsageError, usageProblem } from "./usage.ts";

/** Runs the command that the words call. How it ended, the process's exit code says. */
export async function run(words: readonly string[]): Promise<void> {
  try {
    const program = await programFor(words);
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    process.exitCode = refuse(error, new Output(words.includes("--json"), process));
  }
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
