/**
 * The commands of the documents, run as a reader would: line by line, in an empty folder beside the examples.
 * Those of the README have a process each, as the reader's; the others' share one.
 */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { testDatabase } from "../support/database.ts";
import { referenceData } from "../support/reference-data.ts";
import { residentWaybill } from "../support/resident.ts";
import { commandsOf, projectRoot, readDocument } from "./document.ts";

/** How documents name the published files, from the folder of the project. */
const PUBLISHED = /\.\.\/shared\/data\/([\w./-]+)/gu;

const LED_IN_PROCESSES = "README.md";

/**
 * A test for each document that a pattern finds, from the folder of the project, and that has commands.
 * @returns these documents
 */
export function testCommandsOf(pattern: string): readonly string[] {
  const documents = globSync(pattern, { cwd: projectRoot })
    .toSorted()
    .filter((path) => commandsOf(readDocument(path)).length > 0);

  test.for(documents)("every command of %s works", { timeout: 400_000 }, async (path, { skip }) => {
    await using database = await testDatabase();
    await using reader = await openReader(path, database.url);
    const missing: string[] = [];

    for (const { line, exitCode } of commandsOf(readDocument(path))) {
      const located = withPublishedFiles(line);
      if (located === undefined) {
        missing.push(line);
        continue;
      }
      const ended = await shell(located, reader);
      expect({ line, ...ended }).toEqual({ line, output: expect.any(String), exitCode });
    }
    skip(missing.length > 0, `published files are not at hand: ${missing.join("; ")}`);
  });
  return documents;
}

interface Reader extends AsyncDisposable {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** What somebody has who has just got the project, and nothing that an earlier command left. */
async function openReader(path: string, databaseUrl: string): Promise<Reader> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "waybill-docs-"));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const program =
    path === LED_IN_PROCESSES
      ? join(projectRoot, "waybill")
      : opened.use(await residentWaybill({ DATABASE_URL: databaseUrl })).program;
  await symlink(program, join(folder, "waybill"));
  await symlink(join(projectRoot, "examples"), join(folder, "examples"));
  const { WAYBILL_DATA: _data, ...inherited } = process.env;
  const owned = opened.move();
  return {
    folder,
    environment: { ...inherited, DATABASE_URL: databaseUrl },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
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
  { folder, environment }: Reader,
): Promise<{ exitCode: number | null; output: string }> {
  const child = spawn("sh", ["-c", line], {
    cwd: folder,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (exitCode) => resolve({ exitCode, output }));
  });
}
