/**
 * `waybill` in a process that stays, for tests of what commands answer. To load the program takes a
 * command 0.5 s of processor time, which is most of what it does; here that is paid once. Start-up,
 * signals, standard input and commands beside each other need processes of their own.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { assert } from "../../src/kernel/index.ts";

export interface Resident extends AsyncDisposable {
  /** Stands for `./waybill`. Commands wait for each other; what watches gets a process of its own. */
  readonly program: string;
}

const projectRoot = fileURLToPath(new URL("../..", import.meta.url));
const residentProcess = fileURLToPath(new URL("resident-process.ts", import.meta.url));

/** Starts it, with these variables over those of the environment. */
export async function residentWaybill(
  variables: Readonly<Record<string, string>> = {},
): Promise<Resident> {
  const folder = await mkdtemp(join(tmpdir(), "waybill-resident-"));
  const at = (name: string): string => join(folder, name);
  const made = spawnSync("mkfifo", [at("asked"), at("answered")]);
  assert(made.status === 0, () => `mkfifo ends with ${made.status}: ${made.stderr.toString()}`);
  await using stdout = await open(at("stdout"), "a");
  await using stderr = await open(at("stderr"), "a");
  const { DATABASE_URL: _url, WAYBILL_DATA: _data, ...inherited } = process.env;
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", residentProcess, folder],
    {
      env: {
        ...inherited,
        NODE_COMPILE_CACHE: join(projectRoot, "node_modules/.cache/waybill"),
        ...variables,
      },
      stdio: ["ignore", stdout.fd, stderr.fd, "ipc"],
    },
  );
  await writeFile(at("waybill"), script(folder));
  await chmod(at("waybill"), 0o755);
  return {
    program: at("waybill"),
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, "exit");
      if (child.kill("SIGKILL")) {
        await ended;
      }
      await rm(folder, { recursive: true });
    },
  };
}

/** Asks the resident and ends as the command did. */
function script(folder: string): string {
  return `#!/bin/sh
case " $* " in
  *" watch "*) exec "${projectRoot}/waybill" "$@" ;;
esac
from=$PWD
cd "${folder}"
until mkdir taken 2>/dev/null; do sleep 0.05; done
: > stdout
: > stderr
printf '%s\\0' "$from" "$@" > asked
read -r code < answered
cat stdout
cat stderr >&2
rmdir taken
exit "$code"
`;
}
