/** Everybody's answers at once, as far as they differ from what is stored. */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import type { Query } from "../../criteria/index.ts";

/** A member whose stored answers are not, or may not be, those that were found. */
export interface ScannedMember {
  readonly member: bigint;
  /** It is no more: the others are null. */
  readonly isGone: boolean;
  readonly bits: Buffer | null;
  readonly due: Date | null;
  readonly flips: Buffer | null;
}

export interface Scan {
  /** An evaluation of everybody, without or with `flips`. */
  readonly evaluation: Query;
  readonly hasFlips: boolean;
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
 */
export async function scanDifferences(tx: Transaction, scan: Scan): Promise<void> {
  const { evaluation, hasFlips, nothing, after, isNew } = scan;
  const next = evaluation.values.length + 1;
  const flips = hasFlips ? "e.flips" : "null::bytea";
  const stored = isNew ? "" : "left join _members m on m.member = e._id";
  const differs = isNew
    ? `e.bits <> $${next + 1}::bytea or e.due is not null`
    : `e.bits <> coalesce(m.bits, $${next + 1}::bytea) or e.due is distinct from m.due`;
  await tx.run("drop table if exists pg_temp._scan");
  await tx.run(
    `create temporary table _scan on commit drop as
     select e._id as member, false as is_gone, e.bits, e.due, ${flips} as flips
       from (${evaluation.sql}) e ${stored}
      where e._id > $${next}::bigint and (${differs})`,
    [...evaluation.values, after, nothing],
  );
  if (!isNew) {
    await addGone(tx, scan);
  }
}

async function addGone(
  tx: Transaction,
  { dataset, subject, after }: Pick<Scan, "dataset" | "subject" | "after">,
): Promise<void> {
  await tx.run(
    `insert into _scan (member, is_gone)
     select m.member, true from _members m
      where m.subject = $1 and m.member > $2
        and not exists (select from ${quoteIdent(dataset)} d where d._id = m.member)`,
    [subject, after],
  );
}

/** What was scanned, by member, some at a time. */
export function scanned(tx: Transaction, batchSize: number): AsyncIterable<ScannedMember[]> {
  return tx.batches<ScannedMember>(
    `select member, is_gone as "isGone", bits, due, flips from _scan order by member`,
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
