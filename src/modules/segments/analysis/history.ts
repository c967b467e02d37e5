/** What happened to a segment, or to a member, newest first. */
import { NotFoundError } from "../../../kernel/index.ts";
import type { SegmentClient } from "../segments.ts";
import {
  selectMoves,
  selectMovesBySwitch,
  selectVersionMoves,
  type MemberMove,
  type VersionMove,
} from "../store/history.ts";
import { selectPast } from "../store/past.ts";
import { requireEverything, type CountsView } from "./counts-view.ts";

export type HistoryEntry = MemberMove | VersionMove;

export interface HistoryPage {
  /** Newest first. */
  readonly entries: readonly HistoryEntry[];
  /** What to pass as `before` for the next page; undefined when this is the last. */
  readonly next: bigint | undefined;
}

/**
 * Entries and exits of a segment, of a member or of all, with cause and version. Of one member also those
 * that a switch of versions brought about; otherwise a switch is one entry with its counts. Being in when
 * a segment first came into force is no entry.
 * @throws NotFoundError `segment-not-found`
 * @throws ForbiddenError `counts-only`: the counts of a course are what `trend` answers
 */
export async function history(
  client: SegmentClient,
  question: {
    readonly segment?: string | undefined;
    readonly member?: bigint | undefined;
    readonly before?: bigint | undefined;
    readonly limit: number;
    readonly view: CountsView;
  },
): Promise<HistoryPage> {
  requireEverything(question.view, "the history of single members");
  const { segment = null, member, before = null, limit } = question;
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      if (segment !== null && (await selectPast(tx, segment)) === undefined) {
        const message = `there is no segment ${JSON.stringify(segment)}`;
        throw new NotFoundError("segment-not-found", message);
      }
      const range = { segment, member: member ?? null, before, limit: limit + 1 };
      const moves = await selectMoves(tx, range);
      const switches =
        member === undefined
          ? await selectVersionMoves(tx, range)
          : await selectMovesBySwitch(tx, { ...range, member });
      const found = [...moves, ...switches].toSorted((left, right) =>
        Number(right.change - left.change),
      );
      const entries = found.slice(0, limit);
      return { entries, next: found.length > limit ? entries.at(-1)?.change : undefined };
    },
    { readOnly: true, isolation: "repeatable read" },
  );
}
