import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import type { Criteria, SegmentResolver } from "../../criteria/index.ts";
import type { SegmentDefinition } from "../definition.ts";
import { VersionBook } from "../versions/version-book.ts";
import { selectBodies } from "./definitions.ts";

/** A version of a segment whose membership is kept. */
export interface LiveSlot {
  /** The bit of `_members` that says who is in. */
  readonly slot: number;
  /** The segment's short id. */
  readonly segment: number;
  readonly name: string;
  readonly version: number;
  /** The dataset whose rows are its members. */
  readonly subject: string;
  readonly subjectId: number;
  /** `filling`: evaluated, stored and counted, but not in force: nobody is told who is in. */
  readonly state: "filling" | "live";
  readonly criteria: Criteria;
  /** The versions of the segments that stand inside, at any depth, by name. */
  readonly nested: Readonly<Record<string, number>>;
}

/** A slot that cannot be evaluated: its criteria do not fit the contract in force. */
export interface UnreadableSlot {
  readonly slot: number;
  readonly name: string;
  readonly version: number;
  /** Without values. */
  readonly reason: unknown;
}

export interface SlotBook {
  /** By slot, ascending. */
  readonly slots: readonly LiveSlot[];
  readonly unreadable: readonly UnreadableSlot[];
  /** What `in_segment` means inside the criteria. */
  readonly segments: SegmentResolver;
}

type SlotRow = Omit<LiveSlot, "criteria">;

/** Every slot whose members are kept right, with its criteria as the contract reads them. */
export async function readSlots(tx: Transaction, catalogue: Catalogue): Promise<SlotBook> {
  const rows = await tx.rows<SlotRow>(
    `select v.slot, v.segment, s.name, v.version, j.dataset as subject, v.subject as "subjectId", v.state, v.nested
       from _segment_versions v
       join _segments s on s.segment = v.segment
       join _member_subjects j on j.subject = v.subject
      where v.state in ('filling', 'live')
      order by v.slot`,
  );
  const book = new VersionBook(catalogue, await readBodies(tx, rows), await readPinned(tx));
  const slots: LiveSlot[] = [];
  const unreadable: UnreadableSlot[] = [];
  for (const row of rows) {
    try {
      slots.push({ ...row, criteria: book.criteria(row) });
    } catch (reason) {
      const { slot, name, version } = row;
      unreadable.push({ slot, name, version, reason });
    }
  }
  return { slots, unreadable, segments: book.resolve };
}

/** The definitions of versions and of those that stand inside them. */
async function readBodies(
  tx: Transaction,
  versions: readonly SlotRow[],
): Promise<ReadonlyMap<string, SegmentDefinition>> {
  const inside = versions.flatMap(({ nested }) =>
    Object.entries(nested).map(([name, version]) => ({ name, version })),
  );
  return await selectBodies(tx, [...versions, ...inside]);
}

/** Segments with a pin that nobody removed. */
async function readPinned(tx: Transaction): Promise<ReadonlySet<string>> {
  const rows = await tx.rows<{ segment: string }>(
    "select distinct segment from _pins where removed_at is null",
  );
  return new Set(rows.map(({ segment }) => segment));
}
