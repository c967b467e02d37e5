import type { HttpServer, Metrics } from "../../platform/http/index.ts";
import type { Database } from "../../platform/postgres/index.ts";
import { countJobs } from "./store/figures.ts";

/** Adds the number of jobs in each state to the metrics; read when somebody asks for them. */
export function observeJobs(app: HttpServer["app"], metrics: Metrics, db: Database): void {
  const gauge = metrics.gauge({
    name: "waybill_jobs",
    help: "Jobs by state",
    labels: ["state"],
  });
  app.addHook("preHandler", async (request) => {
    if (request.routeOptions.url === "/metrics") {
      gauge.reset();
      // Where the database does not answer, the process's own figures are wanted all the more.
      const counts = await db.control(countJobs, { readOnly: true }).catch(() => ({}));
      for (const [state, count] of Object.entries(counts)) {
        gauge.set({ state }, count);
      }
    }
  });
}
