/** A segment's size, entries and exits over time. */
import { InvalidInputError, must } from "../../../kernel/index.ts";
import type { SegmentClient } from "../segments.ts";
import { selectBoundaries } from "../store/past.ts";
import type { CountsView } from "./counts-view.ts";
import { shownFlows } from "./flows.ts";
import { BEGINNING, checkNoted, PAST_SCAN, readPast } from "./past.ts";

/** A step of a trend; all but hours begin at the first instant of a day in the client's time zone. */
export type TrendStep = "hour" | "day" | "week" | "month";

/** What a step has; `members` at its end. */
export interface TrendPoint {
  /** The first instant of the step; it ends where the next one begins. */
  readonly from: Date;
  readonly to: Date;
  readonly members: number;
  /** Who was in when the segment came into force during the step, and is no entry. */
  readonly began: number;
  /** Entries during the step; a member that comes twice counts twice. */
  readonly entered: number;
  readonly left: number;
}

export interface Trend {
  readonly segment: string;
  /** IANA name of the zone in which the steps begin. */
  readonly timeZone: string;
  readonly step: TrendStep;
  /** When the segment first came into force. */
  readonly since: Date;
  /** Members when the first step begins. */
  readonly before: number;
  /** When versions came into force, and when the segment was archived, within the trend. */
  readonly versions: readonly {
    readonly version: number;
    readonly at: Date;
    readonly archived: boolean;
  }[];
  readonly points: readonly TrendPoint[];
}

/** Two years of days, a month of hours. */
const MOST_STEPS = 750;

/**
 * Size, entries and exits of a segment for each step, from the step that `from` is in to the one that `to`
 * is in. Steps that end before the segment came into force are left out.
 * @param question `to`: at most the present, or the end of the last step promises what is not known
 * @throws NotFoundError `segment-not-found`
 * @throws ConflictError `segment-filling` or `segment-switching`
 * @throws InvalidInputError `trend-range` when the range is empty or has too many steps
 */
export async function trend(
  client: SegmentClient,
  question: {
    readonly segment: string;
    readonly from: Date;
    readonly to: Date;
    readonly step: TrendStep;
    readonly view: CountsView;
  },
): Promise<Trend> {
  const { segment, from, to, step, view } = question;
  const { timeZone } = client.catalogue;
  if (to < from) {
    throw new InvalidInputError("trend-range", "the trend ends before it begins", [], {
      hint: "name the earlier instant first",
    });
  }
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const past = await readPast(tx, segment);
      checkNoted(past, BEGINNING);
      const since = must(past.standings[0], "a segment in force has a first version").at;
      const begin = from < since ? since : from;
      const range = { from: begin, to, step, timeZone, most: MOST_STEPS + 1 };
      const starts = await selectBoundaries(tx, range);
      if (starts.length > MOST_STEPS) {
        const message = `the trend would have more than ${MOST_STEPS} steps`;
        throw new InvalidInputError("trend-range", message, [], { hint: "take longer steps" });
      }
      const boundaries = [...starts, new Date(to.getTime() + 1)];
      const flows = await shownFlows(tx, past, { boundaries, view });
      return {
        segment,
        timeZone,
        step,
        since,
        before: flows[0]?.members ?? 0,
        versions: past.standings
          .filter(({ at }) => at >= (starts[0] ?? to) && at <= to)
          .map(({ version, at, isRemoval }) => ({ version, at, archived: isRemoval })),
        points: starts.map((start, index) => ({
          from: start,
          to: boundaries[index + 1] ?? to,
          ...must(flows[index + 1], "every boundary begins a step"),
        })),
      };
    },
    PAST_SCAN,
  );
}
