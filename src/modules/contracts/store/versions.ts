/** What of contracts and definitions lies in a client's schema. Every version stays. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { recordInLedger } from "../../ledger/index.ts";
import type { Catalogue } from "../catalogue.ts";
import type { Definition, DefinitionKind, StoredDefinition } from "../definition.ts";
import { catalogueFromStored, storedFromCatalogue } from "../stored-catalogue.ts";

export interface StoredContract {
  readonly versionNo: number;
  readonly version: string;
  readonly sha256: string;
}

/** Whether the client's own tables are there: its schema is made before them, in another transaction. */
export async function isPrepared(tx: Transaction): Promise<boolean> {
  const row = await tx.row<{ prepared: boolean }>(
    "select to_regclass('_definitions') is not null as prepared",
  );
  return row.prepared;
}

/** The contract in force, with its catalogue; undefined before the first. */
export async function currentContract(
  tx: Transaction,
): Promise<(StoredContract & { readonly catalogue: Catalogue }) | undefined> {
  const row = await tx.optionalRow<StoredContract & { catalogue: unknown }>(
    `select version_no as "versionNo", version, encode(sha256, 'hex') as sha256, catalogue
     from _contracts order by version_no desc limit 1`,
  );
  return row === undefined ? undefined : { ...row, catalogue: catalogueFromStored(row.catalogue) };
}

/** Every contract that was applied, oldest first. */
export async function contractHistory(tx: Transaction): Promise<StoredContract[]> {
  return await tx.rows<StoredContract>(
    `select version_no as "versionNo", version, encode(sha256, 'hex') as sha256
     from _contracts order by version_no`,
  );
}

/** Keeps every other application waiting until this transaction ends. Readers pass. */
export async function lockVersions(tx: Transaction): Promise<void> {
  await tx.run("lock table _contracts, _definitions in share row exclusive mode");
}

/** Who applies something, and when. */
export interface Application {
  readonly at: Date;
  readonly actor: string;
}

/** Puts a contract in force, and notes that in the ledger. */
export async function insertContract(
  tx: Transaction,
  contract: { readonly bytes: Uint8Array; readonly catalogue: Catalogue },
  { at, actor }: Application,
): Promise<void> {
  const { bytes, catalogue } = contract;
  const text = new TextDecoder().decode(bytes);
  await tx.run(
    `insert into _contracts (version, sha256, body, catalogue, applied_at, applied_by)
     values ($1, decode($2, 'hex'), $3, $4::jsonb, $5, $6)`,
    [
      catalogue.contractVersion,
      catalogue.contractSha256,
      text,
      storedFromCatalogue(catalogue),
      at,
      actor,
    ],
  );
  await recordInLedger(tx, [
    {
      version: "1",
      kind: "contract-applied",
      at: at.toISOString(),
      actor,
      about: "contract",
      contract: {
        id: catalogue.contractId,
        version: catalogue.contractVersion,
        sha256: catalogue.contractSha256,
      },
    },
  ]);
}

/**
 * The definitions of a kind that are in force, by name.
 * @param tx a transaction in the client's scope
 */
export async function readDefinitions(
  tx: Transaction,
  kind: DefinitionKind,
): Promise<StoredDefinition[]> {
  const latest = await tx.rows<StoredDefinition>(
    `select distinct on (name) kind, name, version, encode(sha256, 'hex') as sha256, body, origin
     from _definitions where kind = $1 order by name, version desc`,
    [kind],
  );
  return latest.filter((one) => one.body !== null);
}

/** What tells a definition in force from every other: whoever knows it need not read its body again. */
export type DefinitionVersion = Pick<StoredDefinition, "kind" | "name" | "sha256">;

/**
 * The definitions in force of one kind, and of another only which they are, both by name: in one statement, for
 * what is asked before every read of a client's data.
 * @param tx a transaction in the client's scope
 */
export async function readDefinitionsBeside(
  tx: Transaction,
  kind: DefinitionKind,
  versionsOf: DefinitionKind,
): Promise<{
  readonly definitions: readonly StoredDefinition[];
  readonly versions: readonly DefinitionVersion[];
}> {
  const latest = await tx.rows<StoredDefinition & { readonly removed: boolean }>(
    `select distinct on (kind, name) kind, name, version, encode(sha256, 'hex') as sha256, origin,
            case when kind = $1 then body end as body, body is null as removed
     from _definitions where kind in ($1, $2) order by kind, name, version desc`,
    [kind, versionsOf],
  );
  const inForce = latest.filter(({ removed }) => !removed);
  return {
    definitions: inForce.filter((one) => one.kind === kind),
    versions: inForce.filter((one) => one.kind === versionsOf),
  };
}

/** The newest version of every definition that ever was; those that were removed have the body null. */
export async function latestDefinitions(tx: Transaction): Promise<StoredDefinition[]> {
  return await tx.rows<StoredDefinition>(
    `select distinct on (kind, name) kind, name, version, encode(sha256, 'hex') as sha256, body, origin
     from _definitions order by kind, name, version desc`,
  );
}

/** Puts the next version of a definition in force, and notes that in the ledger. */
export async function insertDefinition(
  tx: Transaction,
  definition: Pick<Definition, "kind" | "name" | "sha256" | "body"> & { readonly version: number },
  { at, actor }: Application,
): Promise<void> {
  const { kind, name, version, sha256, body } = definition;
  await tx.run(
    `insert into _definitions (kind, name, version, sha256, body, applied_at, applied_by)
     values ($1, $2, $3, decode($4, 'hex'), $5::jsonb, $6, $7)`,
    [kind, name, version, sha256, body === null ? null : JSON.stringify(body), at, actor],
  );
  const inForce = body === null ? {} : { sha256 };
  await recordInLedger(tx, [
    {
      version: "1",
      kind: "definition-applied",
      at: at.toISOString(),
      actor,
      about: `${kind} ${name}`,
      definition: { kind, name, version, ...inForce },
    },
  ]);
}

/** A version of a definition as it is kept. */
export interface KeptBody {
  readonly kind: string;
  readonly name: string;
  /** Hexadecimal. */
  readonly sha256: string;
  readonly body: unknown;
}

/**
 * Replaces the bodies of definitions in every version that is kept: what a version says stays, in other
 * words, and its hash stays that of the file.
 * @param rewritten what a body becomes; the same object when it stays
 */
export async function rewriteDefinitions(
  tx: Transaction,
  rewritten: (kept: KeptBody) => unknown,
): Promise<void> {
  const rows = await tx.rows<KeptBody & { definition: bigint }>(
    `select definition, kind, name, encode(sha256, 'hex') as sha256, body
       from _definitions where body is not null`,
  );
  const changed = rows
    .map((kept) => ({ definition: kept.definition, was: kept.body, body: rewritten(kept) }))
    .filter(({ was, body }) => JSON.stringify(was) !== JSON.stringify(body));
  if (changed.length === 0) {
    return;
  }
  await tx.run(
    `update _definitions d set body = new.body
       from unnest($1::bigint[], $2::jsonb[]) new (definition, body)
      where d.definition = new.definition`,
    [changed.map(({ definition }) => definition), changed.map(({ body }) => JSON.stringify(body))],
  );
  // What was updated stays in the table's file until a vacuum, unless the table is written anew.
  await tx.run("alter table _definitions alter column version type integer using version + 0");
}
