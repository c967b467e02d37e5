import { type Client, readDefinitions } from "../../modules/contracts/index.ts";
import { type RouteDefinition, routeSchema } from "../../modules/distribution/index.ts";
import type { Transaction } from "../../platform/postgres/index.ts";
import type { ScheduledRoute } from "./schedule.ts";

/**
 * The routes in force. One that this version cannot read is left out: one client's definition must not
 * stand in the way of the others, and a delivery of it says what is wrong.
 * @param tx a transaction in the client's scope
 */
export async function readRoutes(tx: Transaction): Promise<RouteDefinition[]> {
  const stored = await readDefinitions(tx, "route");
  return stored.flatMap(({ body }) => {
    const route = routeSchema.safeParse(body);
    return route.success ? [route.data] : [];
  });
}

/** Those of a client's routes that have a schedule, which is in the client's time zone. */
export function scheduledRoutes(
  { key, catalogue }: Client,
  routes: readonly RouteDefinition[],
): ScheduledRoute[] {
  return routes.flatMap(({ route, schedule }) =>
    schedule === undefined
      ? []
      : [{ client: key, route, cron: schedule.cron, timeZone: catalogue.timeZone }],
  );
}
