/** The commands of the documents, run as a reader would: line by line, in an empty folder beside the examples. */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { testDatabase } from "../support/database.ts";
import { referenceData } from "../support/reference-data.ts";
import { commandsOf, projectRoot, readDocument } from "./document.ts";

const documents = globSync("{README.md,examples/*/README.md,docs/guides/*.md}", {
  cwd: projectRoot,
})
  .toSorted()
  .filter((path) => commandsOf(readDocument(path)).length > 0);

/** How documents name the published files, from the folder of the project. */
const PUBLISHED = /\.\.\/shared\/data\/([\w./-]+)/gu;

test("the documents that lead a new user are among those that are run", () => {
  expect(documents).toEqual(
    expect.arrayContaining(["README.md", "docs/guides/getting-started.md"]),
  );
});

describe.concurrent("every command works that stands in", () => {
  test.for(documents)("%s", { timeout: 400_000 }, async (path, { expect: expectHere, skip }) => {
    const commands = commandsOf(readDocument(path));
    await using folder = await userFolder();
    await using database = await testDatabase();
    const missing: string[] = [];

    for (const { line, exitCode } of commands) {
      const located = withPublishedFiles(line);
      if (located === undefined) {
        missing.push(line);
        continue;
      }
      const ended = await shell(located, { cwd: folder.path, database: database.url });
      expectHere({ line, ...ended }).toEqual({ line, output: expect.any(String), exitCode });
    }
    skip(missing.length > 0, `published files are not at hand: ${missing.join("; ")}`);
  });
});

interface UserFolder extends AsyncDisposable {
  readonly path: string;
}

/** What somebody has who has just got the project, and nothing that an earlier command left. */
async function userFolder(): Promise<UserFolder> {
  const path = await mkdtemp(join(tmpdir(), "waybill-docs-"));
  await symlink(join(projectRoot, "waybill"), join(path, "waybill"));
  await symlink(join(projectRoot, "examples"), join(path, "examples"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The line with the places of the published files it names, or undefined where one is not at hand. */
function withPublishedFiles(line: string): string | undefined {
  const files = [...line.matchAll(PUBLISHED)].map(([, path = ""]) => referenceData(path));
  return files.includes(undefined)
    ? undefined
    : line.replaceAll(PUBLISHED, () => files.shift() ?? "");
}

function shell(
  line: string,
  { cwd, database }: { cwd: string; database: string },
): Promise<{ exitCode: number | null; output: string }> {
  const { WAYBILL_DATA: _data, ...inherited } = process.env;
  const child = spawn("sh", ["-c", line], {
    cwd,
    env: { ...inherited, DATABASE_URL: database },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (exitCode) => resolve({ exitCode, output }));
  });
}
