/**
 * Membership at past instants: what is stored, taken back through the history and the switches of
 * versions. A member was in at an instant if it is in and nothing moved it since, or if the first thing
 * that moved it since was that it left.
 */
import type { SqlValue, Transaction } from "../../../platform/postgres/index.ts";
import { countIds, decodeIds } from "../membership/id-list.ts";
import { EACH_MOVE } from "./moves.ts";

/** A version coming into force, or the removal of the segment. */
export interface Standing {
  readonly version: number;
  readonly at: Date;
  readonly isRemoval: boolean;
  /** Its number in the change log where it took the place of another version; null where none was in force. */
  readonly change: bigint | null;
}

/** A segment with everything that was ever in force, in the order of versions: the clock can go back. */
export interface SegmentPast {
  readonly segment: number;
  readonly name: string;
  /** The bit of the version in force; null when none is. */
  readonly slot: number | null;
  /** Members of the version in force. */
  readonly members: number;
  readonly standings: readonly Standing[];
  /** A switch of which it is not noted yet who entered and left. */
  readonly unnoted: boolean;
}

/** Undefined when there never was such a segment. */
export async function selectPast(tx: Transaction, name: string): Promise<SegmentPast | undefined> {
  const segment = await tx.optionalRow<
    Omit<SegmentPast, "standings" | "members"> & { members: bigint }
  >(
    `select s.segment, s.name, v.slot, coalesce(v.members, 0) as members,
            exists (select from _segment_versions r
                     where r.segment = s.segment and r.state = 'retiring' and r.retired_at is null) as unnoted
       from _segments s
       left join _segment_versions v on v.segment = s.segment and v.version = s.version and v.state = 'live'
      where s.name = $1`,
    [name],
  );
  if (segment === undefined) {
    return undefined;
  }
  const standings = await tx.rows<Standing>(
    `select v.version, v.switched_at as at, d.body is null as "isRemoval", w.change
       from _segment_versions v
       join _definitions d on d.kind = 'segment' and d.name = $2 and d.version = v.version
       left join _membership_switches w on w.segment = v.segment and w.version = v.version and w.part = 0
      where v.segment = $1 and v.switched_at is not null
      order by v.version`,
    [segment.segment, name],
  );
  return { ...segment, members: Number(segment.members), standings };
}

/** When the clock had passed the end of the instants that happened twice, one of which is `at`; else undefined. */
export async function selectTwice(tx: Transaction, at: Date): Promise<Date | undefined> {
  const row = await tx.row<{ until: Date | null }>(
    "select max(gone_from) as until from _clock_setbacks where back_to <= $1 and gone_from > $1",
    [at],
  );
  return row.until ?? undefined;
}

/** An instant of a segment, and what is to be taken back to come to it. */
export interface PastInstant {
  readonly segment: number;
  readonly at: Date;
  /** The bit to begin with; null: nobody was in at the end of what is taken back. */
  readonly slot: number | null;
  /** The newest change to take back; null: all of them. */
  readonly until: bigint | null;
}

/** A row for each member at the instant: column `member`. Its parameters are `$first` to `$first + 6`. */
function membersThen(first: number): string {
  const [segment, at, until, slot, moved, changes, entered] = Array.from(
    { length: 7 },
    (_, index) => `$${first + index}`,
  );
  const bit = `case when length(m.bits) * 8 > ${slot}::integer then get_bit(m.bits, ${slot}::integer) = 1 end`;
  return `
    (with later as materialized (
      select distinct on (member) member, entered
        from (select move.member, move.change, h.entered
                from _membership_moves h ${EACH_MOVE}
               where h.segment = ${segment}::integer and h.at > ${at}::timestamptz
                 and h.change <= coalesce(${until}::bigint, h.change)
              union all
              select member, change, entered
                from unnest(${moved}::bigint[], ${changes}::bigint[], ${entered}::boolean[]) w (member, change, entered)) moves
       order by member, change
    )
    select m.member from _members m
     where ${slot}::integer is not null and ${bit}
       and not exists (select from later l where l.member = m.member)
    union all
    select l.member from later l where not l.entered)`;
}

async function valuesOf(tx: Transaction, instant: PastInstant): Promise<readonly SqlValue[]> {
  const { segment, at, until, slot } = instant;
  const [members, changes, entered]: [bigint[], bigint[], boolean[]] = [[], [], []];
  for await (const part of switchedAfter(tx, instant)) {
    for (const [ids, isEntry] of [
      [part.entered, true],
      [part.left, false],
    ] as const) {
      for (const member of decodeIds(ids)) {
        members.push(member);
        changes.push(part.change);
        entered.push(isEntry);
      }
    }
  }
  return [segment, at, until, slot, members, changes, entered];
}

/** Some thousands of the members that a switch moved. */
interface SwitchPart {
  readonly version: number;
  readonly at: Date;
  readonly change: bigint;
  readonly entered: Buffer;
  readonly left: Buffer;
}

const PARTS_PER_BATCH = 100;

async function* switchedAfter(
  tx: Transaction,
  { segment, at, until }: PastInstant,
): AsyncIterable<SwitchPart> {
  const batches = tx.batches<SwitchPart>(
    `select version, at, change, entered, "left" from _membership_switches
      where segment = $1 and at > $2 and change <= coalesce($3::bigint, change)
      order by change, part`,
    [segment, at, until],
    PARTS_PER_BATCH,
  );
  for await (const parts of batches) {
    yield* parts;
  }
}

/** Whom switches moved after one instant and up to another. */
async function switchedBetween(
  tx: Transaction,
  { segment, at }: PastInstant,
  to: Date,
): Promise<bigint[]> {
  const moved: bigint[] = [];
  for await (const part of switchedAfter(tx, { segment, at, until: null, slot: null })) {
    if (part.at <= to) {
      moved.push(...decodeIds(part.entered), ...decodeIds(part.left));
    }
  }
  return moved;
}

/** Members at an instant, ascending, from after an id. */
export async function selectPastMembers(
  tx: Transaction,
  instant: PastInstant,
  { after, limit }: { readonly after: bigint; readonly limit: number },
): Promise<readonly bigint[]> {
  const rows = await tx.rows<{ member: bigint }>(
    `select p.member from ${membersThen(1)} p where p.member > $8::bigint order by p.member limit $9`,
    [...(await valuesOf(tx, instant)), after, limit],
  );
  return rows.map(({ member }) => member);
}

/** How many members there were at an instant. */
export async function selectPastCount(tx: Transaction, instant: PastInstant): Promise<number> {
  const { count } = await tx.row<{ count: bigint }>(
    `select count(*) as count from ${membersThen(1)} p`,
    await valuesOf(tx, instant),
  );
  return Number(count);
}

/** Two instants of a segment beside each other. */
export interface ComparedInstants {
  readonly before: number;
  readonly after: number;
  readonly entered: number;
  readonly left: number;
  readonly stayed: number;
  /** In at both, and out in between. */
  readonly returned: number;
  /** Out at both, and in in between. */
  readonly visited: number;
}

/** Compares who was in at two instants, the first before the second. */
export async function comparePast(
  tx: Transaction,
  before: PastInstant,
  after: PastInstant,
): Promise<ComparedInstants> {
  const row = await tx.row<Record<keyof ComparedInstants, bigint>>(
    `with moved as (
       select move.member from _membership_moves h ${EACH_MOVE} where h.segment = $1 and h.at > $2 and h.at <= $9
       union
       select unnest($15::bigint[])
     )
     select count(b.member) as before, count(a.member) as after,
            count(*) filter (where b.member is null and a.member is not null) as entered,
            count(*) filter (where a.member is null and b.member is not null) as "left",
            count(*) filter (where a.member = b.member) as stayed,
            count(*) filter (where a.member = b.member and m.member is not null) as returned,
            count(*) filter (where a.member is null and b.member is null) as visited
       from ${membersThen(1)} b
       full join ${membersThen(8)} a using (member)
       full join moved m using (member)`,
    [
      ...(await valuesOf(tx, before)),
      ...(await valuesOf(tx, after)),
      await switchedBetween(tx, before, after.at),
    ],
  );
  return {
    before: Number(row.before),
    after: Number(row.after),
    entered: Number(row.entered),
    left: Number(row.left),
    stayed: Number(row.stayed),
    returned: Number(row.returned),
    visited: Number(row.visited),
  };
}

/** Members that are in at one instant and not at the other, the lowest ids. */
export async function selectPastDifference(
  tx: Transaction,
  { at, notAt }: { readonly at: PastInstant; readonly notAt: PastInstant },
  limit: number,
): Promise<readonly bigint[]> {
  const rows = await tx.rows<{ member: bigint }>(
    `select p.member from ${membersThen(1)} p
      where not exists (select from ${membersThen(8)} o where o.member = p.member)
      order by p.member limit $15`,
    [...(await valuesOf(tx, at)), ...(await valuesOf(tx, notAt)), limit],
  );
  return rows.map(({ member }) => member);
}

/** Entries and exits between two instants: from a boundary up to the next one, without it. */
export interface Flow {
  /** 0: before the first boundary; n: from the n-th on. */
  readonly step: number;
  /** 0: before the first removal of the segment, 1: before the second, and so on. */
  readonly era: number;
  readonly entered: number;
  readonly left: number;
}

/**
 * All entries and exits of a segment since its beginning, added up by step and era.
 * @param boundaries ascending
 * @param removals the numbers of its removals in the change log, ascending
 */
export async function selectFlows(
  tx: Transaction,
  segment: number,
  {
    boundaries,
    removals,
  }: { readonly boundaries: readonly Date[]; readonly removals: readonly bigint[] },
): Promise<readonly Flow[]> {
  const starts = removals.map((change) => change + 1n);
  const rows = await tx.rows<{ step: number; era: number; entered: bigint; left: bigint }>(
    `select width_bucket(at, $2::timestamptz[]) as step, width_bucket(change, $3::bigint[]) as era,
            coalesce(sum(cardinality(members)) filter (where entered), 0) as entered,
            coalesce(sum(cardinality(members)) filter (where not entered), 0) as "left"
       from _membership_moves
      where segment = $1
      group by 1, 2`,
    [segment, boundaries, starts],
  );
  const flows: Flow[] = rows.map(({ step, era, entered, left }) => ({
    step,
    era,
    entered: Number(entered),
    left: Number(left),
  }));
  const all = { segment, at: new Date(0), until: null, slot: null };
  for await (const part of switchedAfter(tx, all)) {
    flows.push({
      step: boundaries.filter((boundary) => boundary <= part.at).length,
      era: starts.filter((change) => change <= part.change).length,
      entered: countIds(part.entered),
      left: countIds(part.left),
    });
  }
  return flows;
}

/** The first instants of hours, days, weeks or months in a time zone, from the one that `from` is in. */
export async function selectBoundaries(
  tx: Transaction,
  range: {
    readonly from: Date;
    readonly to: Date;
    readonly step: "hour" | "day" | "week" | "month";
    readonly timeZone: string;
    readonly most: number;
  },
): Promise<readonly Date[]> {
  const rows = await tx.rows<{ at: Date }>(
    `select distinct local at time zone $4 as at
       from generate_series(date_trunc($3, $1::timestamptz at time zone $4), $2::timestamptz at time zone $4,
                            ('1 ' || $3)::interval) local
      order by at limit $5`,
    [range.from, range.to, range.step, range.timeZone, range.most],
  );
  return rows.map(({ at }) => at);
}
