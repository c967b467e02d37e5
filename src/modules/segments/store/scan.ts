/** Everybody's answers at once, as far as they differ from what is stored. */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import type { Query } from "../../criteria/index.ts";

/** A member whose stored answers are not, or may not be, those that were found. */
export interface ScannedMember {
  readonly member: bigint;
  /** Null: it is no more. */
  readonly bits: Buffer | null;
  readonly due: Date | null;
}

export interface Scan {
  /** An evaluation of everybody. */
  readonly evaluation: Query;
  /** The bits of somebody who is in nothing. */
  readonly nothing: Buffer;
  readonly dataset: string;
  readonly subject: number;
  /** Members up to this one are left out. */
  readonly after: bigint;
  /** Nothing is stored of the slots yet: of interest is who is in one of them, or waits. */
  readonly isNew: boolean;
}

/**
 * Evaluates everybody into the temporary table `_scan`, which lasts until the transaction ends. Not a
 * cursor: for one, the server does not share the work out between processes.
 * @returns how many members are in it
 */
export async function scanDifferences(tx: Transaction, scan: Scan): Promise<number> {
  const { evaluation, nothing, after, isNew } = scan;
  const next = evaluation.values.length + 1;
  const stored = isNew ? "" : "left join _members m on m.member = e._id";
  const differs = isNew
    ? `e.bits <> $${next + 1}::bytea or e.due is not null`
    : `e.bits <> coalesce(m.bits, $${next + 1}::bytea) or e.due is distinct from m.due`;
  await tx.run("drop table if exists pg_temp._scan");
  const found = await tx.run(
    `create temporary table _scan on commit drop as
     select e._id as member, e.bits, e.due
       from (${evaluation.sql}) e ${stored}
      where e._id > $${next}::bigint and (${differs})`,
    [...evaluation.values, after, nothing],
  );
  return isNew ? found : found + (await addGone(tx, scan));
}

async function addGone(
  tx: Transaction,
  { dataset, subject, after }: Pick<Scan, "dataset" | "subject" | "after">,
): Promise<number> {
  return await tx.run(
    `insert into _scan (member)
     select m.member from _members m
      where m.subject = $1 and m.member > $2
        and not exists (select from ${quoteIdent(dataset)} d where d._id = m.member)`,
    [subject, after],
  );
}

/** What was scanned, by member, some at a time. */
export function scanned(tx: Transaction, batchSize: number): AsyncIterable<ScannedMember[]> {
  return tx.batches<ScannedMember>(
    "select member, bits, due from _scan order by member",
    [],
    batchSize,
  );
}

/** Which of these slots are still those of the same versions, and followed. */
export async function keptSlots(
  tx: Transaction,
  slots: readonly { readonly slot: number; readonly segment: number; readonly version: number }[],
): Promise<ReadonlySet<number>> {
  const rows = await tx.rows<{ slot: number }>(
    `select v.slot
       from unnest($1::integer[], $2::integer[], $3::integer[]) k (slot, segment, version)
       join _segment_versions v on v.slot = k.slot and v.segment = k.segment and v.version = k.version
      where v.state in ('filling', 'live')`,
    [
      slots.map(({ slot }) => slot),
      slots.map(({ segment }) => segment),
      slots.map(({ version }) => version),
    ],
  );
  return new Set(rows.map(({ slot }) => slot));
}
