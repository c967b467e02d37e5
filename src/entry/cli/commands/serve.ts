import { Command, InvalidArgumentError } from "commander";
import { readConfig } from "../../../platform/config.ts";
import { createLog } from "../../../platform/logging/index.ts";
import { serve } from "../../server/serve.ts";
import { action, type Invocation } from "../invocation.ts";

const DEFAULT_PORT = 8080;
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

async function runServe(
  { open, output, signal }: Invocation,
  { port, host, workers }: Options,
): Promise<void> {
  const log = createLog({ level: readConfig().logLevel });
  await serve(await open(), {
    port,
    host,
    workers,
    log,
    signal,
    onListening: (url) => output.note(`Waybill serves at ${url}`),
  });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > LAST_PORT) {
    throw new InvalidArgumentError("give a whole number from 0 to 65535");
  }
  return port;
}
