/** What a file is, from its first bytes. Everything the source's definition says is taken as said. */
import { InvalidInputError } from "../../../kernel/index.ts";
import { DelimitedParser } from "./delimited.ts";
import type { DelimitedOptions } from "./delimited.ts";
import { LineParser, splitAtBlanks } from "./lines.ts";
import type { RecordParser } from "./records.ts";
import { RowBatch } from "./row-batch.ts";

/** Enough for some hundred lines, so that a delimiter shows itself. */
export const SAMPLE_BYTES = 64 * 1024;

export type ContainerKind = "xlsx" | "parquet" | "text";

/** Files that are recognised only to be refused with words. */
const REFUSED: readonly { readonly magic: readonly number[]; readonly words: string }[] = [
  {
    magic: [0xd0, 0xcf, 0x11, 0xe0],
    words:
      "an old .xls workbook or a workbook with a password; save it as .xlsx without a password",
  },
  { magic: [0x25, 0x50, 0x44, 0x46], words: "a PDF; ask the source for the data as CSV or XLSX" },
  { magic: [0x42, 0x5a, 0x68], words: "compressed with bzip2; use gzip or send it uncompressed" },
  {
    magic: [0xfd, 0x37, 0x7a, 0x58],
    words: "compressed with xz; use gzip or send it uncompressed",
  },
  {
    magic: [0x28, 0xb5, 0x2f, 0xfd],
    words: "compressed with zstd; use gzip or send it uncompressed",
  },
  { magic: [0x37, 0x7a, 0xbc, 0xaf], words: "a 7z archive; send the file in it, or gzip it" },
];

/**
 * Recognises containers by their magic numbers.
 * @throws InvalidInputError for kinds of file that cannot be read
 */
export function detectContainer(head: Uint8Array): ContainerKind {
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04])) {
    return "xlsx";
  }
  if (startsWith(head, [0x50, 0x41, 0x52, 0x31])) {
    return "parquet";
  }
  const refused = REFUSED.find(({ magic }) => startsWith(head, magic));
  if (refused !== undefined) {
    throw new InvalidInputError("input-kind", `the input is ${refused.words}`);
  }
  return "text";
}

/**
 * Refuses bytes that are no text in any encoding: many are control characters (of random bytes, one in nine).
 * A stray NUL in a row is another matter; that row alone is quarantined.
 * @throws InvalidInputError
 */
export function refuseBinary(sample: Uint8Array): void {
  let controls = 0;
  for (const byte of sample) {
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) {
      controls++;
    }
  }
  if (controls >= 4 && controls * 25 > sample.length) {
    throw new InvalidInputError(
      "input-binary",
      "the input is not text, nor a workbook, nor Parquet",
      [],
      {
        hint: "check that the right file was sent, and that it is not encrypted",
      },
    );
  }
}

/** Whether text is JSON, by its first character that is not blank. */
export function detectJson(sample: Uint8Array): "json" | "jsonl" | undefined {
  const first = sample.find((byte) => byte > 0x20);
  if (first === 0x5b) {
    return "json";
  }
  return first === 0x7b ? "jsonl" : undefined;
}

/** Whether lines end in CR alone: there is a CR and no LF at all. */
export function detectCrEnds(sample: Uint8Array): boolean {
  return sample.includes(0x0d) && !sample.includes(0x0a);
}

/** How the values of delimited text are kept apart. */
export type Delimiter =
  | { readonly kind: "blanks" }
  | { readonly kind: "byte"; readonly byte: number };

const CANDIDATES: readonly Delimiter[] = [
  { kind: "byte", byte: 0x2c },
  { kind: "byte", byte: 0x3b },
  { kind: "byte", byte: 0x09 },
  { kind: "byte", byte: 0x7c },
  { kind: "blanks" },
];

export interface DialectHints {
  readonly quote: number | undefined;
  readonly crEnds: boolean;
  /** Names that the first row is likely to contain. */
  readonly wantedColumns: ReadonlySet<string>;
}

/**
 * Finds the delimiter by reading the sample with each candidate. The best one names the most wanted
 * columns in the first row; then gives (nearly) all rows the same number of values; then the most
 * values. Blanks are only believed when no character does.
 */
export function detectDelimiter(sample: Uint8Array, hints: DialectHints): Delimiter {
  let best: { delimiter: Delimiter; score: number } | undefined;
  for (const delimiter of CANDIDATES) {
    const score = scoreOf(sample, delimiter, hints);
    if (score > 0 && (best === undefined || score > best.score)) {
      best = { delimiter, score };
    }
  }
  return best?.delimiter ?? { kind: "byte", byte: 0x2c };
}

/** The parser for a delimiter. */
export function parserFor(
  delimiter: Delimiter,
  options: Omit<DelimitedOptions, "delimiter">,
): RecordParser {
  return delimiter.kind === "blanks"
    ? new LineParser(splitAtBlanks, options.crEnds)
    : new DelimitedParser({ ...options, delimiter: delimiter.byte });
}

function scoreOf(sample: Uint8Array, delimiter: Delimiter, hints: DialectHints): number {
  const batch = new RowBatch((utf8) => Buffer.from(utf8));
  const copy = Uint8Array.from(sample);
  batch.reset(copy);
  const atEnd = sample.length < SAMPLE_BYTES;
  parserFor(delimiter, hints).parse({ bytes: copy, to: copy.length, atEnd }, batch);
  if (batch.rows === 0) {
    return 0;
  }
  const width = batch.fieldCount(0);
  if (width < 2) {
    return 0;
  }
  const named = batch.texts(0).filter((name) => hints.wantedColumns.has(name?.trim() ?? "")).length;
  let even = 0;
  for (let row = 0; row < batch.rows; row++) {
    even += batch.fieldCount(row) === width ? 1 : 0;
  }
  const evenness = even / batch.rows;
  const doubt = delimiter.kind === "blanks" ? 0.5 : 1;
  return (
    named * 1_000_000 +
    (evenness >= 0.9 ? 10_000 * doubt : evenness * 100) +
    Math.min(width, 99) * doubt
  );
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}
