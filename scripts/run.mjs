/**
 * Runs one of the project's commands: `node scripts/run.mjs NAME [ARGUMENT…]`. Installs what is missing,
 * then hands over to the project's own Node, whatever version of Node started this.
 */
import { spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { bootstrap, orExplain, projectNode, projectRoot } from "./bootstrap.mjs";

/** @type {Readonly<Record<string, { help: string, run: readonly string[] }>>} */
const commands = {
  demo: {
    help: "the example clients from files to signed deliveries; `-- --once` ends after the summary",
    run: ["src/entry/cli/main.ts", "demo"],
  },
  test: {
    help: "everything: the gates of `check` and all tests, with a PostgreSQL of their own",
    run: ["node_modules/vitest/vitest.mjs", "run"],
  },
  check: {
    help: "format, lint, types, boundaries, dead code and the tests that need no server (< 1 minute)",
    run: ["tools/gates/check.ts"],
  },
  format: {
    help: "formats the sources and applies the lint fixes that are safe",
    run: ["tools/gates/format.ts"],
  },
  bench: {
    help: "the figures of the design, each beside its limit or peer",
    run: ["bench/main.ts"],
  },
  serve: { help: "the server and its workers", run: ["src/entry/cli/main.ts", "serve"] },
  dev: {
    help: "the same, restarted when a source changes",
    run: ["--watch", "src/entry/cli/main.ts", "serve"],
  },
};

const [name = "help", ...rest] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (command === undefined) {
  printHelp();
  process.exit(name === "help" ? 0 : 2);
}
await orExplain(bootstrap);
handOver([...command.run, ...rest]);

function printHelp() {
  const width = Math.max(...Object.keys(commands).map((key) => key.length));
  const lines = Object.entries(commands).map(
    ([key, { help }]) => `  npm run ${key.padEnd(width)}  ${help}`,
  );
  const intro = name === "help" ? "" : `There is no command "${name}".\n\n`;
  process.stdout
    .write(`${intro}The project's commands (arguments follow \`--\`):\n\n${lines.join("\n")}\n
  ./waybill --help  the program itself\n`);
}

/**
 * Becomes the command as far as a parent can: same terminal, same signals, same exit code.
 * @param {readonly string[]} args
 */
function handOver(args) {
  const path = [
    join(projectRoot, "node_modules", ".bin"),
    dirname(projectNode),
    process.env["PATH"],
  ];
  const child = spawn(projectNode, ["--disable-warning=ExperimentalWarning", ...args], {
    cwd: projectRoot,
    stdio: "inherit",
    env: { ...process.env, PATH: path.join(delimiter) },
  });
  // A terminal sends Ctrl-C to both; the child decides when to end, and this process ends with it.
  process.on("SIGINT", () => undefined);
  for (const signal of /** @type {const} */ (["SIGTERM", "SIGHUP"])) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => {
    process.stderr.write(`The project's Node could not be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1);
  });
}
