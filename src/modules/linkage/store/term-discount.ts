/** How common values are among different people, once it is known who is probably the same. */
import { must } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Model } from "../model/model.ts";
import { createShares, termColumns, termsTable } from "./compared.ts";
import { quoteName } from "./literal.ts";
import type { PairSample } from "./pair-samples.ts";
import { weightSql } from "./weight-sql.ts";

/** Probabilities are added up in millionths, so that the sum does not depend on the order. */
const PARTS = 1_000_000;

/**
 * Makes `terms_COLUMN` and `shares` anew, with the same people taken out: an e-mail that seven records
 * of one person have looks common, and is not. Of `n` records with a value, of whose pairs `S` are
 * expected to be the same, each sees `max(0, n - 1 - 2 S / n)` records of others with it; the share is
 * that and one, of all records with any value. Needs a trained model, `records`, `pairs` and `twins`.
 * @returns how many different records have a value, by column
 */
export async function discountMatches(
  duck: DuckDb,
  model: Model,
  { sample, signal }: { readonly sample: PairSample; readonly signal?: AbortSignal | undefined },
): Promise<ReadonlyMap<string, number>> {
  const columns = termColumns(model.comparisons);
  if (columns.length === 0) {
    await createShares(duck, model.comparisons, signal);
    return new Map();
  }
  await createProbable(duck, model, { columns, sample, signal });
  for (const [place, column] of columns.entries()) {
    const { standsFor } = sample;
    await duck.run(discountSql(column, { place, standsFor }), [], signal);
  }
  await duck.run(`drop table probable`, [], signal);
  await createShares(duck, model.comparisons, signal);
  return await countHolders(duck, columns, signal);
}

/**
 * The sampled pairs that may be the same, by their levels alone, with the values that both records have: as
 * many columns `same_0`, `same_1`, … as are given. The records are joined once here, not once for each column.
 */
async function createProbable(
  duck: DuckDb,
  model: Model,
  {
    columns,
    sample,
    signal,
  }: {
    readonly columns: readonly string[];
    readonly sample: PairSample;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const same = columns.map(quoteName).map((value, place) => {
    return `case when l.${value} = r.${value} then l.${value}::varchar end as ${sameColumn(place)}`;
  });
  const weight = weightSql(model, { terms: false });
  await duck.run(
    `create or replace table probable as select ${["p.parts", ...same].join(", ")} from ` +
      `(select l, r, round(${PARTS} / (1 + pow(2e0, least(1e3, -(${weight})))))::bigint as parts from ${sample.levels}) p ` +
      `join records l on l.id = p.l join records r on r.id = p.r where p.parts > 0`,
    [],
    signal,
  );
}

function sameColumn(place: number): string {
  return `same_${place}`;
}

function discountSql(
  column: string,
  { place, standsFor }: { readonly place: number; readonly standsFor: number },
): string {
  const same = sameColumn(place);
  const value = quoteName(column);
  return (
    `create or replace table ${quoteName(termsTable(column))} as ` +
    `with held as (select ${value}::varchar as term, count(*) as holders ` +
    `from (select ${value} from records anti join twins on twins.id = records.id) ` +
    `where ${value} is not null group by 1), ` +
    `matched as (select ${same} as term, sum(parts)::double * ${standsFor} / ${PARTS} as matches ` +
    `from probable where ${same} is not null group by 1) ` +
    `select held.term, ` +
    `(1 + greatest(0, holders - 1 - 2 * coalesce(matches, 0) / holders)) / sum(holders) over () as share ` +
    `from held left join matched on matched.term = held.term`
  );
}

async function countHolders(
  duck: DuckDb,
  columns: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const counts = columns.map((column) => `count(${quoteName(column)})`);
  const { holders } = await duck.columns(
    `select unnest([${counts.join(", ")}]) as holders from records anti join twins on twins.id = records.id`,
    { holders: "float64" },
    { signal },
  );
  return new Map(
    columns.map((column, place) => [column, must(holders[place], "every column is counted")]),
  );
}
