/** The client's own keys as they rest in the key database, and the row that orders all who change it. */
import type { Transaction } from "../../../platform/postgres/index.ts";

export type SecretUse = "lasting" | "master";

/** One of the client's own keys, wrapped. */
export interface SecretRow {
  readonly use: SecretUse;
  readonly version: number;
  /** The key-encryption key that wraps it. */
  readonly keyId: string;
  readonly wrapped: Buffer;
}

export interface State {
  /** The version of the master that wraps new keys; 0 before the first. */
  readonly master: number;
  /** Lines of the journal that have been carried out. */
  readonly lines: number;
  /** The last handle that a rotation under way has come to, if one is. */
  readonly rewrapped: string | null;
}

export type StateLock = "none" | "share" | "update";

const LOCKS: Readonly<Record<StateLock, string>> = {
  none: "",
  share: " for share",
  update: " for update",
};

/** The state, held until the transaction ends: for share by who makes keys, for update by who destroys or rotates. */
export async function readState(tx: Transaction, lock: StateLock): Promise<State> {
  const { lines, ...row } = await tx.row<Omit<State, "lines"> & { lines: bigint }>(
    `select master, lines, encode(uuid_send(rewrapped), 'hex') as rewrapped from _state${LOCKS[lock]}`,
  );
  return { ...row, lines: Number(lines) };
}

export async function setMaster(tx: Transaction, version: number): Promise<void> {
  await tx.run("update _state set master = $1", [version]);
}

export async function setLines(tx: Transaction, lines: number): Promise<void> {
  await tx.run("update _state set lines = $1", [lines]);
}

/** @param handle null when no rotation is under way */
export async function setRewrapped(tx: Transaction, handle: string | null): Promise<void> {
  await tx.run("update _state set rewrapped = $1", [handle]);
}

/** All of the client's own keys, by use and version. */
export async function readSecrets(tx: Transaction): Promise<SecretRow[]> {
  return await tx.rows<SecretRow>(
    `select use, version, key_id as "keyId", wrapped from _secrets order by use, version`,
  );
}

export async function writeSecret(tx: Transaction, secret: SecretRow): Promise<void> {
  await tx.run(
    `insert into _secrets (use, version, key_id, wrapped) values ($1, $2, $3, $4)
     on conflict (use, version) do update set key_id = excluded.key_id, wrapped = excluded.wrapped`,
    [secret.use, secret.version, secret.keyId, secret.wrapped],
  );
}

/** Notes a key-encryption key that was made. */
export async function noteKey(tx: Transaction, keyId: string): Promise<void> {
  await tx.run("insert into _key_encryption_keys (key_id) values ($1)", [keyId]);
}

/** The key-encryption keys that were made here and wrap nothing any more. */
export async function unusedKeys(tx: Transaction): Promise<string[]> {
  const rows = await tx.rows<{ keyId: string }>(
    `select key_id as "keyId" from _key_encryption_keys as k
      where not exists (select from _secrets as s where s.key_id = k.key_id) order by key_id`,
  );
  return rows.map(({ keyId }) => keyId);
}

export async function forgetKey(tx: Transaction, keyId: string): Promise<void> {
  await tx.run("delete from _key_encryption_keys where key_id = $1", [keyId]);
}

/** Removes the masters before a version. */
export async function removeMastersBefore(tx: Transaction, version: number): Promise<number> {
  return await tx.run("delete from _secrets where use = 'master' and version < $1", [version]);
}
