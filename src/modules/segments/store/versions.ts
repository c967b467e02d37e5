/** Versions of segments whose membership is kept, as stored. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { DefinitionOrigin } from "../../contracts/index.ts";

/**
 * - filling: evaluated and stored, but not in force
 * - live: in force
 * - retiring: no longer evaluated; its bits stand as they were at the switch until that is noted
 * - retired: it was in force
 * - refused: it never was, and `failure` says why
 */
export type VersionState = "filling" | "live" | "retiring" | "retired" | "refused";

/** A version that has, or had, a slot. */
export interface KeptVersion {
  /** The segment's short id. */
  readonly segment: number;
  readonly name: string;
  readonly version: number;
  /** The bit of `_members`; null when it has none any more. */
  readonly slot: number | null;
  /** The dataset whose rows are the members. */
  readonly subject: string;
  readonly state: VersionState;
  /** Whether it is the segment's version in force. */
  readonly inForce: boolean;
  /** The change up to which the scan that fills it saw everything; null before it began. */
  readonly filledFrom: bigint | null;
  /** The member up to which the scan's result is stored; {@link FILLED} when all of it is. */
  readonly filledTo: bigint | null;
  readonly registeredAt: Date;
  readonly switchedAt: Date | null;
  /** When it was noted who left and entered with its end; null before that. */
  readonly retiredAt: Date | null;
  readonly members: bigint;
  readonly nested: Readonly<Record<string, number>>;
  /** Digest of what is evaluated, in hex. */
  readonly meaning: string;
  readonly failure: string | null;
}

/** `filledTo` of a version whose scan is stored to the end: no member has a higher id. */
export const FILLED = 2n ** 63n - 1n;

const COLUMNS = `
  v.segment, s.name, v.version, v.slot, j.dataset as subject, v.state,
  s.version is not distinct from v.version as "inForce", v.filled_from as "filledFrom",
  v.filled_to as "filledTo", v.registered_at as "registeredAt", v.switched_at as "switchedAt",
  v.retired_at as "retiredAt", v.members, v.nested, encode(v.meaning, 'hex') as meaning, v.failure`;

const TABLES = `
  _segment_versions v
  join _segments s on s.segment = v.segment
  join _member_subjects j on j.subject = v.subject`;

/** Every version that has a slot, and the newest one of each segment that was refused. */
export async function selectKept(tx: Transaction): Promise<readonly KeptVersion[]> {
  return await tx.rows<KeptVersion>(
    `select ${COLUMNS} from ${TABLES}
      where v.slot is not null
         or v.state = 'refused' and v.version =
            (select max(n.version) from _segment_versions n where n.segment = v.segment)
      order by s.name, v.version`,
  );
}

/** Every version of one segment that was ever registered, newest first. */
export async function selectVersionsOf(
  tx: Transaction,
  name: string,
): Promise<readonly KeptVersion[]> {
  return await tx.rows<KeptVersion>(
    `select ${COLUMNS} from ${TABLES} where s.name = $1 order by v.version desc`,
    [name],
  );
}

/** Makes other settlements and applications wait until this transaction ends. Readers pass. */
export async function lockDefinitions(tx: Transaction): Promise<void> {
  await tx.run("lock table _definitions in share row exclusive mode");
}

/** Makes everybody else who writes memberships wait until this transaction ends. */
export async function lockFollowing(tx: Transaction): Promise<void> {
  await tx.run("select cursor from _following for update");
}

/** A segment that has a version in force or one on its way. */
export interface KnownSegment {
  readonly segment: number;
  readonly name: string;
  /** In force; null before the first. */
  readonly version: number | null;
}

export async function selectKnownSegments(tx: Transaction): Promise<readonly KnownSegment[]> {
  return await tx.rows<KnownSegment>(
    "select segment, name, version from _segments where archived_at is null order by name",
  );
}

/** The short id of a segment, which is given to it when it is first seen, and again out of the archive. */
export async function registerSegment(tx: Transaction, name: string): Promise<number> {
  const { segment } = await tx.row<{ segment: number }>(
    `insert into _segments (name) values ($1)
     on conflict (name) do update set archived_at = null
     returning segment`,
    [name],
  );
  return segment;
}

/** The short id of a dataset whose rows are members. */
export async function registerSubject(tx: Transaction, dataset: string): Promise<number> {
  const { subject } = await tx.row<{ subject: number }>(
    `insert into _member_subjects (dataset) values ($1)
     on conflict (dataset) do update set dataset = excluded.dataset
     returning subject`,
    [dataset],
  );
  return subject;
}

export interface NewVersion {
  readonly segment: number;
  readonly version: number;
  readonly subject: number;
  readonly nested: Readonly<Record<string, number>>;
  readonly meaning: string;
  readonly at: Date;
  /** Why it is refused; undefined: it gets a slot and is filled. */
  readonly failure: string | undefined;
}

/** Registers a version, or takes up one again that was refused. The slot is the lowest that is free. */
export async function insertVersion(tx: Transaction, version: NewVersion): Promise<void> {
  const { failure } = version;
  await tx.run(
    `insert into _segment_versions as v
       (segment, version, subject, state, slot, registered_at, nested, meaning, failure)
     select $1, $2, $3, $4, case when $4 = 'filling' then
              (select min(free) from generate_series(0, (select count(*) from _segment_versions)) free
                where not exists (select from _segment_versions o where o.slot = free))
            end, $5, $6::jsonb, decode($7, 'hex'), $8
     on conflict (segment, version) do update set
       state = excluded.state, slot = excluded.slot, registered_at = excluded.registered_at,
       filled_from = null, filled_to = null, members = 0, nested = excluded.nested,
       meaning = excluded.meaning, failure = excluded.failure
      where v.state = 'refused'`,
    [
      version.segment,
      version.version,
      version.subject,
      failure === undefined ? "filling" : "refused",
      version.at,
      version.nested,
      version.meaning,
      failure ?? null,
    ],
  );
}

/** A version by its key. */
export interface VersionKey {
  readonly segment: number;
  readonly version: number;
}

/** Gives a filling version up: its slot is free when its bits are cleared. */
export async function abandonVersion(
  tx: Transaction,
  { segment, version, failure }: VersionKey & { readonly failure: string },
): Promise<void> {
  await tx.run(
    `update _segment_versions set state = 'retiring', failure = $3
      where segment = $1 and version = $2 and state = 'filling'`,
    [segment, version, failure],
  );
}

/**
 * Puts the next version of a segment into `_definitions` with the body of an earlier one: what it
 * means changed with something that stands inside it, or an earlier version comes back.
 */
export async function copyDefinition(
  tx: Transaction,
  copy: {
    readonly name: string;
    readonly from: number;
    readonly to: number;
    readonly at: Date;
    readonly actor: string;
  },
): Promise<void> {
  await tx.run(
    `insert into _definitions (kind, name, version, sha256, body, applied_at, applied_by, origin)
     select kind, name, $3, sha256, body, $4, $5, origin
       from _definitions where kind = 'segment' and name = $1 and version = $2`,
    [copy.name, copy.from, copy.to, copy.at, copy.actor],
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
  return version;
}

/** Says that what the followers evaluate is not what it was. */
export async function raiseRevision(tx: Transaction): Promise<void> {
  await tx.run("update _following set revision = revision + 1");
}

/**
 * Lets the followers begin at the head of the change log where nothing was kept: what changed before
 * concerns nobody whose membership is stored.
 */
export async function beginFollowing(tx: Transaction): Promise<void> {
  await tx.run(
    `update _following f set cursor = h.last
       from _change_head h
      where not exists (select from _segment_versions where state in ('filling', 'live'))`,
  );
}

/**
 * Says of which instant memberships are, where nobody has said it yet. Who is due before it is still to
 * be evaluated, and is known to be.
 */
export async function beginTime(tx: Transaction, at: Date): Promise<void> {
  await tx.run("update _following set as_of = $1 where as_of is null", [at]);
}

/** How far the scan that fills some versions is stored. */
export async function noteFilled(
  tx: Transaction,
  versions: readonly VersionKey[],
  { from, to }: { readonly from: bigint; readonly to: bigint },
): Promise<void> {
  await tx.run(
    `update _segment_versions v set filled_from = $3, filled_to = $4
       from unnest($1::integer[], $2::integer[]) k (segment, version)
      where v.segment = k.segment and v.version = k.version and v.state = 'filling'`,
    [versions.map(({ segment }) => segment), versions.map(({ version }) => version), from, to],
  );
}

/** Puts a version in force; the one before it retires. Returns the one before it. */
export async function switchVersion(
  tx: Transaction,
  { segment, version, at }: VersionKey & { readonly at: Date },
): Promise<number | undefined> {
  const before = await tx.optionalRow<{ version: number }>(
    `update _segment_versions set state = 'retiring'
      where segment = $1 and state = 'live' returning version`,
    [segment],
  );
  await tx.run(
    "update _segment_versions set state = 'live', switched_at = $3 where segment = $1 and version = $2",
    [segment, version, at],
  );
  await tx.run("update _segments set version = $2 where segment = $1", [segment, version]);
  return before?.version;
}

/**
 * Takes a segment out of force. The version that removed it is noted as one that nobody is in, so that
 * who left with it can be.
 * @returns the version that was in force, and the one that removed it
 */
export async function archiveSegment(
  tx: Transaction,
  { segment, at }: { readonly segment: number; readonly at: Date },
): Promise<{ readonly before: number | undefined; readonly removal: number }> {
  const before = await tx.optionalRow<{ version: number; subject: number }>(
    `update _segment_versions set state = 'retiring'
      where segment = $1 and state = 'live' returning version, subject`,
    [segment],
  );
  const { name } = await tx.row<{ name: string }>(
    "update _segments set version = null, archived_at = $2 where segment = $1 returning name",
    [segment, at],
  );
  const { version } = await tx.row<{ version: number }>(
    "select max(version) as version from _definitions where kind = 'segment' and name = $1",
    [name],
  );
  if (before !== undefined) {
    await tx.run(
      `insert into _segment_versions (segment, version, subject, state, registered_at, switched_at, retired_at)
       values ($1, $2, $3, 'retired', $4, $4, $4)`,
      [segment, version, before.subject, at],
    );
  }
  return { before: before?.version, removal: version };
}

/** Versions whose bits are still to be cleared. */
export interface RetiringVersion extends VersionKey {
  readonly name: string;
  readonly slot: number;
  /** The version whose moves are still to be noted; null when they are, or it never was in force. */
  readonly successor: number | null;
}

export async function selectRetiring(tx: Transaction): Promise<readonly RetiringVersion[]> {
  return await tx.rows<RetiringVersion>(
    `select v.segment, s.name, v.version, v.slot,
            case when v.switched_at is not null and v.retired_at is null then
              (select min(n.version) from _segment_versions n
                where n.segment = v.segment and n.version > v.version and n.switched_at is not null)
            end as successor
       from _segment_versions v join _segments s on s.segment = v.segment
      where v.state = 'retiring'
      order by v.segment, v.version`,
  );
}

/** The slot of a version; null when it has none any more. */
export async function selectSlot(
  tx: Transaction,
  { segment, version }: VersionKey,
): Promise<number | null> {
  const { slot } = await tx.row<{ slot: number | null }>(
    "select slot from _segment_versions where segment = $1 and version = $2",
    [segment, version],
  );
  return slot;
}

/** Says that the moves of a version's end are noted: its bits may go. */
export async function noteRetired(
  tx: Transaction,
  { segment, version, at }: VersionKey & { readonly at: Date },
): Promise<void> {
  await tx.run("update _segment_versions set retired_at = $3 where segment = $1 and version = $2", [
    segment,
    version,
    at,
  ]);
}

/** Frees the slots of versions whose bits are cleared. */
export async function freeSlots(tx: Transaction, versions: readonly VersionKey[]): Promise<void> {
  await tx.run(
    `update _segment_versions v
        set slot = null, state = case when v.switched_at is null then 'refused' else 'retired' end
       from unnest($1::integer[], $2::integer[]) k (segment, version)
      where v.segment = k.segment and v.version = k.version and v.state = 'retiring'`,
    [versions.map(({ segment }) => segment), versions.map(({ version }) => version)],
  );
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
