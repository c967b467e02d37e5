/** Ledgers of others that are witnessed here, in the control schema. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { EMPTY_ROOT } from "../merkle/hashing.ts";

/** A ledger that is witnessed, with the newest tree that was cosigned. */
export interface WitnessedLedger {
  readonly origin: string;
  /** As tools take it. */
  readonly key: string;
  readonly size: number;
  readonly root: Buffer;
  readonly seenAt: Date | null;
}

interface Row {
  readonly origin: string;
  readonly key: string;
  readonly size: bigint;
  readonly root: Buffer | null;
  readonly seenAt: Date | null;
}

/** @returns false when the ledger is witnessed already */
export async function insertWitnessed(
  tx: Transaction,
  ledger: Pick<WitnessedLedger, "origin" | "key">,
  { at, actor }: { readonly at: Date; readonly actor: string },
): Promise<boolean> {
  const rows = await tx.rows(
    `insert into witnessed_ledgers (origin, key, added_at, added_by) values ($1, $2, $3, $4)
     on conflict (origin) do nothing returning origin`,
    [ledger.origin, ledger.key, at, actor],
  );
  return rows.length > 0;
}

/** By origin. */
export async function selectWitnessed(tx: Transaction): Promise<WitnessedLedger[]> {
  const rows = await tx.rows<Row>(
    `select origin, key, size, root, seen_at as "seenAt" from witnessed_ledgers order by origin`,
  );
  return rows.map(witnessed);
}

/** Takes the lock under which one checkpoint of a ledger after another is judged. */
export async function lockWitnessed(
  tx: Transaction,
  origin: string,
): Promise<WitnessedLedger | undefined> {
  const row = await tx.optionalRow<Row>(
    `select origin, key, size, root, seen_at as "seenAt"
       from witnessed_ledgers where origin = $1 for update`,
    [origin],
  );
  return row === undefined ? undefined : witnessed(row);
}

/** Moves on to a tree that is about to be cosigned. */
export async function updateWitnessed(
  tx: Transaction,
  { origin, size, root }: Pick<WitnessedLedger, "origin" | "size" | "root">,
  { checkpoint, at }: { readonly checkpoint: string; readonly at: Date },
): Promise<void> {
  await tx.run(
    `update witnessed_ledgers set size = $2, root = $3, checkpoint = $4, seen_at = $5
      where origin = $1`,
    [origin, size, root, checkpoint, at],
  );
}

function witnessed({ origin, key, size, root, seenAt }: Row): WitnessedLedger {
  return { origin, key, size: Number(size), root: root ?? EMPTY_ROOT, seenAt };
}
