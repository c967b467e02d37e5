/** The one way to read an input: from bytes of any known form to named columns and batches of rows. */
import { InvalidInputError } from "../../../kernel/index.ts";
import {
  SAMPLE_BYTES,
  detectContainer,
  detectCrEnds,
  detectDelimiter,
  detectJson,
  parserFor,
  refuseBinary,
} from "./detection.ts";
import type { Delimiter } from "./detection.ts";
import { Utf8Converter, byteOrderMark, detectEncoding, restoreFrom, toUtf8 } from "./encoding.ts";
import type { Encoding } from "./encoding.ts";
import { columnName } from "./format.ts";
import type { Detected, Format, FormatKind } from "./format.ts";
import { ByteCounter, dropBytes, gunzip, isGzip, peek } from "./input.ts";
import type { Peeked } from "./input.ts";
import { JsonArrayParser, jsonLinesParser } from "./json.ts";
import { JsonObjects } from "./json-objects.ts";
import { LineParser, splitAtPlaces } from "./lines.ts";
import type { FixedColumn } from "./lines.ts";
import { openParquet } from "./parquet.ts";
import { readRecords } from "./records.ts";
import type { RecordParser } from "./records.ts";
import type { RowBatch } from "./row-batch.ts";
import { spool } from "./spool.ts";
import { openXlsx } from "./xlsx.ts";

export interface OpenOptions {
  readonly format: Format;
  /** The columns that will be asked for: they tell a header from data and choose the members of JSON objects. */
  readonly wantedColumns: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** An input that is being read. Disposing of it ends the reading and removes what it needed on the way. */
export interface RowSource extends AsyncDisposable {
  readonly detected: Detected;
  /** Names in the order of the values of each row; a name is empty where the header leaves it out. */
  readonly columns: readonly string[];
  /** Whether a row with fewer values than columns is broken (delimited text) or just ends early. */
  readonly isExact: boolean;
  /** Each batch is valid until the next one is asked for. */
  readonly batches: AsyncGenerator<RowBatch>;
  /** Bytes of the input so far, as they came. */
  bytesRead(): number;
  /** Names of JSON members that no column asked for, as far as the input was read. */
  otherNames(): readonly string[];
}

interface Opened {
  readonly detected: Omit<Detected, "isGzip">;
  readonly columns: readonly string[];
  readonly isExact: boolean;
  readonly batches: AsyncGenerator<RowBatch>;
  readonly otherNames?: () => readonly string[];
}

/**
 * Opens an input. Holds at most some megabytes of it, whatever its size; workbooks and Parquet, whose
 * table of contents stands at their end, pass through a temporary file that is removed afterwards.
 * @throws InvalidInputError when the input is empty, no known kind of file, or has no usable header
 * @throws CancelledError when the signal is aborted
 */
export async function openRows(
  input: AsyncIterable<Uint8Array>,
  options: OpenOptions,
): Promise<RowSource> {
  const counter = new ByteCounter();
  await using resources = new AsyncDisposableStack();
  const raw = resources.use(await peek(counter.count(input, options.signal), SAMPLE_BYTES));
  const isCompressed = isGzip(raw.head);
  const plain = isCompressed ? resources.use(await peek(gunzip(raw.chunks), SAMPLE_BYTES)) : raw;
  if (plain.head.length === 0) {
    throw empty();
  }
  const opened = await openPlain(plain, options, resources);
  resources.defer(async () => {
    await opened.batches.return(undefined);
  });
  const kept = resources.move();
  return {
    otherNames: () => [],
    ...opened,
    detected: { ...opened.detected, isGzip: isCompressed },
    bytesRead: () => counter.bytes,
    [Symbol.asyncDispose]: async () => kept.disposeAsync(),
  };
}

async function openPlain(
  plain: Peeked,
  options: OpenOptions,
  resources: AsyncDisposableStack,
): Promise<Opened> {
  const container = detectContainer(plain.head);
  refuseContradiction(options.format.kind, container);
  if (container === "text") {
    return openText(plain, options);
  }
  const file = resources.use(await spool(plain.chunks));
  return container === "parquet"
    ? openSpooledParquet(file.path)
    : openSpooledXlsx(file.path, options.format);
}

async function openSpooledParquet(path: string): Promise<Opened> {
  const { columns, batches } = await openParquet(path);
  refuseDuplicates(columns);
  return { detected: { kind: "parquet" }, columns, isExact: true, batches };
}

async function openSpooledXlsx(path: string, format: Format): Promise<Opened> {
  const table = await withColumns(await openXlsx(path, format.sheet), format);
  return { ...table, detected: { kind: "xlsx" }, isExact: false };
}

function refuseContradiction(
  declared: FormatKind | undefined,
  container: "xlsx" | "parquet" | "text",
): void {
  const isContainer = declared === "xlsx" || declared === "parquet";
  if (declared !== undefined && (isContainer || container !== "text") && declared !== container) {
    throw new InvalidInputError(
      "input-kind",
      `the input is ${container}, the source says ${declared}`,
      [],
      {
        hint: "send the right file, or change format.kind of the source",
      },
    );
  }
}

async function openText(plain: Peeked, options: OpenOptions): Promise<Opened> {
  const { format } = options;
  const { encoding, bomBytes } = encodingOf(plain.head, format.encoding);
  const head = plain.head.subarray(bomBytes);
  const converter = encoding === "utf-8" ? undefined : new Utf8Converter(encoding);
  const sample = (converter?.convert(head) ?? head).subarray(0, SAMPLE_BYTES);
  refuseBinary(sample);
  const read = (parser: RecordParser): AsyncGenerator<RowBatch> =>
    readRecords(toUtf8(dropBytes(plain.chunks, bomBytes), encoding), parser, {
      restore: restoreFrom(encoding),
    });
  const kind = format.kind ?? detectJson(sample) ?? "delimited";
  if (kind === "json" || kind === "jsonl") {
    return openJson(kind, encoding, { read, wantedColumns: options.wantedColumns });
  }
  if (kind === "fixed-width") {
    const places = (format.columns ?? []).filter(
      (column): column is FixedColumn => typeof column !== "string",
    );
    const parser = new LineParser(splitAtPlaces(places), detectCrEnds(sample));
    const table = await withColumns(read(parser), { header: false, ...format });
    return { ...table, detected: { kind, encoding }, isExact: true };
  }
  return openDelimited(sample, encoding, { read, options });
}

function encodingOf(
  head: Uint8Array,
  declared: Encoding | undefined,
): { encoding: Encoding; bomBytes: number } {
  if (declared === undefined) {
    return detectEncoding(head);
  }
  const mark = byteOrderMark(head);
  return { encoding: declared, bomBytes: mark?.encoding === declared ? mark.bomBytes : 0 };
}

type Read = (parser: RecordParser) => AsyncGenerator<RowBatch>;

function openJson(
  kind: "json" | "jsonl",
  encoding: Encoding,
  input: { read: Read; wantedColumns: readonly string[] },
): Opened {
  const objects = new JsonObjects(input.wantedColumns);
  const parser = kind === "json" ? new JsonArrayParser(objects) : jsonLinesParser(objects);
  return {
    detected: { kind, encoding },
    columns: input.wantedColumns,
    isExact: true,
    batches: input.read(parser),
    otherNames: () => [...objects.otherNames],
  };
}

async function openDelimited(
  sample: Uint8Array,
  encoding: Encoding,
  input: { read: Read; options: OpenOptions },
): Promise<Opened> {
  const { format, wantedColumns } = input.options;
  const quote = format.quote === undefined ? 0x22 : byteOf(format.quote);
  const crEnds = detectCrEnds(sample);
  const delimiter =
    format.delimiter === undefined
      ? detectDelimiter(sample, { quote, crEnds, wantedColumns: new Set(wantedColumns) })
      : delimiterOf(format.delimiter);
  const table = await withColumns(input.read(parserFor(delimiter, { quote, crEnds })), format);
  return {
    ...table,
    detected: { kind: "delimited", encoding, delimiter: delimiterName(delimiter) },
    isExact: true,
  };
}

/**
 * Takes the column names from the source's definition or from the first row. Where the definition names
 * the columns and the first row repeats exactly these names, that row is a header all the same.
 */
async function withColumns(
  batches: AsyncGenerator<RowBatch>,
  format: Format,
): Promise<{ columns: readonly string[]; batches: AsyncGenerator<RowBatch> }> {
  const first = await batches.next();
  if (first.done === true) {
    throw empty();
  }
  const names = format.columns?.map(columnName);
  const firstRow = first.value.texts(0).map((name) => name?.trim() ?? "");
  const repeatsNames = names !== undefined && names.join("\0") === firstRow.join("\0");
  const hasHeader = format.header ?? (names === undefined || repeatsNames);
  if (!hasHeader && names === undefined) {
    throw new InvalidInputError(
      "columns-unknown",
      "the source says that there is no header and names no columns",
      [],
      {
        hint: "list the names under format.columns of the source",
      },
    );
  }
  if (hasHeader) {
    refuseFaultyHeader(first.value);
    first.value.firstRecord = 1;
  }
  const columns = names ?? firstRow;
  refuseDuplicates(columns);
  return { columns, batches: continued(first.value, batches) };
}

async function* continued(
  first: RowBatch,
  rest: AsyncGenerator<RowBatch>,
): AsyncGenerator<RowBatch> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

function refuseFaultyHeader(batch: RowBatch): void {
  const fault = batch.fault(0);
  if (fault !== undefined) {
    throw new InvalidInputError(
      "header-unreadable",
      `the header on line ${batch.line(0)} cannot be read: ${fault.message}`,
    );
  }
}

function refuseDuplicates(columns: readonly string[]): void {
  const twice = columns.filter((name, index) => name !== "" && columns.indexOf(name) !== index);
  if (twice.length > 0) {
    const names = [...new Set(twice)].map((name) => `"${name}"`).join(", ");
    throw new InvalidInputError(
      "columns-duplicate",
      `the header names a column twice: ${names}`,
      [],
      {
        hint: "give each column a name of its own, or name them under format.columns with header: true",
      },
    );
  }
}

function empty(): InvalidInputError {
  return new InvalidInputError("input-empty", "the input is empty", [], {
    hint: "a file without records still needs its header line",
  });
}

function byteOf(character: string): number | undefined {
  return character === "" ? undefined : character.charCodeAt(0);
}

function delimiterOf(name: string): Delimiter {
  if (name === "whitespace") {
    return { kind: "blanks" };
  }
  return { kind: "byte", byte: name === "tab" ? 0x09 : name.charCodeAt(0) };
}

function delimiterName(delimiter: Delimiter): string {
  if (delimiter.kind === "blanks") {
    return "whitespace";
  }
  return delimiter.byte === 0x09 ? "tab" : String.fromCharCode(delimiter.byte);
}
