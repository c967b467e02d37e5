import { z } from "zod";
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import type { Query } from "../../criteria/index.ts";

/** Members of a dataset at even distances between its lowest and its highest id, at most `limit`. */
export async function selectSample(
  tx: Transaction,
  dataset: string,
  limit: number,
): Promise<readonly bigint[]> {
  const table = quoteIdent(dataset);
  const rows = await tx.rows<{ _id: bigint }>(
    `select distinct p._id
       from (select min(_id) as low, max(_id) as high from ${table}) b
       cross join generate_series(0, $1::bigint - 1) n
       cross join lateral (
         select t._id from ${table} t
          where t._id >= b.low + (b.high - b.low) * n / $1::bigint
          order by t._id limit 1
       ) p`,
    [limit],
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
