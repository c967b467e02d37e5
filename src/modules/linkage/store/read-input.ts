/** Reading the raw values of the table `input`, many rows in one text. */
import { must } from "../../../kernel/index.ts";
import type { DuckDb, Statement } from "../../../platform/duckdb/index.ts";
import { quoteName } from "./literal.ts";
import { packedSql, unpacked } from "./packed-values.ts";
import type { RawBatch } from "./records.ts";

export interface ReadInputOptions {
  /** The most rows of a batch. */
  readonly rows: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The most bytes of text in a batch, but for a batch of one row: a few thousand rows of usual values have half a
 * megabyte, and JavaScript's longest text is half a gigabyte.
 */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Reads the raw columns of `input` in batches, in the order of its rows. While a batch is worked on, DuckDB gets the
 * next one ready.
 */
export async function* readInput(
  duck: DuckDb,
  columns: readonly string[],
  options: ReadInputOptions,
): AsyncGenerator<RawBatch> {
  if (columns.length === 0) {
    return;
  }
  const spans = await spansOf(duck, columns, options);
  using statement = await duck.statement(selectSql(columns));
  const read = (place: number): Promise<RawBatch> => {
    const span = must(spans[place], "batches are read while there are spans");
    return readSpan(statement, columns, { ...span, signal: options.signal });
  };
  let next = spans.length === 0 ? undefined : read(0);
  try {
    for (let place = 1; next !== undefined; place += 1) {
      const batch: RawBatch = await next;
      next = place < spans.length ? read(place) : undefined;
      // Whoever stops in between never asks for it, and then it does not matter how it ends.
      next?.catch(() => undefined);
      yield batch;
    }
  } finally {
    await next?.catch(() => undefined);
  }
}

/** Rows of `input` by their ids. */
interface Span {
  readonly from: number;
  readonly until: number;
}

async function spansOf(
  duck: DuckDb,
  columns: readonly string[],
  { rows, signal }: ReadInputOptions,
): Promise<readonly Span[]> {
  const lengths = columns.map((column) => `coalesce(strlen(${quoteName(column)}), 0)`);
  const blocks = await duck.columns(
    `select id // ${rows} as block, count(*) as held, sum(${lengths.join(" + ")}) as bytes, ` +
      `max(${lengths.join(" + ")}) as longest from input group by block order by block`,
    { block: "float64", held: "float64", bytes: "float64", longest: "float64" },
    { signal },
  );
  const spans: Span[] = [];
  for (const [place, block] of blocks.block.entries()) {
    const [held = 0, bytes = 0, longest = 0] = [
      blocks.held[place],
      blocks.bytes[place],
      blocks.longest[place],
    ];
    const step = bytes <= MOST_BYTES ? held : Math.max(1, Math.floor(MOST_BYTES / longest));
    const end = block * rows + held;
    for (let from = block * rows; from < end; from += step) {
      spans.push({ from, until: Math.min(end, from + step) });
    }
  }
  return spans;
}

function selectSql(columns: readonly string[]): string {
  const texts = columns.map((column) => `${packedSql(quoteName(column))} as ${quoteName(column)}`);
  return `select ${texts.join(", ")} from input where id >= $1::integer and id < $2::integer`;
}

async function readSpan(
  statement: Statement,
  columns: readonly string[],
  { from, until, signal }: Span & { readonly signal: AbortSignal | undefined },
): Promise<RawBatch> {
  const [row] = await statement.run<Record<string, string | null>>([from, until], signal);
  return new Map(columns.map((column) => [column, unpacked(row?.[column] ?? "[]")]));
}
