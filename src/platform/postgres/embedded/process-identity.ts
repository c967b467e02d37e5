import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** A process that can be told from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the system's own unit: only compared, never read. */
  readonly started: string;
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, started: startOf(process.pid) ?? "unknown" };
}

/** Whether the very process that `identity` was taken of still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return startOf(identity.pid) === identity.started;
}

/** When the process with this number started, or undefined when none runs. */
function startOf(pid: number): string | undefined {
  if (process.platform === "linux") {
    return startFromProc(pid);
  }
  const { stdout, status } = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], {
    encoding: "utf8",
  });
  return status === 0 ? stdout.trim() : undefined;
}

/** Field 22 of proc_pid_stat(5), counted after the name, which may hold blanks. Zombies (`Z`) do not run. */
function startFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** The command line of a running process, blank-separated, or undefined when none can be read. */
export function commandLine(pid: number): string | undefined {
  if (process.platform === "linux") {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    } catch {
      return undefined;
    }
  }
  const { stdout, status } = spawnSync("ps", ["-o", "command=", "-p", String(pid)], {
    encoding: "utf8",
  });
  return status === 0 ? stdout : undefined;
}

/** The identity in a file that {@link identityText} wrote, or undefined when there is none. */
export function identityFrom(text: string): ProcessIdentity | undefined {
  const [pid, started] = text.split("\n");
  return pid === undefined || started === undefined || !/^\d+$/.test(pid)
    ? undefined
    : { pid: Number(pid), started };
}

export function identityText({ pid, started }: ProcessIdentity): string {
  return `${pid}\n${started}\n`;
}
