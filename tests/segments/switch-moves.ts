import { decodeIds } from "../../src/modules/segments/membership/id-list.ts";
import type { SegmentClient } from "../../src/modules/segments/segments.ts";

/** Whom a switch moved, as stored. */
export async function selectSwitchMoves(
  { db, scope }: SegmentClient,
  segment: string,
  version: number,
): Promise<{ readonly entered: readonly number[]; readonly left: readonly number[] }> {
  const parts = await db.scoped(scope, (tx) =>
    tx.rows<{ entered: Buffer; left: Buffer }>(
      `select w.entered, w."left" from _membership_switches w join _segments s on s.segment = w.segment
        where s.name = $1 and w.version = $2 order by w.part`,
      [segment, version],
    ),
  );
  return {
    entered: parts.flatMap(({ entered }) => decodeIds(entered)).map(Number),
    left: parts.flatMap(({ left }) => decodeIds(left)).map(Number),
  };
}
