import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { plantTree } from "./planted-tree.ts";

const borrowed = ["node_modules", "tools", "tsconfig.json", "vitest.config.ts"];

interface Ending {
  readonly exitCode: number | null;
  readonly lines: readonly string[];
}

/** Runs the tests of a tree as `npm test` would. */
function runTests(files: Readonly<Record<string, string>>): Ending {
  using tree = plantTree({ "package.json": '{"type": "module"}', ...files }, borrowed);
  const { status, stdout } = spawnSync(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", "--root", tree.root],
    { cwd: tree.root, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } },
  );
  return { exitCode: status, lines: stdout.trimEnd().split("\n") };
}

const head = 'import { expect, test } from "vitest";\n';

test("a run ends with its numbers, after what was skipped and why", () => {
  const { exitCode, lines } = runTests({
    "src/a.test.ts": `${head}
      test("passes", () => expect(1).toBe(1));
      test("passes too", () => expect(1).toBe(1));
      test("is skipped", (context) => context.skip("there is no moon; wait for the night"));`,
  });

  expect(exitCode).toBe(0);
  expect(lines.at(-1)).toBe("2 passed, 0 failed, 1 skipped");
  expect(lines.slice(-4, -1)).toEqual([
    "Skipped: there is no moon; wait for the night",
    "  src/a.test.ts: is skipped",
    "",
  ]);
});

test("failing tests and files that cannot be loaded are counted as failed", () => {
  const { exitCode, lines } = runTests({
    "src/a.test.ts": `${head}test("fails", () => expect(1).toBe(2));`,
    "src/b.test.ts": 'throw new Error("cannot be loaded");',
  });

  expect(exitCode).toBe(1);
  expect(lines.at(-1)).toBe("0 passed, 2 failed, 0 skipped");
});

test("a failed set-up is a failed run", () => {
  const { exitCode, lines } = runTests({
    "tests/support/global-setup.ts": 'throw new Error("no server");',
    "src/a.pg.test.ts": `${head}test("passes", () => expect(1).toBe(1));`,
  });

  expect(exitCode).toBe(1);
  expect(lines.at(-1)).toBe("0 passed, 1 failed, 0 skipped");
});

test("a run without tests that need PostgreSQL sets nothing up", () => {
  const { exitCode, lines } = runTests({
    "tests/support/global-setup.ts": 'throw new Error("no server");',
    "src/a.test.ts": `${head}test("passes", () => expect(1).toBe(1));`,
  });

  expect(exitCode).toBe(0);
  expect(lines.at(-1)).toBe("1 passed, 0 failed, 0 skipped");
});
