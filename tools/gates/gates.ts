/**
 * What every change must pass besides the tests. `npm run check` and tests/architecture/gates.test.ts
 * both run this list, so there is one truth about what a clean tree is.
 */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/** One tool over the whole tree. */
export interface Gate {
  readonly name: string;
  /** Arguments to Node, from the project's root. */
  readonly command: readonly string[];
  /** What to type or do when it is red. */
  readonly mend: string;
}

/** What a gate said. */
export interface Verdict {
  readonly passed: boolean;
  readonly output: string;
  readonly tookMs: number;
}

export const gates: readonly Gate[] = [
  {
    name: "format",
    command: ["node_modules/oxfmt/bin/oxfmt", "--check", "."],
    mend: "npm run format",
  },
  {
    name: "lint",
    command: ["node_modules/oxlint/bin/oxlint"],
    mend: "Mend what is listed; `npm run format` applies the fixes that are safe.",
  },
  {
    name: "types",
    command: ["node_modules/@typescript/native/bin/tsc", "--project", "."],
    mend: "Mend what is listed.",
  },
  {
    name: "boundaries",
    command: ["tools/boundaries/main.ts"],
    mend: "Follow the advice beside each import; the floors are in .dependency-cruiser.mjs.",
  },
  {
    name: "dead code",
    command: ["node_modules/knip/bin/knip.js", "--no-progress"],
    mend: "Remove what nobody uses, or use it.",
  },
  {
    name: "verifier",
    command: ["tools/verifier/main.ts", "--check"],
    mend: "node tools/verifier/main.ts, and commit docs/verifier",
  },
];

/** Runs one gate to its end. `root` is the project's folder. */
export async function runGate(gate: Gate, root: string): Promise<Verdict> {
  const started = performance.now();
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", ...gate.command],
    {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const [output, errors, exitCode] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    }),
  ]);
  return {
    passed: exitCode === 0,
    output: `${output}${errors}`.trim(),
    tookMs: performance.now() - started,
  };
}
