/** Linking plain files, without a client: read, look what the columns are, prepare, link, compare with the truth. */
import { InvalidInputError, suggestion } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import { autoModel } from "../auto/auto-model.ts";
import type { Model } from "../model/model.ts";
import { detectFields, type IgnoredColumn } from "../prepare/detect-fields.ts";
import type { SetAsideCount } from "../prepare/preparation.ts";
import { copyInput, readInputColumn, sampleInput } from "../store/records.ts";
import { knownPairs, readNamedPairs } from "./known-pairs.ts";
import { modelColumns } from "./model-preparation.ts";
import { type Linked, linkRecords, type LinkStep } from "./link-records.ts";
import { prepareInput } from "./prepare-input.ts";
import { type InputTable, readFiles } from "./read-files.ts";

export interface LinkFilesOptions {
  /** CSV or Parquet; several are stacked. */
  readonly files: readonly string[];
  /** Without one, what to compare is found from the files. */
  readonly model?: Model | undefined;
  /** Columns that are no evidence: the truth above all. */
  readonly ignore?: readonly string[] | undefined;
  /** ISO 3166-1 alpha-2: where numbers without a country are from. */
  readonly country?: string | undefined;
  readonly threshold?: number | undefined;
  readonly seed: number;
  /** A file of pairs of which somebody knows what they are, and the column by whose values it names records. */
  readonly labels?: { readonly file: string; readonly id: string } | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((step: FilesStep, share?: number) => void) | undefined;
}

export type FilesStep = "reading" | "preparing" | LinkStep;

/** Files that were read and prepared: the tables `input` and `records`. */
export interface PreparedFiles {
  readonly input: InputTable;
  /** The model that was given, or an untrained one that suits the files. */
  readonly model: Model;
  /** Columns that are not compared, and why. */
  readonly ignored: readonly IgnoredColumn[];
  /** Values that count as missing. */
  readonly setAside: readonly SetAsideCount[];
}

export type LinkedFiles = PreparedFiles & Linked;

/** What a column is shows in so many rows. */
const SAMPLED_ROWS = 20_000;

/**
 * Links the records of files. The table `input` stays, for whoever writes the groups beside it.
 * @throws InvalidInputError when a file cannot be read, has nothing to compare, lacks a column of the model, or
 *   labels are of records that are not there, or contradict each other
 * @throws CancelledError when the signal is aborted
 */
export async function linkFiles(duck: DuckDb, options: LinkFilesOptions): Promise<LinkedFiles> {
  const { labels, signal } = options;
  if (labels !== undefined && options.model?.prior !== undefined) {
    throw new InvalidInputError(
      "labels-trained",
      "the model is trained, and labels would teach it nothing",
      [],
      { hint: "leave the labels out, or take prior, m and u out of the model" },
    );
  }
  const pairs = labels && (await readNamedPairs(duck, labels.file, signal));
  const prepared = await prepareFiles(duck, options);
  const { input, model } = prepared;
  const known = labels && pairs && knownPairs(pairs, await inputColumn(duck, input, labels.id));
  const linked = await linkRecords(duck, { ...options, records: input.rows, model, known });
  return { ...prepared, ...linked };
}

/**
 * Reads files and prepares their records, by the model that is given or one that suits them.
 * @throws InvalidInputError and CancelledError as {@link linkFiles} does
 */
export async function prepareFiles(
  duck: DuckDb,
  options: LinkFilesOptions,
): Promise<PreparedFiles> {
  const { files, signal, onProgress } = options;
  onProgress?.("reading");
  const input = await readFiles(duck, files, signal);
  refuseMissing(options.ignore ?? [], input);
  const { model, ignored } = await modelFor(duck, input, options);
  onProgress?.("preparing");
  const isRaw = model.fields.length === 0;
  const setAside = isRaw
    ? await takeAsItIs(duck, input, model)
    : await prepareInput(duck, {
        input,
        model,
        signal,
        onProgress: (share) => onProgress?.("preparing", share),
      });
  return { input, model, ignored, setAside };
}

/** A model without fields, as Splink's are, compares the columns of the files as they are. */
async function takeAsItIs(duck: DuckDb, input: InputTable, model: Model): Promise<[]> {
  const columns = modelColumns(model);
  refuseMissing(columns, input);
  const places = new Map(input.columns.map(({ name, column }) => [name, column]));
  await copyInput(
    duck,
    columns.map((name) => ({ name, column: places.get(name) ?? name })),
  );
  return [];
}

async function modelFor(
  duck: DuckDb,
  input: InputTable,
  options: LinkFilesOptions,
): Promise<{ readonly model: Model; readonly ignored: readonly IgnoredColumn[] }> {
  if (options.model !== undefined) {
    const wanted = options.model.fields.flatMap(({ columns }) => columns);
    refuseMissing(wanted, input);
    return { model: options.model, ignored: [] };
  }
  const sample = await sampleInput(
    duck,
    input.columns.map(({ column }) => column),
    { oneIn: Math.max(1, Math.floor(input.rows / SAMPLED_ROWS)), signal: options.signal },
  );
  const named = new Map(input.columns.map(({ name, column }) => [name, sample.get(column) ?? []]));
  const { fields, ignored } = detectFields(named, {
    kinds: new Map((options.ignore ?? []).map((column) => [column, "ignored"])),
    country: options.country,
  });
  if (fields.length === 0) {
    throw new InvalidInputError(
      "nothing-to-compare",
      "no column of the files can be compared",
      [],
      {
        hint: "name the columns after what they hold (given_name, birth_date, postcode, …), or give a model",
      },
    );
  }
  return { model: autoModel(fields), ignored };
}

function refuseMissing(columns: readonly string[], input: InputTable): void {
  const names = input.columns.map(({ name }) => name);
  const issues = columns
    .filter((column) => !names.includes(column))
    .map((column) => ({
      at: `column ${column}`,
      message: "the files have no such column",
      hint: suggestion(column, names),
    }));
  if (issues.length > 0) {
    throw new InvalidInputError(
      "columns-missing",
      "the files lack columns that were named",
      issues,
    );
  }
}

/**
 * The values of one column of the files that were read, by record.
 * @throws InvalidInputError when they have no such column
 */
export async function inputColumn(
  duck: DuckDb,
  input: InputTable,
  name: string,
): Promise<readonly (string | null)[]> {
  const names = input.columns.map((each) => each.name);
  const found = input.columns.find((each) => each.name === name);
  if (found === undefined) {
    throw new InvalidInputError("column-missing", `the files have no column ${name}`, [], {
      hint: suggestion(name, names),
    });
  }
  return await readInputColumn(duck, found.column);
}
