/** Definitions of segments with all their versions, as stored. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { DefinitionOrigin } from "../../contracts/index.ts";
import { recordInLedger } from "../../ledger/index.ts";
import { segmentSchema, type SegmentDefinition } from "../definition.ts";
import { versionKey } from "../versions/version-book.ts";

/** Makes other settlements and applications wait until this transaction ends. Readers pass. */
export async function lockDefinitions(tx: Transaction): Promise<void> {
  await tx.run("lock table _definitions in share row exclusive mode");
}

/** A version of a definition that takes over the body of an earlier one. */
export interface Copy {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Puts further versions of segments into `_definitions` with the bodies of earlier ones: what they mean
 * changed with something that stands inside them, or an earlier version comes back.
 */
export async function copyDefinitions(
  tx: Transaction,
  copies: readonly Copy[],
  { at, actor }: { readonly at: Date; readonly actor: string },
): Promise<void> {
  const copied = await tx.rows<InForce>(
    `insert into _definitions (kind, name, version, sha256, body, applied_at, applied_by, origin)
     select d.kind, d.name, c.target, d.sha256, d.body, $4, $5, d.origin
       from unnest($1::text[], $2::integer[], $3::integer[]) c (name, source, target)
       join _definitions d on d.kind = 'segment' and d.name = c.name and d.version = c.source
     returning name, version, case when body is not null then encode(sha256, 'hex') end as sha256`,
    [
      copies.map(({ name }) => name),
      copies.map(({ from }) => from),
      copies.map(({ to }) => to),
      at,
      actor,
    ],
  );
  await tellApplied(tx, copied, { at, actor });
}

/** A version that comes into force; without a hash it says that the segment was removed. */
interface InForce {
  readonly name: string;
  readonly version: number;
  readonly sha256: string | null;
}

async function tellApplied(
  tx: Transaction,
  versions: readonly InForce[],
  { at, actor }: { readonly at: Date; readonly actor: string },
): Promise<void> {
  await recordInLedger(
    tx,
    versions.map(({ name, version, sha256 }) => ({
      version: "1",
      kind: "definition-applied",
      at: at.toISOString(),
      actor,
      about: `segment ${name}`,
      definition: { kind: "segment", name, version, ...(sha256 === null ? {} : { sha256 }) },
    })),
  );
}

/** Puts the next version of a segment's definition in force. */
export async function insertDefinition(
  tx: Transaction,
  definition: {
    readonly name: string;
    readonly version: number;
    readonly sha256: string;
    readonly body: unknown;
    readonly origin: DefinitionOrigin;
    readonly at: Date;
    readonly actor: string;
  },
): Promise<void> {
  const { name, version, sha256, body, origin, at, actor } = definition;
  await tx.run(
    `insert into _definitions (kind, name, version, sha256, body, applied_at, applied_by, origin)
     values ('segment', $1, $2, decode($3, 'hex'), $4::jsonb, $5, $6, $7)`,
    [name, version, sha256, JSON.stringify(body), at, actor, origin],
  );
  await tellApplied(tx, [{ name, version, sha256 }], { at, actor });
}

/** Puts a version of a segment's definition in force that says it was removed. Returns the version. */
export async function insertRemoval(
  tx: Transaction,
  { name, at, actor }: { readonly name: string; readonly at: Date; readonly actor: string },
): Promise<number> {
  const { version } = await tx.row<{ version: number }>(
    `insert into _definitions (kind, name, version, sha256, body, applied_at, applied_by, origin)
     select kind, name, version + 1, sha256, null, $2, $3, origin
       from _definitions where kind = 'segment' and name = $1
      order by version desc limit 1
     returning version`,
    [name, at, actor],
  );
  await tellApplied(tx, [{ name, version, sha256: null }], { at, actor });
  return version;
}

/** A stored version of a definition. */
export interface DefinitionVersion {
  readonly version: number;
  /** Null: it removed the segment. */
  readonly body: unknown;
  readonly sha256: string;
  readonly origin: DefinitionOrigin;
  readonly appliedAt: Date;
  readonly appliedBy: string;
}

/** Every version of a segment's definition, newest first. */
export async function selectDefinitionVersions(
  tx: Transaction,
  name: string,
): Promise<readonly DefinitionVersion[]> {
  return await tx.rows<DefinitionVersion>(
    `select version, body, encode(sha256, 'hex') as sha256, origin,
            applied_at as "appliedAt", applied_by as "appliedBy"
       from _definitions where kind = 'segment' and name = $1 order by version desc`,
    [name],
  );
}

/** The definitions of versions, each once, by {@link versionKey}; versions that removed a segment have none. */
export async function selectBodies(
  tx: Transaction,
  versions: readonly { readonly name: string; readonly version: number }[],
): Promise<ReadonlyMap<string, SegmentDefinition>> {
  const rows = await tx.rows<{ name: string; version: number; body: unknown }>(
    `select d.name, d.version, d.body
       from (select distinct name, version from unnest($1::text[], $2::integer[]) w (name, version)) wanted
       join _definitions d on d.kind = 'segment' and d.name = wanted.name and d.version = wanted.version
      where d.body is not null`,
    [versions.map(({ name }) => name), versions.map(({ version }) => version)],
  );
  return new Map(
    rows.map(({ name, version, body }) => [versionKey(name, version), segmentSchema.parse(body)]),
  );
}
