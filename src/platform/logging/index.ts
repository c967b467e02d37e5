/** Structured logs that cannot hold personal data. */
export { createLog, type Log, type LogFields, type LogOptions } from "./log.ts";
