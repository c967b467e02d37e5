/** For tests of readers: inputs in pieces, and rows as plain values. */
import { openRows } from "./open.ts";
import type { Format } from "./format.ts";

/** A row as a test sees it. */
export interface ReadRow {
  readonly line: number;
  readonly values: readonly (string | undefined)[];
  readonly fault: string | undefined;
  readonly original: Buffer;
}

export interface ReadInput {
  readonly columns: readonly string[];
  readonly rows: readonly ReadRow[];
}

/** The input cut at the given places, in any order. */
export async function* inPieces(
  input: Uint8Array | string,
  cuts: readonly number[] = [],
): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(input);
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort(
    (a, b) => a - b,
  );
  let from = 0;
  for (const to of places) {
    yield await Promise.resolve(Uint8Array.from(bytes.subarray(from, to)));
    from = to;
  }
}

/** Everything that is read from an input. */
export async function readAll(
  input: AsyncIterable<Uint8Array>,
  format: Format = {},
  wantedColumns: readonly string[] = [],
): Promise<ReadInput> {
  await using source = await openRows(input, { format, wantedColumns });
  const rows: ReadRow[] = [];
  for await (const batch of source.batches) {
    for (let row = batch.firstRecord; row < batch.rows; row++) {
      rows.push({
        line: batch.line(row),
        values: batch.texts(row),
        fault: batch.fault(row)?.rule,
        original: Buffer.from(batch.original(row)),
      });
    }
  }
  return { columns: source.columns, rows };
}

/** The values of the rows of a text. */
export async function valuesOf(
  input: Uint8Array | string,
  format: Format = {},
  wantedColumns: readonly string[] = [],
): Promise<(readonly (string | undefined)[])[]> {
  const { rows } = await readAll(inPieces(input), format, wantedColumns);
  return rows.map(({ values }) => values);
}
