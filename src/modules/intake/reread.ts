/** Single rows of a file as a small file of its own, to be read again. */
import { z } from "zod";
import { must } from "../../kernel/index.ts";
import type { Format } from "./reading/format.ts";
import type { Layout } from "./store/intakes.ts";

export interface Rereadable {
  readonly format: Format;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * @param layout how the rows' file was read
 * @param originals the rows' bytes as they came, without line ends
 */
export function rereadable(layout: Layout | null, originals: AsyncIterable<Buffer>): Rereadable {
  const known = must(layout, "an intake with quarantined rows was read to its end");
  const isText = known.kind !== "xlsx" && known.kind !== "parquet";
  const rows = isText ? originals : objects(originals, known.columns);
  return { format: formatOf(known), bytes: lines(rows, lineEnd(known)) };
}

function formatOf(layout: Layout): Format {
  const { kind, encoding, delimiter, columns } = layout;
  switch (kind) {
    case "delimited":
      return { kind, delimiter, header: false, columns, encoding };
    case "fixed-width":
      return { kind, header: false, encoding };
    case "json":
    case "jsonl":
      return { kind: "jsonl", encoding };
    case "xlsx":
    case "parquet":
      return { kind: "jsonl" };
  }
}

/** The original of a row of a workbook or of Parquet is the JSON array of its values. */
async function* objects(
  originals: AsyncIterable<Buffer>,
  columns: readonly string[],
): AsyncGenerator<Buffer> {
  for await (const original of originals) {
    const values = z.array(z.unknown()).parse(JSON.parse(original.toString("utf8")));
    const entries = columns.map((column, place) => [column, values[place] ?? null]);
    yield Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  }
}

/** Line ends are in the file's own encoding. */
function lineEnd({ encoding }: Layout): Buffer {
  switch (encoding) {
    case "utf-16le":
      return Buffer.from([0x0a, 0x00]);
    case "utf-16be":
      return Buffer.from([0x00, 0x0a]);
    default:
      return Buffer.from([0x0a]);
  }
}

async function* lines(originals: AsyncIterable<Buffer>, end: Buffer): AsyncGenerator<Uint8Array> {
  for await (const original of originals) {
    yield Buffer.concat([original, end]);
  }
}
