/** Files as a command names them: paths, folders, patterns, or `-` for standard input. */
import { createReadStream } from "node:fs";
import { glob, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { InvalidInputError, type Issue } from "../../kernel/index.ts";

export interface InputFile {
  /** What it is called in the register of intakes: the file's name, or `-`. */
  readonly origin: string;
  /** Undefined for standard input. */
  readonly sizeBytes: number | undefined;
  readonly open: () => AsyncIterable<Uint8Array>;
}

/** Read ahead in pieces of this size: fewer turns of the event loop for the same bytes. */
const READ_BYTES = 1024 * 1024;

/**
 * The inputs behind command-line arguments, each argument's files in the order of their names.
 * @throws InvalidInputError when an argument names nothing, or something that is no file
 */
export async function resolveInputs(names: readonly string[]): Promise<InputFile[]> {
  const inputs: InputFile[] = [];
  const issues: Issue[] = [];
  for (const name of names) {
    const found = name === "-" ? [standardInput()] : await filesBehind(name);
    inputs.push(...found);
    if (found.length === 0) {
      issues.push({
        at: name,
        message: "no such file",
        hint: "check the path, or quote the pattern",
      });
    }
  }
  if (issues.length > 0) {
    throw new InvalidInputError("no-such-file", "there is nothing to read", issues);
  }
  return inputs;
}

function standardInput(): InputFile {
  return { origin: "-", sizeBytes: undefined, open: () => process.stdin };
}

async function filesBehind(name: string): Promise<InputFile[]> {
  const status = await stat(name).catch(() => undefined);
  if (status?.isDirectory() === true) {
    const entries = await readdir(name, { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith("."));
    return Promise.all(
      files
        .map((entry) => entry.name)
        .toSorted()
        .map((file) => fileInput(join(name, file))),
    );
  }
  if (status !== undefined) {
    return [await fileInput(name)];
  }
  const matches = await Array.fromAsync(glob(name));
  return Promise.all(matches.toSorted().map(fileInput));
}

async function fileInput(path: string): Promise<InputFile> {
  const { size } = await stat(path);
  return {
    origin: basename(path),
    sizeBytes: size,
    open: () => bytesOf(path),
  };
}

/** @throws InvalidInputError when the system does not let it be read to its end */
async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: READ_BYTES });
  } catch (cause) {
    throw new InvalidInputError("file-not-readable", `the file ${path} cannot be read`, [], {
      hint: "check that it is still there and that you may read it",
      cause,
    });
  }
}
