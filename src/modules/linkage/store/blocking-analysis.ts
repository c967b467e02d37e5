/** What blocking rules bring together, counted from a sample of the records, in SQL for DuckDB. */
import { must } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import { membersSql, sharesKey, type KeyColumn } from "./blocking-keys.ts";

/** Every `oneIn`th record, by a hash of its id. */
export interface RecordSample {
  readonly oneIn: number;
  readonly signal?: AbortSignal | undefined;
}

/** Records that are not twins. */
export async function countBlockedRecords(duck: DuckDb): Promise<number> {
  const { n } = await duck.columns("select count(*) as n from block_keys", { n: "float64" });
  return n[0] ?? 0;
}

/**
 * Pairs that share a key of the rule `keys[rule]` and none of an earlier rule, between a record of the
 * sample and any other. Each pair of all records is met in two of `oneIn` samples.
 */
export async function countNewPairs(
  duck: DuckDb,
  keys: readonly KeyColumn[],
  { rule, oneIn, signal }: RecordSample & { readonly rule: number },
): Promise<number> {
  const earlier = keys.slice(0, rule);
  const pairs = sampledPairsSql({
    key: must(keys[rule], "a rule has a key"),
    carried: earlier,
    oneIn,
    isFound: anyOf(earlier),
  });
  const { n } = await duck.columns(
    `select count(*) filter (not is_found) as n from (${pairs})`,
    { n: "float64" },
    { signal },
  );
  return n[0] ?? 0;
}

/** Of the pairs of `key` that the sample meets: how many there are, and how many share another key too. */
export async function countFoundByOthers(
  duck: DuckDb,
  key: KeyColumn,
  { others, oneIn, signal }: RecordSample & { readonly others: readonly KeyColumn[] },
): Promise<{ readonly pairs: number; readonly found: number }> {
  const sampled = sampledPairsSql({ key, carried: others, oneIn, isFound: anyOf(others) });
  const { pairs, found } = await duck.columns(
    `select count(*) as pairs, count(*) filter (is_found) as found from (${sampled})`,
    { pairs: "float64", found: "float64" },
    { signal },
  );
  return { pairs: pairs[0] ?? 0, found: found[0] ?? 0 };
}

function anyOf(keys: readonly KeyColumn[]): string {
  return keys.length === 0 ? "false" : keys.map(sharesKey).join(" or ");
}

/** Pairs of a record of the sample, `a`, and any other, `b`, that share a key; and whether they are found. */
function sampledPairsSql({
  key,
  carried,
  oneIn,
  isFound,
}: {
  readonly key: KeyColumn;
  readonly carried: readonly KeyColumn[];
  readonly oneIn: number;
  readonly isFound: string;
}): string {
  const sampled = membersSql(key, carried, `hash(id) % ${oneIn} = 0`);
  return (
    `select ${key.isList ? "distinct " : ""}a.id, b.id as other, ${isFound} as is_found from (${sampled}) a ` +
    `join (${membersSql(key, carried)}) b on a.key = b.key and a.id <> b.id`
  );
}
