import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { plantTree, projectRoot, type PlantedTree } from "../tests/architecture/planted-tree.ts";

/** Stands in for npm, which is not ours: takes its time, brings a Node and counts its calls. */
const npm = `
const fs = require("node:fs");
fs.appendFileSync("npm-calls", process.argv[2] + "\\n");
if (fs.existsSync("npm-is-broken")) process.exit(7);
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
fs.mkdirSync("node_modules/node/bin", { recursive: true });
fs.mkdirSync("node_modules/.bin", { recursive: true });
fs.writeFileSync("node_modules/node/bin/node", '#!/bin/sh\\nprintf "[%s]" "$@"\\n', { mode: 0o755 });
`;

function freshClone(): PlantedTree {
  return plantTree(
    {
      "package-lock.json": "{}",
      "npm.js": npm,
      "scripts/bootstrap.mjs": readFileSync(join(projectRoot, "scripts/bootstrap.mjs"), "utf8"),
      waybill: readFileSync(join(projectRoot, "waybill"), "utf8"),
    },
    [],
  );
}

interface Ending {
  readonly exitCode: unknown;
  readonly output: string;
  readonly errors: string;
}

async function run(tree: PlantedTree, command: readonly [string, ...string[]]): Promise<Ending> {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    env: { ...process.env, npm_execpath: join(tree.root, "npm.js") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, errors, exitCode] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.on("close", resolve)),
  ]);
  return { exitCode, output, errors };
}

function bootstrap(tree: PlantedTree): Promise<Ending> {
  return run(tree, [process.execPath, join(tree.root, "scripts/bootstrap.mjs")]);
}

function npmCalls(tree: PlantedTree): string[] {
  const log = join(tree.root, "npm-calls");
  return existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
}

describe("bootstrap", () => {
  test("installs from the lockfile once and then has nothing to do or to say", async () => {
    using tree = freshClone();

    await bootstrap(tree);
    const second = await bootstrap(tree);

    expect(npmCalls(tree)).toEqual(["ci"]);
    expect(second).toEqual({ exitCode: 0, output: "", errors: "" });
  });

  test("installs again when the lockfile has changed", async () => {
    using tree = freshClone();
    await bootstrap(tree);
    writeFileSync(join(tree.root, "package-lock.json"), '{"changed": true}');

    await bootstrap(tree);

    expect(npmCalls(tree)).toEqual(["ci", "ci"]);
  });

  test("installs once when several processes ask at the same time", async () => {
    using tree = freshClone();

    const endings = await Promise.all([1, 2, 3].map(() => bootstrap(tree)));

    expect(endings.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    expect(npmCalls(tree)).toEqual(["ci"]);
    expect(existsSync(join(tree.root, ".install.lock"))).toBe(false);
  });

  test("takes over from a process that died while installing", async () => {
    using tree = freshClone();
    const dead = spawn(process.execPath, ["--eval", ""]);
    await new Promise((resolve) => dead.on("close", resolve));
    writeFileSync(join(tree.root, ".install.lock"), `${dead.pid}`);

    const { exitCode } = await bootstrap(tree);

    expect(exitCode).toBe(0);
    expect(npmCalls(tree)).toEqual(["ci"]);
  });

  test("says what to check when npm fails, and tries again next time", async () => {
    using tree = freshClone();
    writeFileSync(join(tree.root, "npm-is-broken"), "");

    const first = await bootstrap(tree);
    await bootstrap(tree);

    expect(first.exitCode).toBe(1);
    expect(first.output).toBe("");
    expect(first.errors).toContain("`npm ci` ended with 7");
    expect(first.errors).toContain("then run the same command again");
    expect(first.errors).not.toContain("    at ");
    expect(npmCalls(tree)).toEqual(["ci", "ci"]);
  });
});

describe("the launcher", () => {
  test("installs what is missing and passes its arguments on, from any folder and through links", async () => {
    using tree = freshClone();
    mkdirSync(join(tree.root, "elsewhere"));
    chmodSync(join(tree.root, "waybill"), 0o755);
    symlinkSync("../waybill", join(tree.root, "elsewhere/relative-link"));
    const link = join(tree.root, "elsewhere/link");
    symlinkSync(join(tree.root, "elsewhere/relative-link"), link);

    const { exitCode, output, errors } = await run(tree, [link, "plan", "a folder", ""]);

    expect(exitCode).toBe(0);
    expect(output).toMatch(/\[.*\/src\/entry\/cli\/main\.ts\]\[plan\]\[a folder\]\[\]$/u);
    expect(errors).toContain("Packages are installed.");
  });
});
