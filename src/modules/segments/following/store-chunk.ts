import { must } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { customerDataset } from "../../contracts/index.ts";
import type { SegmentClient } from "../segments.ts";
import { lockPosition, readFollowed } from "../store/following.ts";
import { makeDue, selectMembers } from "../store/members.ts";
import { keptSlots, type ScannedMember } from "../store/scan.ts";
import { decide, type Evaluated, type MemberMove } from "./decide.ts";
import { evaluate } from "./evaluate.ts";
import type { PlannedSlot } from "./plan.ts";
import type { ScanOptions, TakenScan } from "./taken-scan.ts";
import { logDecisions, type LoggedDecisions, storeDecision } from "./store-decision.ts";
import { addChange, nothingTouched } from "./touched.ts";
import { reachOn, workOf } from "./work.ts";

/** Changes that are looked through at once for whom they concern. */
const CHANGES = 10_000;

const NOBODY: LoggedDecisions = { last: undefined, entered: 0, left: 0 };

/** Stores some answers of a scan that is over, in a transaction of its own, as far as they still hold. */
export async function storeChunk(
  { db, scope }: SegmentClient,
  { cause, onChunk, signal }: ScanOptions,
  scan: TakenScan & { readonly rows: readonly ScannedMember[] },
): Promise<LoggedDecisions> {
  const { subject, slots, head, rows } = scan;
  return await db.scoped(
    scope,
    async (tx) => {
      const position = must(await lockPosition(tx, true), "whoever waits gets the lock");
      await noteLater(tx, scan, position.cursor);
      const kept = await keptSlots(tx, slots);
      const followed = slots.filter(({ slot }) => kept.has(slot));
      const isLater = ({ member }: ScannedMember): boolean => scan.later.members.has(member);
      await leave(tx, subject.subject, rows.filter(isLater));
      const fresh = rows.filter((row) => !isLater(row));
      const members = fresh.map(({ member }) => member);
      const decision = decide({
        subject: subject.subject,
        members,
        stored: await selectMembers(tx, members),
        evaluated: answersOf(fresh),
        slots: followed,
        isAllTimed: subject.timed.every((slot) => followed.includes(slot)),
        passed: position.asOf ?? scan.asOf,
      });
      await storeDecision(tx, decision);
      await onChunk?.(tx, {
        subject: subject.dataset,
        to: must(rows.at(-1), "a chunk has members").member,
        head,
      });
      if (cause === "fill") {
        return NOBODY;
      }
      const asOf = position.asOf !== null && position.asOf > scan.asOf ? position.asOf : scan.asOf;
      const moves = await foretold(tx, scan, { moves: decision.moves, asOf });
      const reasonOf = () => ({ cause, causedBy: null });
      return await logDecisions(tx, { moves, reasonOf, asOf });
    },
    { signal, lockTimeoutMs: 0 },
  );
}

/**
 * Whoever changed since the scan is asked about again as a whole: followers asked only about what the
 * change concerned, which need not be what was scanned for.
 */
async function leave(
  tx: Transaction,
  subject: number,
  rows: readonly ScannedMember[],
): Promise<void> {
  if (rows.length > 0) {
    await makeDue(tx, { subject, members: rows.map(({ member }) => member) });
  }
}

function answersOf(rows: readonly ScannedMember[]): Map<bigint, Evaluated> {
  return new Map(
    rows.flatMap(({ member, bits, due }): [bigint, Evaluated][] =>
      bits === null ? [] : [[member, { bits, due, until: () => null }]],
    ),
  );
}

/** Until when the moves hold: not part of a scan, for which it would be most of what it brings. */
async function foretold(
  tx: Transaction,
  { plan }: TakenScan,
  { moves, asOf }: { readonly moves: readonly MemberMove[]; readonly asOf: Date },
): Promise<readonly MemberMove[]> {
  const timed = moves.filter(({ slot }) => slot.timed && slot.state === "live");
  const slots = [...new Set<PlannedSlot>(timed.map(({ slot }) => slot))];
  const members = [...new Set(timed.map(({ member }) => member))];
  const answers =
    members.length === 0 ? new Map() : await evaluate(tx, plan, { slots, members, asOf });
  return moves.map((move) => ({
    ...move,
    until: answers.get(move.member)?.until(move.slot.slot) ?? null,
  }));
}

/** Reads on in the changes that others have followed since the scan. */
async function noteLater(
  tx: Transaction,
  { plan, later }: TakenScan,
  cursor: bigint,
): Promise<void> {
  const customers = customerDataset(plan.catalogue)?.name ?? "";
  while (later.seen < cursor) {
    const range = { after: later.seen, upTo: cursor, limit: CHANGES };
    const entries = await readFollowed(tx, range);
    const touched = nothingTouched(plan.watched);
    for (const entry of entries) {
      addChange(touched, entry, customers);
    }
    const reached = await reachOn(tx, plan, { touched, after: later.seen });
    for (const { members } of workOf(plan, reached)) {
      for (const member of members.keys()) {
        later.members.add(member);
      }
    }
    later.seen = entries.length < CHANGES ? cursor : (entries.at(-1)?.change ?? cursor);
  }
}
