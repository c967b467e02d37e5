/**
 * When scheduled routes run: the decision, without clock and database.
 *
 * A cron expression names local times of the client's zone. Where a change of the clock skips such a
 * time, the run falls on the end of the gap; where it repeats one, the run falls on the first of both.
 * Either way a daily route runs once a day.
 */
import { Cron } from "croner";

/** A route that the definitions in force give a schedule. */
export interface ScheduledRoute {
  readonly client: string;
  readonly route: string;
  readonly cron: string;
  /** IANA name. */
  readonly timeZone: string;
}

/** A scheduled route with the instant it is due; null when its schedule has no further run. */
export interface RouteSchedule extends ScheduledRoute {
  readonly nextAt: Date | null;
}

/** The first instant strictly after `after` that the schedule names; null when there is none. */
export function nextRun(
  { cron, timeZone }: Pick<ScheduledRoute, "cron" | "timeZone">,
  after: Date,
): Date | null {
  return new Cron(cron, { timezone: timeZone, paused: true }).nextRun(after);
}

/** What a look at the clock leads to. */
export interface ScheduleDecision {
  /** To be delivered now. */
  readonly due: readonly RouteSchedule[];
  /** To be kept in place of what was stored, where that differs. */
  readonly kept: readonly RouteSchedule[];
  /** Stored, and scheduled no longer. */
  readonly dropped: readonly RouteSchedule[];
  /** The earliest instant at which anything is due; undefined when nothing ever is. */
  readonly wakeAt: Date | undefined;
}

/**
 * Decides what is due. However many runs were missed while nobody looked, a route is due once: a list
 * that was not sent on Monday and Tuesday is wanted once on Wednesday. A route whose schedule was
 * changed begins anew from `now`: what the old schedule missed, the new one does not owe.
 */
export function decideSchedules(
  stored: readonly RouteSchedule[],
  wanted: readonly ScheduledRoute[],
  now: Date,
): ScheduleDecision {
  const known = new Map(stored.map((one) => [routeKey(one), one]));
  const due: RouteSchedule[] = [];
  const kept: RouteSchedule[] = [];
  const instants: number[] = [];
  for (const route of wanted) {
    const before = known.get(routeKey(route));
    known.delete(routeKey(route));
    const isUnchanged = before?.cron === route.cron && before.timeZone === route.timeZone;
    const isDue = isUnchanged && before.nextAt !== null && before.nextAt <= now;
    const nextAt = isUnchanged && !isDue ? before.nextAt : nextRun(route, now);
    if (isDue) {
      due.push(before);
    }
    if (isDue || !isUnchanged) {
      kept.push({ ...route, nextAt });
    }
    if (nextAt !== null) {
      instants.push(nextAt.getTime());
    }
  }
  const wakeAt = instants.length === 0 ? undefined : new Date(Math.min(...instants));
  return { due, kept, dropped: [...known.values()], wakeAt };
}

/** Names a route among those of all clients, for example `telecom/retention-list`. */
export function routeKey({ client, route }: Pick<ScheduledRoute, "client" | "route">): string {
  return `${client}/${route}`;
}
