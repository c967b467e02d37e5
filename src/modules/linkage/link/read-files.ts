/** Files of records, read as they are: CSV in any usual dialect and encoding, and Parquet. */
import { constants } from "node:fs";
import { access, mkdtemp, open, rm, stat, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { InvalidInputError, type Issue } from "../../../kernel/index.ts";
import { type DuckDb, DuckDbError } from "../../../platform/duckdb/index.ts";
import {
  createInput,
  insertDelimited,
  insertParquet,
  MOST_RECORD_BYTES,
  selectParquetColumns,
  type InputRows,
  type ParquetColumn,
  type RejectedRecord,
} from "../store/input.ts";
import { inspectTextFile, linesAt, transcode, type TextFile } from "./text-file.ts";

/** A column of the table `input`. */
export interface InputColumn {
  /** What the files call it. */
  readonly name: string;
  /** `c0`, `c1`, …. */
  readonly column: string;
}

export interface InputFile {
  readonly path: string;
  readonly rows: number;
}

/** What was read. The table `input` has `id` (0 up), `file` (index of the file) and the columns, all text. */
export interface InputTable {
  readonly rows: number;
  readonly columns: readonly InputColumn[];
  readonly files: readonly InputFile[];
}

/** Files are numbered in a byte. */
const MOST_FILES = 255;

/**
 * Reads files into the table `input`, in their order. Columns of several files are stacked where their
 * names are the same but for case; a name that comes twice in one file gets a number, and one that is
 * missing is called by its place. An empty value is null.
 * @throws InvalidInputError when a file is not there, not readable, or broken, with the lines
 * @throws CancelledError when the signal is aborted
 */
export async function readFiles(
  duck: DuckDb,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<InputTable> {
  if (paths.length === 0 || paths.length > MOST_FILES) {
    throw new InvalidInputError(
      "input-files",
      `between 1 and ${MOST_FILES} files can be read at once`,
    );
  }
  const folder = await mkdtemp(join(duck.tempFolder, "input-"));
  try {
    const opened: OpenFile[] = [];
    for (const [index, path] of paths.entries()) {
      opened.push(await openFile(duck, path, { staged: join(folder, String(index)), signal }));
    }
    return await fillInput(duck, opened, signal);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function fillInput(
  duck: DuckDb,
  opened: readonly OpenFile[],
  signal: AbortSignal | undefined,
): Promise<InputTable> {
  const columns = new Map<string, InputColumn>();
  const places = opened.map((file) => placesOf(file, columns));
  await createInput(duck, columns.size);
  const files: InputFile[] = [];
  let rows = 0;
  for (const [file, source] of opened.entries()) {
    const request = { file, firstId: rows, places: places[file] ?? [], signal };
    const added = await insertFile(duck, source, request);
    files.push({ path: source.path, rows: added });
    rows += added;
  }
  return { rows, columns: [...columns.values()], files };
}

type OpenFile = {
  readonly path: string;
  /** The same bytes, or the same text in UTF-8, under a name of our own. */
  readonly staged: string;
  readonly names: readonly string[];
} & (
  | { readonly format: "delimited"; readonly text: TextFile }
  | { readonly format: "parquet"; readonly parquet: readonly ParquetColumn[] }
);

/**
 * DuckDB sees a file under a name in the folder of the run: a user's name may look like a pattern, an
 * address or a compressed file to it.
 */
async function openFile(
  duck: DuckDb,
  path: string,
  { staged, signal }: { readonly staged: string; readonly signal: AbortSignal | undefined },
): Promise<OpenFile> {
  await refuseUnreadable(path);
  if (await isParquet(path)) {
    await symlink(resolve(path), staged);
    const parquet = await readingParquet(path, () => selectParquetColumns(duck, staged));
    return { format: "parquet", path, staged, parquet, names: parquet.map(({ name }) => name) };
  }
  const text = await inspectTextFile(path);
  const file = { format: "delimited", path, staged, names: text.names } as const;
  if (text.encoding !== "utf-8") {
    return { ...file, text: await transcode({ from: path, to: staged, file: text }, signal) };
  }
  await symlink(resolve(path), staged);
  return { ...file, text };
}

async function refuseUnreadable(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    throw new InvalidInputError("input-missing", `there is no file ${path}`, [], {
      hint: "check the path; it is relative to the folder the command runs in",
    });
  }
  if (!found.isFile()) {
    const hint = found.isDirectory()
      ? "name the files in it"
      : "save what it gives as a file first";
    throw new InvalidInputError("input-kind", `${path} is not a file`, [], { hint });
  }
  await access(path, constants.R_OK).catch(() => {
    throw new InvalidInputError("input-permission", `${path} may not be read`, [], {
      hint: "give the user that runs the command the right to read it",
    });
  });
}

async function isParquet(path: string): Promise<boolean> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
  return bytesRead === 4 && buffer.toString("latin1") === "PAR1";
}

/** Where the columns of the file go; adds those that no earlier file has. */
function placesOf(file: OpenFile, columns: Map<string, InputColumn>): readonly number[] {
  const taken = new Set<string>();
  return file.names.map((written, index) => {
    const base = written === "" ? `column ${index + 1}` : written;
    let name = base;
    for (let copy = 2; taken.has(name.toLowerCase()); copy += 1) {
      name = `${base} (${copy})`;
    }
    const key = name.toLowerCase();
    taken.add(key);
    if (!columns.has(key)) {
      columns.set(key, { name, column: `c${columns.size}` });
    }
    return [...columns.keys()].indexOf(key);
  });
}

async function insertFile(duck: DuckDb, file: OpenFile, rows: InputRows): Promise<number> {
  if (file.format === "parquet") {
    return await readingParquet(file.path, () =>
      insertParquet(duck, file.staged, { ...rows, columns: file.parquet }),
    );
  }
  const whole = await withOneLineEnd(file, rows.signal, (one) =>
    insertDelimited(duck, one.staged, { ...rows, dialect: one.text.dialect }),
  );
  if (whole.rejected.length > 0) {
    throw await brokenRecords(file, whole.rejected);
  }
  return whole.rows;
}

type DelimitedFile = OpenFile & { readonly format: "delimited" };

/** DuckDB refuses files in which lines end now in one way and now in another; such are written anew. */
async function withOneLineEnd<T>(
  file: DelimitedFile,
  signal: AbortSignal | undefined,
  read: (file: DelimitedFile) => Promise<T>,
): Promise<T> {
  try {
    return await read(file);
  } catch (error) {
    if (!(error instanceof DuckDbError && error.kind === "Invalid Input Error")) {
      throw error;
    }
  }
  const staged = `${file.staged}-lines`;
  const text = await transcode({ from: file.staged, to: staged, file: file.text }, signal);
  try {
    return await read({ ...file, staged, text });
  } catch (error) {
    if (!(error instanceof DuckDbError)) {
      throw error;
    }
    throw new InvalidInputError("input-records", `${file.path} cannot be read as a table`, [], {
      hint: "write it anew as CSV in UTF-8, with quotes around values",
      cause: error,
    });
  }
}

async function brokenRecords(
  file: DelimitedFile,
  rejected: readonly RejectedRecord[],
): Promise<InvalidInputError> {
  const lines = await linesAt(
    file.staged,
    rejected.map(({ position }) => position),
    file.text.dialect.lineEnd,
  );
  const issues = rejected.map((record, index): Issue => ({
    at: file.path,
    line: lines[index] ?? 1,
    ...faultOf(record),
  }));
  const where = issues.length === 1 ? `on line ${lines[0]}` : `first on line ${lines[0]}`;
  return new InvalidInputError(
    "input-records",
    `${file.path} has records that cannot be read, ${where}`,
    issues,
    { hint: "mend these lines, or write the file anew with quotes around values" },
  );
}

const counts = /Expected Number of Columns: (?<expected>\d+) Found: (?<found>\d+)/;

/** DuckDB's message may quote the record, so that only its numbers are taken. */
function faultOf({ fault, message }: RejectedRecord): Pick<Issue, "message" | "hint"> {
  const numbers = counts.exec(message)?.groups;
  if (numbers !== undefined) {
    return {
      message: `the record has ${numbers["found"]} values where the header has ${numbers["expected"]}`,
      hint: "put values in quotes that hold the delimiter or a line end",
    };
  }
  switch (fault) {
    case "UNQUOTED VALUE":
      return {
        message: "a quote is not closed, or text follows the closing quote",
        hint: "double the quotes inside a value",
      };
    case "LINE SIZE OVER MAXIMUM":
      return {
        message: `the record is longer than ${MOST_RECORD_BYTES / 1024 / 1024} MB`,
        hint: "close the quote that is open there, or shorten the value",
      };
    default:
      return { message: "the record cannot be read" };
  }
}

async function readingParquet<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof DuckDbError)) {
      throw error;
    }
    throw new InvalidInputError(
      "input-parquet",
      `${path} cannot be read as Parquet: it is damaged, cut off or encrypted`,
      [],
      { hint: "transfer the file again", cause: error },
    );
  }
}
