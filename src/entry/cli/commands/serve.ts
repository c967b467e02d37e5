import { Command, InvalidArgumentError } from "commander";
import { readConfig } from "../../../platform/config.ts";
import { createLog } from "../../../platform/logging/index.ts";
import type { Context } from "../../context.ts";
import { serve } from "../../server/serve.ts";
import { action, type Invocation } from "../invocation.ts";

export const DEFAULT_PORT = 8080;
const LAST_PORT = 65_535;

export function serveCommand(): Command {
  return new Command("serve")
    .description("serve the overview, run jobs, follow the routes' schedules")
    .option("--port <n>", "port to listen on; 0 takes any free one", parsePort, DEFAULT_PORT)
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--no-workers", "only serve: run no jobs and follow no schedules")
    .addHelpText(
      "after",
      `
Pages: / (the overview), /healthz (the process lives), /readyz (it can work), /metrics (Prometheus).
They hold counts and names of definitions, no record of anybody, and ask for no sign-in: keep them
inside your network. Ctrl-C or SIGTERM ends it in an orderly way; jobs go on at the next start.`,
    )
    .action(action(runServe));
}

interface Options {
  readonly port: number;
  readonly host: string;
  readonly workers: boolean;
}

async function runServe(invocation: Invocation, options: Options): Promise<void> {
  await serveUntilStopped(invocation, await invocation.open(), options);
}

/** Serves until the command is stopped, and says where. */
export async function serveUntilStopped(
  { output, signal }: Invocation,
  context: Context,
  options: Options,
): Promise<void> {
  await serve(context, {
    ...options,
    log: createLog({ level: readConfig().logLevel }),
    signal,
    onListening: (url) => output.note(`Waybill serves at ${url}`),
  });
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > LAST_PORT) {
    throw new InvalidArgumentError("give a whole number from 0 to 65535");
  }
  return port;
}
