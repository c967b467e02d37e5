/** What came into force when, and who entered and left with it. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { straightToLog } from "../../customers/index.ts";
import { countIds, encodeIds } from "../membership/id-list.ts";
import { EACH_MOVE } from "./moves.ts";

/** First key of the advisory lock, arbitrary and constant; the customers' is the neighbour. */
const VERSIONS_LOCK = 7_203;

/** Waits for the turn to settle a client's versions, and keeps it until the transaction ends. */
export async function lockVersions(tx: Transaction): Promise<void> {
  await tx.run("select pg_advisory_xact_lock($1, hashtext(current_schema()))", [VERSIONS_LOCK]);
}

/** A version that came into force. */
export interface SwitchEntry {
  readonly name: string;
  readonly version: number;
}

/**
 * Logs that versions came into force. Takes the head of the log: near the end of a transaction.
 * @returns the numbers of the entries, by name
 */
export async function logSwitches(
  tx: Transaction,
  entries: readonly SwitchEntry[],
  { at, actor }: { readonly at: Date; readonly actor: string },
): Promise<ReadonlyMap<string, bigint>> {
  const sink = straightToLog({ at, intake: null, actor });
  const own = sink.values.length;
  const { first } = await tx.row<{ first: bigint | null }>(
    `with noted (kind, dataset, row_id, customer, fields) as (
       select 'segment-switched'::_change_kind, name, version, null::bigint, null::text[]
         from unnest($${own + 1}::text[], $${own + 2}::bigint[]) w (name, version)
     ), ${sink.entries}
     select min(change) as first from entries`,
    [
      ...sink.values,
      entries.map(({ name }) => name),
      entries.map(({ version }) => BigInt(version)),
    ],
  );
  // The head of the log is locked: from the first on, all entries are of this transaction.
  const rows = await tx.rows<{ name: string; change: bigint }>(
    "select dataset as name, change from _changes where change >= $1 and kind = 'segment-switched'",
    [first],
  );
  return new Map(rows.map(({ name, change }) => [name, change]));
}

/** A switch from one version of a segment to the next. */
export interface Switch {
  readonly segment: number;
  /** The version that came into force. */
  readonly version: number;
}

/** Notes that versions took the place of others; who entered and left is noted by {@link insertMoves}. */
export async function insertSwitches(
  tx: Transaction,
  switches: readonly (Switch & { readonly change: bigint })[],
  at: Date,
): Promise<void> {
  await tx.run(
    `insert into _membership_switches (segment, version, part, at, change, entered, "left")
     select segment, version, 0, $4, change, ''::bytea, ''::bytea
       from unnest($1::integer[], $2::integer[], $3::bigint[]) w (segment, version, change)`,
    [
      switches.map(({ segment }) => segment),
      switches.map(({ version }) => version),
      switches.map(({ change }) => change),
      at,
    ],
  );
}

/** A member that the switch moved. */
interface Move {
  readonly member: bigint;
  readonly entered: boolean;
}

/** So many members a part: a question about one member then reads some kilobytes. */
const MOVES_PER_PART = 5_000;

const bitOf = (slot: string): string =>
  `case when length(m.bits) * 8 > ${slot} then get_bit(m.bits, ${slot}) = 1 else false end`;

/**
 * Compares the bits of the version that retired, which stand since the switch, with those of its
 * successor at the switch: its bits in this snapshot, but for members with later history the opposite of
 * the first entry.
 */
const MOVES = `
  with since as (
    select move.member, not (array_agg(h.entered order by move.change))[1] as was_in
      from _membership_moves h ${EACH_MOVE}
     where h.segment = $3 and h.version = $4 and h.change > $5
     group by move.member
  ), both_sides as (
    select m.member, ${bitOf("$1::integer")} as was_in,
           coalesce(s.was_in, $2::integer is not null and ${bitOf("$2::integer")}) as is_in
      from _members m left join since s on s.member = m.member
    union all
    select s.member, false, s.was_in
      from since s where not exists (select from _members m where m.member = s.member)
  )
  select member, is_in as entered from both_sides where was_in <> is_in order by member`;

/**
 * Notes who entered and left by a switch. Everything in one snapshot: run it in `repeatable read`.
 * @param slots of the version that retired, and of its successor; null: the segment was removed
 * @returns how many entered and left
 */
export async function insertMoves(
  tx: Transaction,
  { segment, version }: Switch,
  slots: { readonly before: number; readonly after: number | null },
): Promise<{ readonly entered: number; readonly left: number }> {
  const { at, change } = await tx.row<{ at: Date; change: bigint }>(
    "select at, change from _membership_switches where segment = $1 and version = $2 and part = 0",
    [segment, version],
  );
  const counts = { entered: 0, left: 0 };
  let part = 0;
  const values = [slots.before, slots.after, segment, version, change];
  for await (const moves of tx.batches<Move>(MOVES, values, MOVES_PER_PART)) {
    const entered = moves.filter((move) => move.entered).map(({ member }) => member);
    const left = moves.filter((move) => !move.entered).map(({ member }) => member);
    await tx.run(
      `insert into _membership_switches (segment, version, part, at, change, entered, "left")
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (segment, version, part) do update set entered = excluded.entered, "left" = excluded."left"`,
      [segment, version, part, at, change, encodeIds(entered), encodeIds(left)],
    );
    counts.entered += entered.length;
    counts.left += left.length;
    part += 1;
  }
  return counts;
}

/** How many each switch of a segment moved. */
export interface SwitchCount {
  readonly version: number;
  readonly entered: number;
  readonly left: number;
}

export async function selectSwitchCounts(
  tx: Transaction,
  name: string,
): Promise<readonly SwitchCount[]> {
  const parts = await tx.rows<{ version: number; entered: Buffer; left: Buffer }>(
    `select w.version, w.entered, w."left"
       from _membership_switches w join _segments s on s.segment = w.segment
      where s.name = $1 order by w.version, w.part`,
    [name],
  );
  return [...Map.groupBy(parts, ({ version }) => version)].map(([version, group]) => ({
    version,
    entered: group.reduce((sum, part) => sum + countIds(part.entered), 0),
    left: group.reduce((sum, part) => sum + countIds(part.left), 0),
  }));
}
