/** How many pairs keys would bring, counted in a sample before any rule is chosen. */
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { KeyPart } from "../model/model.ts";
import { createBlockKeys, dropBlockKeys, type KeyColumn } from "./blocking-keys.ts";

/** Counts pairs; to be disposed of. */
export interface KeyCosts extends AsyncDisposable {
  /** The pairs of records that agree on all these keys; estimated where not every record was counted. */
  pairsOf(keys: readonly KeyPart[]): Promise<number>;
}

/**
 * Opens a count over one in so many `records` without `twins`. With a share s of the records, s² of the
 * pairs are seen.
 * @param keys all that will be asked for
 */
export async function openKeyCosts(
  duck: DuckDb,
  keys: readonly KeyPart[],
  { oneIn, signal }: { readonly oneIn: number; readonly signal?: AbortSignal | undefined },
): Promise<KeyCosts> {
  const columns = await createBlockKeys(
    duck,
    keys.map((key) => ({ parts: [key] })),
    { oneIn, signal },
  );
  const columnOf = new Map(keys.map((key, index) => [key, columns[index]]));
  return {
    async pairsOf(wanted) {
      const asked = wanted.flatMap((key) => columnOf.get(key) ?? []);
      const { pairs } = await duck.columns(pairsSql(asked), { pairs: "float64" }, { signal });
      return (pairs[0] ?? 0) * oneIn * oneIn;
    },
    [Symbol.asyncDispose]: () => dropBlockKeys(duck),
  };
}

function pairsSql(keys: readonly KeyColumn[]): string {
  const members = keys.map(({ name, isList }) => (isList ? `unnest(${name}) as ${name}` : name));
  const names = keys.map(({ name }) => name);
  const keyed = names.map((name) => `${name} is not null`).join(" and ");
  return (
    "select coalesce(sum(n * (n - 1) // 2), 0)::double as pairs from (" +
    `select count(*) as n from (select ${members.join(", ")} from block_keys) ` +
    `where ${keyed} group by ${names.join(", ")})`
  );
}
