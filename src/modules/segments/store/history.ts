/** Entries, exits and switches, newest first. */
import type { SqlValue, Transaction } from "../../../platform/postgres/index.ts";
import { countIds, decodeIds } from "../membership/id-list.ts";
import type { MembershipCause } from "./history-writes.ts";
import { EACH_MOVE } from "./moves.ts";

/** A member that entered or left. */
export interface MemberMove {
  readonly kind: "entered" | "left";
  /** Its number in the change log. */
  readonly change: bigint;
  readonly at: Date;
  readonly segment: string;
  readonly version: number;
  readonly member: bigint;
  /** `version`: another version of the segment came into force. */
  readonly cause: MembershipCause | "version";
  /** The newest change that led to it; null when time alone did, or too many changes. */
  readonly causedBy: bigint | null;
  /** When time alone would change it again, as it was then; null: never, or not known. */
  readonly until: Date | null;
}

/** A version that took the place of another, or the removal of the segment. */
export interface VersionMove {
  readonly kind: "switched";
  readonly change: bigint;
  readonly at: Date;
  readonly segment: string;
  readonly version: number;
  /** How many members it moved. */
  readonly entered: number;
  readonly left: number;
}

/** Whose history is asked for, and from where on. */
export interface HistoryRange {
  readonly segment: string | null;
  readonly member: bigint | null;
  /** Entries with lower numbers only; null: from the newest on. */
  readonly before: bigint | null;
  readonly limit: number;
}

/** Members who entered or left other than by a switch of versions, newest first. */
export async function selectMoves(
  tx: Transaction,
  { segment, member, before, limit }: HistoryRange,
): Promise<readonly MemberMove[]> {
  const values: SqlValue[] = [];
  const conditions = [
    member !== null && `b.member = $${values.push(member)} and move.member = b.member`,
    segment !== null &&
      `h.segment = (select n.segment from _segments n where n.name = $${values.push(segment)})`,
    before !== null && isBefore(`$${values.push(before)}::bigint`),
  ].filter((condition) => condition !== false);
  const rows = "_membership_moves h";
  const found = "_moved_members b join _membership_moves h on h.change between b.first and b.last";
  return await tx.rows<MemberMove>(
    `select case when h.entered then 'entered' else 'left' end as kind, move.change, h.at, s.name as segment,
            h.version, move.member, h.cause::text as cause, move.caused_by as "causedBy", move.until
       from ${member === null ? rows : found} join _segments s on s.segment = h.segment ${EACH_MOVE}
      ${conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`}
      order by ${orderOf({ segment, member })}
      limit $${values.push(limit)}`,
    values,
  );
}

/** Numbers below another one: the rows beyond it but for the one that it may lie in are not looked at. */
function isBefore(number: string): string {
  return `move.change < ${number} and h.change <= coalesce((select min(n.change) from _membership_moves n
                                                     where n.change >= ${number}), ${number})`;
}

/** Instants and numbers grow together; each of the three orders begins with that of an index. */
function orderOf({ segment, member }: Pick<HistoryRange, "segment" | "member">): string {
  if (member !== null) {
    return "b.last desc, move.change desc";
  }
  return segment === null
    ? "h.change desc, move.change desc"
    : "h.at desc, h.change desc, move.change desc";
}

interface SwitchRow {
  readonly change: bigint;
  readonly at: Date;
  readonly segment: string;
  readonly version: number;
  readonly entered: Buffer;
  readonly left: Buffer;
}

const PARTS_PER_BATCH = 50;

/** Versions that took the place of others, newest first. */
export async function selectVersionMoves(
  tx: Transaction,
  range: HistoryRange,
): Promise<readonly VersionMove[]> {
  const found: VersionMove[] = [];
  for await (const { entered, left, ...row } of switchParts(tx, range)) {
    const last = found.at(-1);
    const isNext = last?.change === row.change;
    if (!isNext && found.length === range.limit) {
      break;
    }
    const sum = isNext ? found.pop() : undefined;
    found.push({
      kind: "switched",
      ...row,
      entered: (sum?.entered ?? 0) + countIds(entered),
      left: (sum?.left ?? 0) + countIds(left),
    });
  }
  return found;
}

/** How switches of versions moved one member, newest first. */
export async function selectMovesBySwitch(
  tx: Transaction,
  range: HistoryRange & { readonly member: bigint },
): Promise<readonly MemberMove[]> {
  const found: MemberMove[] = [];
  for await (const { entered, left, ...row } of switchParts(tx, range)) {
    for (const kind of ["entered", "left"] as const) {
      if (decodeIds(kind === "entered" ? entered : left).includes(range.member)) {
        const { member } = range;
        found.push({ kind, ...row, member, cause: "version", causedBy: null, until: null });
      }
    }
    if (found.length === range.limit) {
      break;
    }
  }
  return found;
}

async function* switchParts(
  tx: Transaction,
  { segment, before }: HistoryRange,
): AsyncIterable<SwitchRow> {
  const batches = tx.batches<SwitchRow>(
    `select w.change, w.at, s.name as segment, w.version, w.entered, w."left"
       from _membership_switches w join _segments s on s.segment = w.segment
      where ($1::text is null or s.name = $1) and ($2::bigint is null or w.change < $2)
      order by w.change desc, w.part`,
    [segment, before],
    PARTS_PER_BATCH,
  );
  for await (const parts of batches) {
    yield* parts;
  }
}
