/** Pairs of records that somebody knows to be the same, read from a file, to learn from. */
import { InvalidInputError, type Issue } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import { readInputColumn } from "../store/records.ts";
import type { KnownPairs } from "../training/train-model.ts";
import { readFiles } from "./read-files.ts";

/** Pairs by what their records are called. */
export interface NamedPairs {
  readonly left: readonly (string | null)[];
  readonly right: readonly (string | null)[];
}

/**
 * Reads a CSV or Parquet file whose first two columns name the two records of a pair. It takes the place of
 * the table `input`.
 * @throws InvalidInputError when the file cannot be read or has fewer columns
 */
export async function readNamedPairs(
  duck: DuckDb,
  path: string,
  signal?: AbortSignal,
): Promise<NamedPairs> {
  const { columns } = await readFiles(duck, [path], signal);
  const [left, right] = columns;
  if (left === undefined || right === undefined) {
    throw new InvalidInputError("labels-columns", `${path} has fewer than two columns`, [], {
      hint: "each line names two records that are the same, by their values in the column of --id",
    });
  }
  return {
    left: await readInputColumn(duck, left.column, signal),
    right: await readInputColumn(duck, right.column, signal),
  };
}

/** So many faulty lines are told. */
const MOST_ISSUES = 10;

/** What is called so by more than one record. */
const SEVERAL = -1;

/**
 * The pairs by the numbers of their records.
 * @param names what each record is called
 * @throws InvalidInputError `labels-unknown` with the lines whose records are not there, or not alone with their name
 */
export function knownPairs(
  { left, right }: NamedPairs,
  names: readonly (string | null)[],
): KnownPairs {
  const places = new Map<string, number>();
  for (const [place, name] of names.entries()) {
    if (name !== null) {
      places.set(name, places.has(name) ? SEVERAL : place);
    }
  }
  const sides = [left, right].map((side) =>
    side.map((name) => (name === null ? undefined : places.get(name))),
  );
  const issues = left.flatMap((_, line): Issue[] => {
    const found = sides.map((side) => side[line]);
    const message = faultOf(found);
    // The line after the header is the second.
    return message === undefined ? [] : [{ at: `line ${line + 2}`, message }];
  });
  if (issues.length > 0) {
    throw new InvalidInputError(
      "labels-unknown",
      `${issues.length} lines of the labels do not name two records of the files`,
      issues.slice(0, MOST_ISSUES),
      { hint: "check that --id names the column whose values the labels hold" },
    );
  }
  const [l = [], r = []] = sides.map((side) => side.filter((place) => place !== undefined));
  return { l: Int32Array.from(l), r: Int32Array.from(r) };
}

function faultOf(found: readonly (number | undefined)[]): string | undefined {
  if (found.includes(undefined)) {
    return "a record that it names is not in the files";
  }
  return found.includes(SEVERAL)
    ? "it names a record by what several are called"
    : found[0] === found[1]
      ? "it names one record twice"
      : undefined;
}
