/** Pairs of which somebody knows whether they are the same, in DuckDB. */
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Comparison } from "../model/model.ts";
import { levelColumn } from "./level-sql.ts";

const KNOWN_PAIRS = "known_pairs";

/** Pairs of records by their ids. */
interface Known {
  readonly same: readonly (readonly [number, number])[];
  readonly different: readonly (readonly [number, number])[];
}

/**
 * Takes the records of known pairs out of the `twins`: who is equal to another in everything may be somebody
 * else all the same. Returns how many were twins.
 */
export async function separateKnown(
  duck: DuckDb,
  { same, different }: Known,
  signal?: AbortSignal,
): Promise<number> {
  const named = [...new Set([...same, ...different].flat())];
  if (named.length === 0) {
    return 0;
  }
  await duck.run("create or replace table named_records (id integer)", [], signal);
  await duck.append("named_records", [Int32Array.from(named)], signal);
  return await duck.run("delete from twins where id in (select id from named_records)", [], signal);
}

/** Makes the table `known_pairs (l, r, same)`, the smaller record first. */
export async function keepKnownPairs(
  duck: DuckDb,
  { same, different }: Known,
  signal?: AbortSignal,
): Promise<void> {
  await duck.run(
    `create or replace table ${KNOWN_PAIRS} (l integer, r integer, same utinyint)`,
    [],
    signal,
  );
  const all = [...same, ...different];
  const columns = [
    Int32Array.from(all, ([one, other]) => Math.min(one, other)),
    Int32Array.from(all, ([one, other]) => Math.max(one, other)),
    Uint8Array.from(all, (_, place) => Number(place < same.length)),
  ];
  await duck.append(KNOWN_PAIRS, columns, signal);
}

/** A query in brackets for those that are the same, or for those that are not. */
export function knownPairs(isSame: boolean): string {
  return `(select l, r from ${KNOWN_PAIRS} where same = ${Number(isSame)})`;
}

/** A query in brackets for the levels of the pairs of a table that nobody knows. */
export function unknownPairs(comparisons: readonly Comparison[], levels: string): string {
  const columns = comparisons.map((_, position) => levelColumn(position)).join(", ");
  return `(select ${columns} from ${levels} anti join ${KNOWN_PAIRS} using (l, r))`;
}
