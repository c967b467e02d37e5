/** Processor time: what a busy machine changes less than the time by the clock. */
import { readFileSync } from "node:fs";
import type { Database, Scope } from "../src/platform/postgres/index.ts";

/** Seconds of processor time. */
export interface ProcessorTime {
  /** Of this process, all its threads. */
  readonly node: number;
  /** Of the server's backends of this database; not a number where there is no `/proc`. */
  readonly server: number;
}

/** Linux counts in hundredths of a second, whatever its own clock is (proc(5), `stat`). */
const TICKS_A_SECOND = 100;
/** Of what follows the name in `/proc/PID/stat`: `utime` and `stime`. */
const [USER, SYSTEM] = [11, 12];

/** What `work` takes of the processor here and on the server, whose backends outlive it in the pool. */
export async function processorTime<T>(
  { db, scope }: { readonly db: Database; readonly scope: Scope },
  work: () => Promise<T>,
): Promise<ProcessorTime & { readonly result: T }> {
  const server = await serverSeconds(db, scope);
  const node = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(node);
  return {
    result,
    node: (user + system) / 1_000_000,
    server: (await serverSeconds(db, scope)) - server,
  };
}

async function serverSeconds(db: Database, scope: Scope): Promise<number> {
  const backends = await db.scoped(scope, (tx) =>
    tx.rows<{ pid: number }>("select pid from pg_stat_activity where datname = current_database()"),
  );
  return backends.reduce((sum, { pid }) => sum + secondsOf(pid), 0);
}

function secondsOf(pid: number): number {
  try {
    const [, rest = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
    const numbers = rest.split(" ").map(Number);
    return ((numbers[USER] ?? Number.NaN) + (numbers[SYSTEM] ?? Number.NaN)) / TICKS_A_SECOND;
  } catch {
    return Number.NaN;
  }
}
