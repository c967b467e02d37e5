/** The command line client that comes with PostgreSQL: the embedded server's package has none. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** Why there is no psql here, and the way out; undefined when there is. */
export function whyNoPsql(): string | undefined {
  const found = spawnSync("psql", ["--version"]).status === 0;
  return found ? undefined : "there is no psql here; install postgresql-client";
}

export interface PsqlRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** Runs one command and gives its rows as CSV. */
export async function runPsql(url: URL, password: string, command: string): Promise<PsqlRun> {
  const child = spawn("psql", ["--no-psqlrc", "--csv", "--command", command, url.href], {
    env: { ...process.env, PGPASSWORD: password },
  });
  const ended = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  return { stdout, stderr, code: typeof code === "number" ? code : null };
}
