import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { NotFoundError, UnavailableError } from "../../kernel/index.ts";
import { randomId } from "../crypto/index.ts";
import type { Log } from "../logging/index.ts";
import { Metrics } from "./metrics.ts";
import { problemFrom } from "./problem.ts";

const defaultBodyBytes = 1024 * 1024;
const requestTimeoutMs = 60_000;
const readinessTimeoutMs = 5_000;
const retryAfterSeconds = 5;
const internalError = 500;

export interface HttpServerOptions {
  readonly log: Log;
  /** Throws when the process cannot do its work at present; asked by `/readyz`. */
  readonly checkReady: () => Promise<void>;
  readonly metrics?: Metrics | undefined;
  /** The largest body taken. Default 1 MiB. */
  readonly bodyBytes?: number | undefined;
}

/** A server that listens once told to. */
export interface HttpServer extends AsyncDisposable {
  /** Where routes are added, before `listen`. */
  readonly app: FastifyInstance;
  /** Starts to listen. Default 127.0.0.1 and any free port. Returns the address as a URL. */
  listen(options?: { readonly host?: string; readonly port?: number }): Promise<string>;
}

/**
 * Makes a server with `/healthz` (the process lives), `/readyz` (it can work) and `/metrics`. Errors
 * become problem details; requests are logged by route, status and duration, never by address.
 * Disposing of it answers what is under way and takes nothing new.
 */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { log, checkReady, metrics = new Metrics(), bodyBytes = defaultBodyBytes } = options;
  const app = fastify({
    logger: false,
    bodyLimit: bodyBytes,
    requestTimeout: requestTimeoutMs,
    genReqId: randomId,
    // While closing, connections that wait for a next request would otherwise hold the end up.
    forceCloseConnections: "idle",
    return503OnClosing: true,
  });
  app.addHook("onRequest", (request, reply, done) => {
    void reply.header("request-id", request.id);
    done();
  });
  closeConnectionsAtEnd(app);
  app.addHook("onResponse", (request, reply, done) => {
    observe(request, reply, { log, metrics });
    done();
  });
  app.setErrorHandler((error, request, reply) => answerError(error, request, { reply, log }));
  app.setNotFoundHandler((request, reply) => {
    const error = new NotFoundError("http-no-route", "there is no such address");
    answerError(error, request, { reply, log });
  });
  addOperationsRoutes(app, { checkReady, metrics });
  return {
    app,
    listen: ({ host = "127.0.0.1", port = 0 } = {}) => app.listen({ host, port }),
    [Symbol.asyncDispose]: () => app.close(),
  };
}

/** An answer that is given while closing ends its connection, which would else be kept for a next request. */
function closeConnectionsAtEnd(app: FastifyInstance): void {
  let isClosing = false;
  app.addHook("preClose", (done) => {
    isClosing = true;
    done();
  });
  app.addHook("onSend", (_request, reply) => {
    if (isClosing) {
      void reply.header("connection", "close");
    }
    return Promise.resolve();
  });
}

function observe(
  request: FastifyRequest,
  reply: FastifyReply,
  { log, metrics }: { log: Log; metrics: Metrics },
): void {
  const route = request.routeOptions.url ?? "unknown";
  const { method } = request;
  const status = reply.statusCode;
  metrics.request({ method, route, status, seconds: reply.elapsedTime / 1_000 });
  log.debug("http-answered", {
    method,
    route,
    status,
    durationMs: Math.round(reply.elapsedTime),
    requestId: request.id,
  });
}

function answerError(
  error: unknown,
  request: FastifyRequest,
  { reply, log }: { reply: FastifyReply; log: Log },
): void {
  const problem = problemFrom(error, request.id);
  if (problem.status >= internalError) {
    log.error("http-failed", error, { requestId: request.id, status: problem.status });
  }
  if (problem.status === 503) {
    void reply.header("retry-after", String(retryAfterSeconds));
  }
  void reply
    .code(problem.status)
    .header("content-type", "application/problem+json")
    .send(JSON.stringify(problem));
}

function addOperationsRoutes(
  app: FastifyInstance,
  { checkReady, metrics }: { checkReady: () => Promise<void>; metrics: Metrics },
): void {
  app.get("/healthz", () => ({ status: "alive" }));
  app.get("/readyz", async () => {
    await withinTime(checkReady());
    return { status: "ready" };
  });
  app.get("/metrics", async (_request, reply) => {
    const { body, contentType } = await metrics.text();
    void reply.header("content-type", contentType);
    return body;
  });
}

/** A check that hangs is an answer too: whoever asks must not hang with it. */
async function withinTime(check: Promise<void>): Promise<void> {
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new UnavailableError("not-ready", "the check of readiness does not come to an end"));
  }, readinessTimeoutMs);
  try {
    await Promise.race([check, expired]);
  } finally {
    clearTimeout(timer);
  }
}
