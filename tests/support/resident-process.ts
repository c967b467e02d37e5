/**
 * Runs one command line after another, each as if in a process of its own: with a working directory, an
 * exit code and nothing open at its end. Its standard output and standard error are files, which whoever
 * asks empties before and reads after.
 *
 * Two named pipes in the folder it is given: what is asked (the working directory and the words, each
 * ended by a zero byte) and the exit code that answers it.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { run } from "../../src/entry/cli/run.ts";

const [folder = ""] = process.argv.slice(2);
/** A connection that was closed takes a moment to go. */
const PATIENCE_MS = 5_000;
const POLL_MS = 25;

// Nobody asks any more once the tests have ended, however they ended. A process that waits for a named pipe
// to be opened does not end by `exit`.
process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.channel?.unref();

for (;;) {
  const asked = await readFile(join(folder, "asked"), "utf8");
  const [cwd = "", ...words] = asked.split("\0").slice(0, -1);
  process.chdir(cwd);
  process.exitCode = undefined;
  await run(words);
  const code = (await endsByItself()) ? (process.exitCode ?? 0) : 1;
  await writeFile(join(folder, "answered"), `${code}\n`);
}

/** Whether nothing is left that would keep a process alive which had nothing else to do. */
async function endsByItself(): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
    if (process.getActiveResourcesInfo().length === 0) {
      return true;
    }
    await setTimeout(POLL_MS);
  }
  const left = process.getActiveResourcesInfo().join(", ");
  process.stderr.write(`the command would not have ended by itself: ${left}\n`);
  return false;
}
