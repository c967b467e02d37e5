/** A store of the composition root: schedules span clients, so no module can own them. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { RouteSchedule } from "../schedule.ts";

/**
 * Takes the turn to look at the clock until the transaction ends.
 * @returns false when another process has it
 */
export async function tryScheduling(tx: Transaction): Promise<boolean> {
  const { taken } = await tx.row<{ taken: boolean }>(
    "select pg_try_advisory_xact_lock(hashtextextended('waybill.route_schedules', 0)) as taken",
  );
  return taken;
}

/** Every schedule as it was last kept, by client and route. */
export async function selectSchedules(tx: Transaction): Promise<RouteSchedule[]> {
  return await tx.rows<RouteSchedule>(
    `select client, route, cron, time_zone as "timeZone", next_at as "nextAt"
       from route_schedules order by client, route`,
  );
}

/** Keeps schedules in place of those of the same routes. */
export async function upsertSchedules(
  tx: Transaction,
  schedules: readonly RouteSchedule[],
): Promise<void> {
  await tx.run(
    `insert into route_schedules (client, route, cron, time_zone, next_at)
     select client, route, cron, time_zone, next_at
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
            as kept (client, route, cron, time_zone, next_at)
     on conflict (client, route) do update
        set cron = excluded.cron, time_zone = excluded.time_zone, next_at = excluded.next_at`,
    [
      schedules.map((one) => one.client),
      schedules.map((one) => one.route),
      schedules.map((one) => one.cron),
      schedules.map((one) => one.timeZone),
      schedules.map((one) => one.nextAt),
    ],
  );
}

/** Forgets the schedules of these routes. */
export async function deleteSchedules(
  tx: Transaction,
  schedules: readonly RouteSchedule[],
): Promise<void> {
  await tx.run(
    `delete from route_schedules
      where (client, route) in (select client, route from unnest($1::text[], $2::text[]) as gone (client, route))`,
    [schedules.map((one) => one.client), schedules.map((one) => one.route)],
  );
}
