/** The process that serves: HTTP, and unless told otherwise the jobs and the scheduler. */
import { once } from "node:events";
import {
  ConflictError,
  InvalidInputError,
  UnavailableError,
  type WaybillError,
} from "../../kernel/index.ts";
import { createHttpServer, type HttpServer, Metrics } from "../../platform/http/index.ts";
import { prepareJobs } from "../../platform/jobs/index.ts";
import type { Log } from "../../platform/logging/index.ts";
import type { Context } from "../context.ts";
import { endInterrupted } from "../worker/interrupted.ts";
import { startWorking } from "../worker/start.ts";
import { addOverviewRoute } from "./overview-route.ts";
import { openCosigner } from "../witnessing.ts";
import { RowCounter } from "./row-counter.ts";
import { observeJobs } from "./job-metrics.ts";
import { serverVersion } from "./store/figures.ts";
import { addWitnessRoute } from "./witness-route.ts";

export interface ServeOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Whether this process runs jobs and follows schedules. */
  readonly workers: boolean;
  readonly log: Log;
  /** Aborting ends the server in an orderly way. */
  readonly signal: AbortSignal;
  /** Called once, when everything has started, with the address as a URL. */
  readonly onListening: (url: string) => void;
}

/**
 * Serves until the signal is aborted. Then takes no new request, answers those under way, and hands
 * running jobs back to the queue, which runs them again when somebody serves.
 * @throws ConflictError `port-in-use`
 * @throws InvalidInputError `host-unknown` or `port-forbidden` when it cannot listen there
 * @throws UnavailableError `workers-lost` when the database took the workers for dead
 */
export async function serve(context: Context, options: ServeOptions): Promise<void> {
  const { log, signal, host, port } = options;
  await using stack = new AsyncDisposableStack();
  let isStarted = false;
  const metrics = new Metrics();
  const checkStarted = (): void => {
    if (!isStarted) {
      throw new UnavailableError("starting", "the server is starting");
    }
  };
  const http = stack.use(makeServer(context, { log, metrics, checkStarted }));
  // First of all, so that a second server on the same port has touched nothing when it is refused.
  const url = await listen(http, { host, port });
  await prepareJobs(context.databaseUrl);
  await endInterrupted({ ...context, log });
  const workers = options.workers
    ? stack.use(await startWorking(context, { log, metrics }))
    : undefined;
  isStarted = true;
  options.onListening(url);
  await untilEnd(signal, workers?.stopped);
}

function makeServer(
  context: Context,
  {
    log,
    metrics,
    checkStarted,
  }: { readonly log: Log; readonly metrics: Metrics; readonly checkStarted: () => void },
): HttpServer {
  const { db, clock } = context;
  const http = createHttpServer({
    log,
    metrics,
    checkReady: async () => {
      checkStarted();
      await db.control(serverVersion, { readOnly: true });
    },
  });
  observeJobs(http.app, metrics, db);
  addOverviewRoute(http.app, { db, clock, counter: new RowCounter() });
  addWitnessRoute(http.app, async () => ({ db, clock, cosigner: await openCosigner(context) }));
  return http;
}

async function untilEnd(signal: AbortSignal, stopped: Promise<void> | undefined): Promise<void> {
  if (signal.aborted) {
    return;
  }
  const aborted = once(signal, "abort");
  const cause: unknown = await Promise.race([aborted, stopped ?? aborted]).catch(
    (error: unknown) => error,
  );
  if (!signal.aborted) {
    throw new UnavailableError(
      "workers-lost",
      "the connection of the workers to the database broke",
      { cause, hint: "their jobs go on elsewhere, or when waybill serve is started again" },
    );
  }
}

async function listen(
  http: HttpServer,
  place: { readonly host: string; readonly port: number },
): Promise<string> {
  try {
    return await http.listen(place);
  } catch (error) {
    throw listenError(error, place) ?? error;
  }
}

function listenError(
  error: unknown,
  { host, port }: { readonly host: string; readonly port: number },
): WaybillError | undefined {
  const options = { cause: error };
  switch (error instanceof Error ? Reflect.get(error, "code") : undefined) {
    case "EADDRINUSE":
      return new ConflictError("port-in-use", `port ${port} of ${host} is in use`, {
        ...options,
        hint: `stop what listens there, or take another: waybill serve --port ${port + 1}`,
      });
    case "EACCES":
      return new InvalidInputError("port-forbidden", `port ${port} may not be listened on`, [], {
        ...options,
        hint: "take a port from 1024 upwards",
      });
    case "ENOTFOUND":
    case "EADDRNOTAVAIL":
      return new InvalidInputError(
        "host-unknown",
        `${host} is not an address of this machine`,
        [],
        {
          ...options,
          hint: "use 127.0.0.1 for this machine alone, 0.0.0.0 for every network it is in",
        },
      );
    default:
      return undefined;
  }
}
