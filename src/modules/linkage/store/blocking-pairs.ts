/** Candidate pairs of the records of a run, in SQL for DuckDB. */
import { must } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import { membersSql, type KeyColumn } from "./blocking-keys.ts";

/** Makes `candidates (l, r, rule)` without rows: a pair for every rule and key that its records share. */
export async function createCandidates(duck: DuckDb): Promise<void> {
  await duck.run("create or replace table candidates (l integer, r integer, rule utinyint)");
}

/** A share of a rule's pairs: those whose left record falls into one of so many parts. */
export interface RuleShare {
  /** The index of the rule among the keys. */
  readonly rule: number;
  readonly part: number;
  readonly parts: number;
}

/** Adds the pairs that share a key of the rule. */
export async function insertCandidates(
  duck: DuckDb,
  keys: readonly KeyColumn[],
  { rule, part, parts, signal }: RuleShare & { readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const key = must(keys[rule], "a rule has a key");
  const left = membersSql(key, [], parts === 1 ? "true" : `id % ${parts} = ${part}`);
  await duck.run(
    `insert into candidates select a.id, b.id, ${rule}::utinyint ` +
      `from (${left}) a join (${membersSql(key)}) b on a.key = b.key and a.id < b.id`,
    [],
    signal,
  );
}

/**
 * Makes `pairs (l, r, rule)` of `candidates`, which go: each pair once, under the first rule that found
 * it. Leaving out of each rule what earlier ones found takes as long again as the joins themselves, since
 * these then carry the keys of all rules; grouping six million candidates takes a fifth of it.
 * @returns how many pairs each of so many rules brought
 */
export async function mergeCandidates(
  duck: DuckDb,
  rules: number,
  signal?: AbortSignal,
): Promise<Float64Array> {
  await duck.run(
    "create or replace table pairs as " +
      "select l, r, min(rule)::utinyint as rule from candidates group by l, r",
    [],
    signal,
  );
  await dropCandidates(duck);
  const found = await duck.columns(
    "select rule, count(*) as pairs from pairs group by rule",
    { rule: "uint8", pairs: "float64" },
    { signal },
  );
  const brought = new Float64Array(rules);
  found.rule.forEach((rule, place) => {
    brought[rule] = must(found.pairs[place], "equally long");
  });
  return brought;
}

/** Removes what a search that was stopped left. */
export async function dropCandidates(duck: DuckDb): Promise<void> {
  await duck.run("drop table if exists candidates");
}

/** Adds, for each representative, the pair with its first twin. */
export async function insertTwinPairs(duck: DuckDb, rule: number): Promise<number> {
  return await duck.run(
    "insert into pairs select representative, min(id), $1::utinyint from twins group by representative",
    [rule],
  );
}
