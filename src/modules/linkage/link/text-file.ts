/** What a delimited file is, from its bytes: encoding, line ends, delimiter, quotes and column names. */
import { isUtf8 } from "node:buffer";
import { createReadStream, createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { parse } from "csv-parse/sync";
import { InvalidInputError } from "../../../kernel/index.ts";
import type { DelimitedDialect } from "../store/input.ts";

/** By the names of the WHATWG Encoding Standard. */
export type TextEncoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

export interface TextFile {
  readonly encoding: TextEncoding;
  readonly dialect: DelimitedDialect;
  /** As they stand in the first record, without blanks around them. */
  readonly names: readonly string[];
}

/** Enough for some hundred records, so that a delimiter shows itself. */
const SAMPLE_BYTES = 256 * 1024;
const SAMPLE_RECORDS = 200;
const DELIMITERS = [",", ";", "\t", "|"] as const;

/**
 * Reads the beginning of a file, and the whole of it once where only the whole says whether it is UTF-8.
 * @throws InvalidInputError when it is empty or no text
 */
export async function inspectTextFile(path: string): Promise<TextFile> {
  const head = await readHead(path);
  const encoding = await detectEncoding(path, head);
  const text = new TextDecoder(encoding).decode(head, { stream: true });
  if (text.trim() === "") {
    throw new InvalidInputError("input-empty", `${path} is empty`, [], {
      hint: "the first line names the columns; check that the file was written to its end",
    });
  }
  refuseBinary(path, text);
  refuseJson(path, text);
  const lineEnd = text.includes("\n") || !text.includes("\r") ? "\n" : "\r";
  const quote = isSingleQuoted(text) ? "'" : '"';
  const { delimiter, names } = detectDelimiter(text, quote);
  return { encoding, dialect: { delimiter, quote, lineEnd }, names };
}

/** Writes the file anew in UTF-8 with `\n` at the end of every line, and says what it is now. */
export async function transcode(
  { from, to, file }: { readonly from: string; readonly to: string; readonly file: TextFile },
  signal?: AbortSignal,
): Promise<TextFile> {
  await pipeline(
    createReadStream(from),
    async function* (chunks: AsyncIterable<Uint8Array>) {
      const decoder = new TextDecoder(file.encoding);
      let carried = "";
      for await (const chunk of chunks) {
        const text = carried + decoder.decode(chunk, { stream: true });
        carried = text.endsWith("\r") ? "\r" : "";
        yield text.slice(0, text.length - carried.length).replace(/\r\n?/g, "\n");
      }
      yield (carried + decoder.decode()).replace(/\r\n?/g, "\n");
    },
    createWriteStream(to),
    { signal },
  );
  return { ...file, encoding: "utf-8", dialect: { ...file.dialect, lineEnd: "\n" } };
}

/** The 1-based lines on which the bytes at the positions stand; positions ascend. */
export async function linesAt(
  path: string,
  positions: readonly number[],
  lineEnd: DelimitedDialect["lineEnd"],
): Promise<readonly number[]> {
  const end = lineEnd.charCodeAt(0);
  const lines: number[] = [];
  let line = 1;
  let offset = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
    let from = 0;
    while (lines.length < positions.length) {
      const wanted = (positions[lines.length] ?? 0) - offset;
      const next = chunk.subarray(0, wanted).indexOf(end, from);
      if (next >= 0) {
        line += 1;
        from = next + 1;
      } else if (wanted <= chunk.length) {
        lines.push(line);
      } else {
        break;
      }
    }
    offset += chunk.length;
  }
  return lines;
}

async function readHead(path: string): Promise<Uint8Array> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(SAMPLE_BYTES), 0, SAMPLE_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}

/** A byte order mark; else NULs on one side of most pairs; else whether all of it is UTF-8. */
async function detectEncoding(path: string, head: Uint8Array): Promise<TextEncoding> {
  if ((head[0] === 0xff && head[1] === 0xfe) || nulShare(head, 1) > 0.5) {
    return "utf-16le";
  }
  if ((head[0] === 0xfe && head[1] === 0xff) || nulShare(head, 0) > 0.5) {
    return "utf-16be";
  }
  return (await isWhollyUtf8(path)) ? "utf-8" : "windows-1252";
}

/** Share of NULs among the bytes on one side of the pairs, where the other side has none. */
function nulShare(head: Uint8Array, side: 0 | 1): number {
  const nuls = [0, 0];
  for (const [index, byte] of head.entries()) {
    nuls[index % 2] = (nuls[index % 2] ?? 0) + (byte === 0 ? 1 : 0);
  }
  return nuls[1 - side] === 0 ? (nuls[side] ?? 0) / Math.max(1, Math.floor(head.length / 2)) : 0;
}

/** Characters have four bytes at most, so that a chunk may end within one. */
async function isWhollyUtf8(path: string): Promise<boolean> {
  let rest: Uint8Array = new Uint8Array();
  const chunks = createReadStream(path, { highWaterMark: 1024 * 1024 });
  for await (const chunk of chunks as AsyncIterable<Uint8Array>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = lastCharacterStart(bytes);
    if (!isUtf8(bytes.subarray(0, end))) {
      return false;
    }
    rest = bytes.subarray(end);
  }
  return isUtf8(rest);
}

function lastCharacterStart(bytes: Uint8Array): number {
  let at = bytes.length;
  while (at > 0 && at > bytes.length - 4) {
    at -= 1;
    const byte = bytes[at] ?? 0;
    if (byte < 0x80) {
      return bytes.length;
    }
    if (byte >= 0xc0) {
      return at;
    }
  }
  return bytes.length;
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const control = /[\u0000-\u0008\u000E-\u001A\u001C-\u001F]/g;

/** How zip archives and workbooks, PDF and gzip begin. */
const packed = ["PK\u0003\u0004", "%PDF", "\u001F\u008B", "\u001F\u2039"] as const;

/** Of random bytes every ninth is a control character; text has none, or a stray one. */
function refuseBinary(path: string, text: string): void {
  const controls = text.match(control)?.length ?? 0;
  if (
    packed.some((magic) => text.startsWith(magic)) ||
    (controls >= 4 && controls * 25 > text.length)
  ) {
    throw new InvalidInputError("input-binary", `${path} is neither text nor Parquet`, [], {
      hint: "save it as CSV in UTF-8 or as Parquet; unpack it first if it is an archive or compressed",
    });
  }
}

function refuseJson(path: string, text: string): void {
  if (/^\s*(?:\[\s*)?\{/.test(text)) {
    throw new InvalidInputError("input-kind", `${path} is JSON, not a table`, [], {
      hint: "write it as CSV or Parquet, a column for each field",
    });
  }
}

/** Apostrophes stand within names; they are quotes only where they surround every name of the header. */
function isSingleQuoted(text: string): boolean {
  const header = text.split(/[\r\n]/, 1)[0] ?? "";
  return /^\s*'[^']*'(?:\s*[,;\t|]\s*'[^']*')*\s*$/.test(header);
}

/** The delimiter that gives (nearly) all records the same number of fields, and the most of them. */
function detectDelimiter(
  text: string,
  quote: string,
): { readonly delimiter: string; readonly names: readonly string[] } {
  const candidates = DELIMITERS.map((delimiter) => {
    const records = sampleRecords(text, delimiter, quote);
    const names = (records[0] ?? []).map((name) => name.trim());
    const even = records.filter(({ length }) => length === names.length).length / records.length;
    return {
      delimiter,
      names,
      score: names.length < 2 ? 0 : (even >= 0.9 ? 1_000 : even) + names.length / 100,
    };
  });
  const [first, ...others] = candidates;
  let best = first ?? { delimiter: ",", names: [], score: 0 };
  for (const candidate of others) {
    best = candidate.score > best.score ? candidate : best;
  }
  return best;
}

function sampleRecords(
  text: string,
  delimiter: string,
  quote: string,
): readonly (readonly string[])[] {
  return parse(text, {
    bom: true,
    delimiter,
    quote,
    escape: quote,
    ltrim: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    to: SAMPLE_RECORDS,
  });
}
