/** `./waybill` as its users run it: a process of its own, in a process group of its own. */
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { fileURLToPath } from "node:url";
import { must } from "../../src/kernel/index.ts";

const program = fileURLToPath(new URL("../../waybill", import.meta.url));
export const examples = fileURLToPath(new URL("../../examples", import.meta.url));

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /**
   * Resolves when it has said so on standard error or standard output.
   * @throws Error when it ends without having said it
   */
  heard(text: string): Promise<void>;
  /** Signals the whole group, if it is still there. */
  kill(signal: NodeJS.Signals): void;
  /** Gives it more standard input, which must be open. */
  write(text: string): void;
  /** Ends its standard input. */
  end(): void;
}

export interface StartOptions {
  /** What stands for `./waybill`; the program itself when left out. */
  readonly program?: string | undefined;
  /** The database to work on; the embedded one of the data directory when left out. */
  readonly database?: string | undefined;
  readonly data: string;
  /** Given to standard input, which is closed after it. Left open and silent when `"open"`. */
  readonly stdin?: Buffer | "open" | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

export function startWaybill(args: readonly string[], options: StartOptions): Started {
  const { DATABASE_URL: _url, WAYBILL_DATA: _data, ...inherited } = process.env;
  const database = options.database === undefined ? [] : ["--database", options.database];
  const child = spawn(options.program ?? program, [...args, "--data", options.data, ...database], {
    detached: true,
    env: { ...inherited, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A process that ends before it has read everything breaks the pipe, which is no failure of the test.
  child.stdin.on("error", () => {});
  if (options.stdin !== "open") {
    child.stdin.end(options.stdin ?? "");
  }
  const texts = { stdout: "", stderr: "" };
  const heard = new EventEmitter();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    texts.stdout += text;
    heard.emit("more");
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    texts.stderr += text;
    heard.emit("more");
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve({ code, ...texts }));
  });
  const pid = must(child.pid, "a spawned process has a number");
  return {
    pid,
    ended,
    heard: async (text) => {
      const isOver = ended.then(() => true);
      while (!texts.stdout.includes(text) && !texts.stderr.includes(text)) {
        const more = once(heard, "more").then(() => false);
        if (await Promise.race([more, isOver])) {
          throw new Error(`it ended without saying ${JSON.stringify(text)}: ${texts.stderr}`);
        }
      }
    },
    kill: (signal) => signalTo(-pid, signal),
    write: (text) => void child.stdin.write(text),
    end: () => void child.stdin.end(),
  };
}

export function runWaybill(args: readonly string[], options: StartOptions): Promise<Ended> {
  return startWaybill(args, options).ended;
}

/** Signals a process, or a group by its negative number. One that has ended is left in peace. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && Reflect.get(error, "code") === "ESRCH")) {
      throw error;
    }
  }
}
