/** The witnesses of a client's ledger, and what they have said. */
import type { Transaction } from "../../../platform/postgres/index.ts";

/** Who is asked to cosign. */
export interface Witness {
  readonly name: string;
  /** As tools take it. */
  readonly key: string;
  /** The address under which `add-checkpoint` is. */
  readonly url: string;
}

/** A witness with the newest tree that it has cosigned. */
export interface WitnessStanding extends Witness {
  /** 0 before the first. */
  readonly size: number;
  readonly at: Date | null;
}

/** @returns false when a witness of that name is there already */
export async function insertWitness(
  tx: Transaction,
  { name, key, url }: Witness,
  { at, actor }: { readonly at: Date; readonly actor: string },
): Promise<boolean> {
  const rows = await tx.rows(
    `insert into _ledger_witnesses (name, key, url, added_at, added_by)
     values ($1, $2, $3, $4, $5) on conflict (name) do nothing returning name`,
    [name, key, url, at, actor],
  );
  return rows.length > 0;
}

/** @returns its key; undefined when there is none of that name */
export async function deleteWitness(tx: Transaction, name: string): Promise<string | undefined> {
  const row = await tx.optionalRow<{ key: string }>(
    "delete from _ledger_witnesses where name = $1 returning key",
    [name],
  );
  return row?.key;
}

/** By name. */
export async function selectWitnesses(tx: Transaction): Promise<WitnessStanding[]> {
  const rows = await tx.rows<Witness & { size: bigint | null; at: Date | null }>(
    `select w.name, w.key, w.url, newest.size, newest.at
       from _ledger_witnesses as w
       left join lateral (
         select size, at from _ledger_cosignatures where witness = w.name order by size desc limit 1
       ) as newest on true
      order by w.name`,
  );
  return rows.map((row) => ({ ...row, size: Number(row.size ?? 0) }));
}

export interface Cosignature {
  readonly size: number;
  readonly witness: string;
  /** The line of signature, without its line feed. */
  readonly line: string;
  readonly at: Date;
}

export async function upsertCosignature(
  tx: Transaction,
  { size, witness, line, at }: Cosignature,
): Promise<void> {
  await tx.run(
    `insert into _ledger_cosignatures (size, witness, line, at) values ($1, $2, $3, $4)
     on conflict (size, witness) do update set line = excluded.line, at = excluded.at`,
    [size, witness, line, at],
  );
}

/** The lines that witnesses have added to the checkpoint of a tree, by their names. */
export async function selectCosignatures(tx: Transaction, size: number): Promise<string[]> {
  const rows = await tx.rows<{ line: string }>(
    "select line from _ledger_cosignatures where size = $1 order by witness",
    [size],
  );
  return rows.map(({ line }) => line);
}

/** The newest tree that anybody has cosigned; undefined before the first. */
export async function selectCosignedSize(tx: Transaction): Promise<number | undefined> {
  const { size } = await tx.row<{ size: bigint | null }>(
    "select max(size) as size from _ledger_cosignatures",
  );
  return size === null ? undefined : Number(size);
}
