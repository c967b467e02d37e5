/** Pairs of records of which somebody knows whether they are the same, read from a file. */
import { InvalidInputError, type Issue } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import { DisjointSets } from "../clustering/components.ts";
import { readInputColumn } from "../store/records.ts";
import type { KnownPairs } from "../training/train-model.ts";
import { readFiles } from "./read-files.ts";

/** Pairs by what their records are called, and what is said of them. */
export interface NamedPairs {
  readonly left: readonly (string | null)[];
  readonly right: readonly (string | null)[];
  /** `same`, `different` or `unsure`; undefined: all are the same. */
  readonly verdicts: readonly (string | null)[] | undefined;
}

/** The column that says what a pair is. */
const VERDICT = "verdict";

/**
 * Reads a CSV or Parquet file whose first two columns, beside the verdict, name the two records of a pair.
 * It takes the place of the table `input`.
 * @throws InvalidInputError when the file cannot be read or has fewer columns
 */
export async function readNamedPairs(
  duck: DuckDb,
  path: string,
  signal?: AbortSignal,
): Promise<NamedPairs> {
  const { columns } = await readFiles(duck, [path], signal);
  const verdict = columns.find(({ name }) => name === VERDICT);
  const [left, right] = columns.filter((column) => column !== verdict);
  if (left === undefined || right === undefined) {
    throw new InvalidInputError("labels-columns", `${path} names no two records in a line`, [], {
      hint: `each line names two records by their values in the column of --id; a column ${VERDICT} says whether they are the same or different`,
    });
  }
  return {
    left: await readInputColumn(duck, left.column, signal),
    right: await readInputColumn(duck, right.column, signal),
    verdicts: verdict && (await readInputColumn(duck, verdict.column, signal)),
  };
}

/** So many faulty lines are told. */
const MOST_ISSUES = 10;

/** What is called so by more than one record. */
const SEVERAL = -1;

/** A line of the labels, with the numbers of its records. */
interface Line {
  readonly line: number;
  readonly found: readonly (number | undefined)[];
  readonly verdict: string | null;
}

/**
 * The pairs by the numbers of their records, each once. Those of which nobody could say what they are
 * (`unsure`) are left out.
 * @param names what each record is called
 * @throws InvalidInputError with the lines: `labels-unknown` where a record is not there, or not alone with
 *   its name; `labels-verdict` where a verdict is none; `labels-contradict` where two are different that other
 *   lines make the same
 */
export function knownPairs(
  { left, right, verdicts }: NamedPairs,
  names: readonly (string | null)[],
): KnownPairs {
  const places = placesOf(names);
  const placeOf = (name: string | null | undefined): number | undefined =>
    name === null || name === undefined ? undefined : places.get(name);
  const lines = left.map((name, index): Line => ({
    // The line after the header is the second.
    line: index + 2,
    found: [placeOf(name), placeOf(right[index])],
    verdict: verdicts === undefined ? "same" : (verdicts[index] ?? null),
  }));
  refuseLines(lines, faultOf, {
    code: "labels-unknown",
    what: "do not name two records of the files",
    hint: "check that --id names the column whose values the labels hold",
  });
  refuseLines(lines, faultOfVerdict, {
    code: "labels-verdict",
    what: "do not say whether their records are the same",
    hint: `the column ${VERDICT} holds the words same, different or unsure`,
  });
  const pairsOf = (verdict: string): (readonly [number, number])[] =>
    onlyOnce(lines.filter((line) => line.verdict === verdict).map(pairOf));
  const known = { same: pairsOf("same"), different: pairsOf("different") };
  refuseContradictions(lines, known, names.length);
  return known;
}

function placesOf(names: readonly (string | null)[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const [place, name] of names.entries()) {
    if (name !== null) {
      places.set(name, places.has(name) ? SEVERAL : place);
    }
  }
  return places;
}

function faultOf({ found }: Line): string | undefined {
  if (found.includes(undefined)) {
    return "a record that it names is not in the files";
  }
  return found.includes(SEVERAL)
    ? "it names a record by what several are called"
    : found[0] === found[1]
      ? "it names one record twice"
      : undefined;
}

function faultOfVerdict({ verdict }: Line): string | undefined {
  if (verdict === null) {
    return "it has no verdict";
  }
  return ["same", "different", "unsure"].includes(verdict)
    ? undefined
    : "its verdict is another word";
}

/** What chains of the same connect cannot be different. */
function refuseContradictions(lines: readonly Line[], { same }: KnownPairs, records: number): void {
  const sets = new DisjointSets(records);
  for (const [one, other] of same) {
    sets.unite(one, other);
  }
  const faultOfPair = (line: Line): string | undefined => {
    const [one, other] = pairOf(line);
    return line.verdict === "different" && sets.find(one) === sets.find(other)
      ? "other lines make its two records the same"
      : undefined;
  };
  refuseLines(lines, faultOfPair, {
    code: "labels-contradict",
    what: "contradict others",
    hint: "the same and the same again are the same: take out what is wrong",
  });
}

function refuseLines(
  lines: readonly Line[],
  faultIn: (line: Line) => string | undefined,
  told: { readonly code: string; readonly what: string; readonly hint: string },
): void {
  const issues = lines.flatMap((line): Issue[] => {
    const message = faultIn(line);
    return message === undefined ? [] : [{ at: `line ${line.line}`, message }];
  });
  if (issues.length > 0) {
    const { code, what, hint } = told;
    const message = `${issues.length} lines of the labels ${what}`;
    throw new InvalidInputError(code, message, issues.slice(0, MOST_ISSUES), { hint });
  }
}

/** The smaller record first. */
function pairOf({ found: [one = 0, other = 0] }: Line): readonly [number, number] {
  return one < other ? [one, other] : [other, one];
}

function onlyOnce(pairs: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  return [...new Map(pairs.map((pair) => [pair.join(" "), pair])).values()];
}
