/** HTTP: one way to make a server, and the one mapping from errors to answers. */
export { createHttpServer, type HttpServer, type HttpServerOptions } from "./server.ts";
export { Metrics } from "./metrics.ts";
export { problemFrom, type Problem } from "./problem.ts";
