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
  const holders = new Map<string, number>();
  if (columns.length === 0) {
    return holders;
  }
  await createProbable(duck, model, { sample, signal });
  for (const column of columns) {
    await duck.run(discountSql(column, sample.standsFor), [], signal);
    holders.set(column, await countHolders(duck, column, signal));
  }
  await duck.run(`drop table probable`, [], signal);
  await createShares(duck, model.comparisons, signal);
  return holders;
}

/** The sampled pairs that may be the same, by their levels alone. */
async function createProbable(
  duck: DuckDb,
  model: Model,
  { sample, signal }: { readonly sample: PairSample; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const weight = weightSql(model, { terms: false });
  await duck.run(
    `create or replace table probable as select l, r, parts from ` +
      `(select l, r, round(${PARTS} / (1 + pow(2e0, least(1e3, -(${weight})))))::bigint as parts from ${sample.levels}) ` +
      `where parts > 0`,
    [],
    signal,
  );
}

function discountSql(column: string, standsFor: number): string {
  const value = quoteName(column);
  return (
    `create or replace table ${quoteName(termsTable(column))} as ` +
    `with held as (select ${value}::varchar as term, count(*) as holders ` +
    `from (select ${value} from records anti join twins on twins.id = records.id) ` +
    `where ${value} is not null group by 1), ` +
    `matched as (select l.${value}::varchar as term, sum(p.parts)::double * ${standsFor} / ${PARTS} as matches ` +
    `from probable p join records l on l.id = p.l join records r on r.id = p.r ` +
    `where l.${value} = r.${value} group by 1) ` +
    `select held.term, ` +
    `(1 + greatest(0, holders - 1 - 2 * coalesce(matches, 0) / holders)) / sum(holders) over () as share ` +
    `from held left join matched on matched.term = held.term`
  );
}

async function countHolders(duck: DuckDb, column: string, signal?: AbortSignal): Promise<number> {
  const value = quoteName(column);
  const [row] = await duck.rows<{ holders: bigint }>(
    `select count(${value}) as holders from records anti join twins on twins.id = records.id`,
    [],
    signal,
  );
  return Number(must(row, "a count has a row").holders);
}
