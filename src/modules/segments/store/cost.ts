import { z } from "zod";
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import type { Query } from "../../criteria/index.ts";

/** Some members of a dataset from all over its table, at most `limit`. */
export async function selectSample(
  tx: Transaction,
  dataset: string,
  limit: number,
): Promise<readonly bigint[]> {
  // Twice as many are aimed at, for what the server knows of the table's size can be old. The same
  // blocks each time, so that a measurement can be repeated.
  const { percent } = await tx.row<{ percent: number }>(
    `select least(100, 100.0 * 2 * $2 / greatest(reltuples, 1))::float8 as percent
       from pg_class where oid = $1::regclass`,
    [quoteIdent(dataset), limit],
  );
  const rows = await tx.rows<{ _id: bigint }>(
    `select _id from ${quoteIdent(dataset)} tablesample system ($1) repeatable (0) limit $2`,
    [percent, limit],
  );
  return rows.map(({ _id }) => _id);
}

const planSchema = z
  .array(
    z.object({
      Plan: z.object({ "Total Cost": z.number() }),
      "Execution Time": z.number().optional(),
    }),
  )
  .length(1);

/** Runs a query, throws its rows away, and answers how many milliseconds the server worked on it. */
export async function explainedTimeMs(tx: Transaction, query: Query): Promise<number> {
  const [plan] = await explained(tx, query, "analyze, timing off");
  return plan?.["Execution Time"] ?? 0;
}

/** What the planner expects a query to cost, in its units: a page read in turn is 1. */
export async function explainedScan(tx: Transaction, query: Query): Promise<number> {
  const [plan] = await explained(tx, query, "costs");
  return plan?.Plan["Total Cost"] ?? 0;
}

async function explained(
  tx: Transaction,
  { sql, values }: Query,
  options: string,
): Promise<z.infer<typeof planSchema>> {
  const row = await tx.row<Record<string, unknown>>(
    `explain (${options}, format json) ${sql}`,
    values,
  );
  return planSchema.parse(row["QUERY PLAN"]);
}
