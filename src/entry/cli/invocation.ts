/** What every command has in common: the context, interruption, the exit code. */
import type { Command, OptionValues } from "commander";
import { type Context, dataDirectory, openContext } from "../context.ts";
import { reportFailure } from "./failure.ts";
import { Output, type OutputStreams } from "./output.ts";

export interface Invocation {
  readonly output: Output;
  /** Aborted by the first Ctrl-C; a second one ends the process at once. */
  readonly signal: AbortSignal;
  /** Opens the database; closed when the command ends. */
  readonly open: () => Promise<Context>;
  /** The data directory, for commands that need no database. */
  readonly dataDir: () => string;
}

const streams: OutputStreams = { stdout: process.stdout, stderr: process.stderr };

/**
 * Wraps a command's handler as commander's action: opens what it asks for, closes it again, turns
 * errors into words and an exit code. A handler may return its own exit code.
 */
export function action<Args extends readonly unknown[]>(
  handler: (invocation: Invocation, ...args: Args) => Promise<number | void>,
): (...args: [...Args, Command]) => Promise<void> {
  return async (...all) => {
    const command = all.at(-1) as Command;
    const args = all.slice(0, -1) as unknown as Args;
    process.exitCode = await invoke(command.optsWithGlobals(), (invocation) =>
      handler(invocation, ...args),
    );
  };
}

async function invoke(
  options: OptionValues,
  handler: (invocation: Invocation) => Promise<number | void>,
): Promise<number> {
  const output = new Output(options["json"] === true, streams);
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) {
      process.exit(130);
    }
    output.note("stopping; press Ctrl-C again to stop at once");
    controller.abort();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  await using stack = new AsyncDisposableStack();
  try {
    const open = async (): Promise<Context> =>
      stack.use(await openContext({ data: options["data"], database: options["database"] }));
    const dataDir = (): string => dataDirectory(options["data"]);
    const code = await handler({ output, signal: controller.signal, open, dataDir });
    return code ?? 0;
  } catch (error) {
    return reportFailure(error, output, process.stdout);
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}
