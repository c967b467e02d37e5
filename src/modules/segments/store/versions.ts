/** Versions of segments whose membership is kept, as stored. */
import type { Transaction } from "../../../platform/postgres/index.ts";

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

/** The short ids of segments, which they get when first seen, and again out of the archive. By name. */
export async function registerSegments(
  tx: Transaction,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.rows<{ name: string; segment: number }>(
    `insert into _segments (name) select name from unnest($1::text[]) name
     on conflict (name) do update set archived_at = null
     returning name, segment`,
    [names],
  );
  return new Map(rows.map(({ name, segment }) => [name, segment]));
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
  /** Why it is refused; undefined: it gets a slot and is filled. */
  readonly failure: string | undefined;
}

/** Registers versions, or takes up again those that were refused. Slots are the lowest that are free. */
export async function insertVersions(
  tx: Transaction,
  versions: readonly NewVersion[],
  at: Date,
): Promise<void> {
  await tx.run(
    `with given as (
       select g.segment, g.version, g.subject, g.nested, g.meaning, g.failure,
              row_number() over (partition by g.failure is null order by g.place) as place
         from unnest($1::integer[], $2::integer[], $3::smallint[], $4::text[], $5::text[], $6::text[])
              with ordinality g (segment, version, subject, nested, meaning, failure, place)
     ), free as (
       select slot, row_number() over (order by slot) as place
         from generate_series(0, (select count(*)::integer from _segment_versions where slot is not null)
                                 + cardinality($1::integer[])) slot
        where not exists (select from _segment_versions o where o.slot = slot.slot)
     )
     insert into _segment_versions as v
       (segment, version, subject, state, slot, registered_at, nested, meaning, failure)
     select g.segment, g.version, g.subject, case when g.failure is null then 'filling' else 'refused' end,
            f.slot, $7, g.nested::jsonb, decode(g.meaning, 'hex'), g.failure
       from given g left join free f on g.failure is null and f.place = g.place
     on conflict (segment, version) do update set
       subject = excluded.subject, state = excluded.state, slot = excluded.slot,
       registered_at = excluded.registered_at, filled_from = null, filled_to = null, members = 0,
       nested = excluded.nested, meaning = excluded.meaning, failure = excluded.failure
      where v.state = 'refused'`,
    [
      versions.map(({ segment }) => segment),
      versions.map(({ version }) => version),
      versions.map(({ subject }) => subject),
      versions.map(({ nested }) => JSON.stringify(nested)),
      versions.map(({ meaning }) => meaning),
      versions.map(({ failure }) => failure ?? null),
      at,
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
 * Says of which instant memberships are, at least. Who is due before it is still to be evaluated, and is
 * known to be.
 */
export async function beginTime(tx: Transaction, at: Date): Promise<void> {
  await tx.run("update _following set as_of = greatest(as_of, $1)", [at]);
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

/**
 * Puts versions of segments in force; those before them retire.
 * @returns those before them, by segment
 */
export async function switchVersions(
  tx: Transaction,
  versions: readonly VersionKey[],
  at: Date,
): Promise<ReadonlyMap<number, number>> {
  const segments = versions.map(({ segment }) => segment);
  const keys = [segments, versions.map(({ version }) => version)];
  const before = await tx.rows<VersionKey>(
    `update _segment_versions set state = 'retiring'
      where segment = any($1::integer[]) and state = 'live' returning segment, version`,
    [segments],
  );
  await tx.run(
    `update _segment_versions v set state = 'live', switched_at = $3
       from unnest($1::integer[], $2::integer[]) k (segment, version)
      where v.segment = k.segment and v.version = k.version`,
    [...keys, at],
  );
  await tx.run(
    `update _segments s set version = k.version
       from unnest($1::integer[], $2::integer[]) k (segment, version)
      where s.segment = k.segment`,
    keys,
  );
  return new Map(before.map(({ segment, version }) => [segment, version]));
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
