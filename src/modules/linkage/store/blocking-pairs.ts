/** Candidate pairs of the records of a run, in SQL for DuckDB. */
import { must } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import { membersSql, sharesKey, type KeyColumn } from "./blocking-keys.ts";

/** Makes an empty table `pairs (l, r, rule)`. */
export async function createPairs(duck: DuckDb): Promise<void> {
  await duck.run("create or replace table pairs (l integer, r integer, rule utinyint)");
}

/** A share of a rule's pairs: those whose left record falls into one of so many parts. */
export interface RuleShare {
  /** The index of the rule among the keys. */
  readonly rule: number;
  readonly part: number;
  readonly parts: number;
}

/**
 * Adds the pairs that share a key of the rule and none of an earlier rule; returns how many. The join
 * carries 64-bit keys only: wide rows in it are what makes such joins spill.
 */
export async function insertRulePairs(
  duck: DuckDb,
  keys: readonly KeyColumn[],
  { rule, part, parts, signal }: RuleShare & { readonly signal?: AbortSignal | undefined },
): Promise<number> {
  const key = must(keys[rule], "a rule has a key");
  const earlier = keys.slice(0, rule);
  const members = membersSql(key, earlier);
  const left = membersSql(key, earlier, `id % ${parts} = ${part}`);
  const conditions = ["a.id < b.id", ...earlier.map((other) => `not ${sharesKey(other)}`)];
  return await duck.run(
    `insert into pairs select ${key.isList ? "distinct " : ""}a.id, b.id, ${rule}::utinyint ` +
      `from (${left}) a join (${members}) b on a.key = b.key and ${conditions.join(" and ")}`,
    [],
    signal,
  );
}

/** Adds, for each representative, the pair with its first twin. */
export async function insertTwinPairs(duck: DuckDb, rule: number): Promise<number> {
  return await duck.run(
    "insert into pairs select representative, min(id), $1::utinyint from twins group by representative",
    [rule],
  );
}
