/** Merges staged rows of a customers or accounts dataset: source records first, golden rows from them. */
import { quoteIdent } from "../../../platform/postgres/index.ts";
import { recordsTable } from "../../contracts/index.ts";
import { recordEchoed } from "./differences.ts";
import { createFromLines, recomputeTouched, updateFromLines } from "./golden.ts";
import { identify, type IdentityScope } from "./identity.ts";
import {
  addCounts,
  columnList,
  type EntityDataset,
  type LineRange,
  type MergeContext,
  type MergeCounts,
  NO_ROWS,
} from "./merge-context.ts";
import { countOutcomes, findAlone, matchByKey, numberRounds, stagedLine } from "./stage-match.ts";

export async function mergeEntities(
  context: MergeContext,
  dataset: EntityDataset,
  { range, scope }: { readonly range: LineRange; readonly scope: IdentityScope },
): Promise<MergeCounts> {
  const table = quoteIdent(recordsTable(dataset));
  const rounds = await numberRounds(context, range);
  let counts = NO_ROWS;
  for (let round = 1; round <= rounds; round++) {
    await matchByKey(
      context,
      { ...range, round },
      { table, rowId: "_record", id: "_id", makesIds: true },
    );
    await identify(context, dataset, { range, scope });
    await insertRecords(context, dataset, range);
    const outcomes = await countOutcomes(context.tx);
    if (outcomes.accepted > 0) {
      await logJoined(context, dataset);
    }
    if (outcomes.changed > 0) {
      await findAlone(context.tx, table);
      await updateRecords(context, dataset);
      await updateFromLines(context, dataset);
    }
    await createFromLines(context, dataset, range);
    await recomputeTouched(context, dataset, { isNew: outcomes.accepted > 0 });
    counts = addCounts(counts, { ...outcomes, waiting: 0 });
  }
  return counts;
}

async function insertRecords(
  context: MergeContext,
  dataset: EntityDataset,
  range: LineRange,
): Promise<void> {
  await context.tx.run(
    `insert into ${quoteIdent(recordsTable(dataset))}
       (_record, _id, _source, _key, _hash, _stated_at, _intake, _line, ${columnList(dataset)})
     select nextval('_ids'), m.id, $1, m.key, s._hash, coalesce(s._stated_at, $2), $3, s._line, ${columnList(dataset, "s")}
       from _match m join ${quoteIdent(context.stage)} s on s._line = m.line
      where m.outcome = 'new' and s._line between $4 and $5`,
    [context.source, context.at, context.intake, range.from, range.to],
  );
}

/**
 * Logs new records that are not the whole of their golden row: they may change nothing about it, and
 * then no other entry would say that they came.
 */
async function logJoined(context: MergeContext, dataset: EntityDataset): Promise<void> {
  const table = recordsTable(dataset);
  await context.tx.run(
    `insert into _change_buffer (kind, dataset, row_id, customer)
     select 'record-added', $1, r._record, ${dataset.kind === "customer" ? "m.id" : "null::bigint"}
       from _match m
      cross join lateral (
        select _record from ${quoteIdent(table)} where _source = $2 and _key = m.key limit 1) r
      where m.outcome = 'new' and not m.alone`,
    [table, context.source],
  );
}

/** Golden rows that have no other record than a changed one differ in what it differs in. */
async function updateRecords(context: MergeContext, dataset: EntityDataset): Promise<void> {
  const records = quoteIdent(recordsTable(dataset));
  const stage = quoteIdent(context.stage);
  await recordEchoed(
    context.tx,
    {
      dataset: recordsTable(dataset),
      fields: dataset.fields,
      kind: "record-changed",
      pairs: `${records} old
       join _match m on m.row_id = old._record and m.outcome = 'changed'
       join ${stage} new on ${stagedLine("new")}`,
      rowId: "old._record",
      customer: dataset.kind === "customer" ? "old._id" : "null::bigint",
    },
    {
      dataset: dataset.name,
      kind: `${dataset.kind}-changed`,
      rowId: "case when m.alone then old._id end",
    },
  );
  const assignments = dataset.fields.map(
    (field) => `${quoteIdent(field.name)} = s.${quoteIdent(field.name)}`,
  );
  await context.tx.run(
    `update ${records} r
        set _hash = s._hash, _stated_at = coalesce(s._stated_at, $1), _intake = $2, _line = s._line,
            ${assignments.join(", ")}
       from _match m join ${stage} s on ${stagedLine("s")}
      where m.outcome = 'changed' and r._record = m.row_id`,
    [context.at, context.intake],
  );
}
