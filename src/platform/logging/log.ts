import { type DestinationStream, destination, pino } from "pino";
import { WaybillError } from "../../kernel/index.ts";
import type { LogLevel } from "../config.ts";
import { fitFields, type LogFields } from "./fields.ts";

export type { LogFields } from "./fields.ts";

/** `event` is a constant of the code, past tense, for example `intake-published`. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  /**
   * Of our own errors kind, code and message; of others, whose messages may hold values, name and stack.
   * @param error undefined: the event says it all
   */
  error(event: string, error: unknown, fields?: LogFields): void;
  /** A log whose every line has these fields as well. */
  with(fields: LogFields): Log;
}

export interface LogOptions {
  /** Default `info`. */
  readonly level?: LogLevel | undefined;
  /** Where the lines go; default standard error, so that standard output stays the program's result. */
  readonly to?: DestinationStream | undefined;
}

/** Opens a log: one JSON object a line, with time (ISO), level and event. */
export function createLog(options: LogOptions = {}): Log {
  const standardError = 2;
  const lines = pino(
    {
      level: options.level ?? "info",
      messageKey: "event",
      timestamp: pino.stdTimeFunctions.isoTime,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.to ?? destination({ dest: standardError, sync: true }),
  );
  return logTo(lines, {});
}

function logTo(lines: pino.Logger, common: LogFields): Log {
  const fit = (fields: LogFields = {}): object => fitFields({ ...common, ...fields });
  return {
    debug: (event, fields) => lines.debug(fit(fields), event),
    info: (event, fields) => lines.info(fit(fields), event),
    warn: (event, fields) => lines.warn(fit(fields), event),
    error: (event, error, fields) =>
      lines.error(
        { ...fit(fields), ...(error === undefined ? {} : { error: describeError(error) }) },
        event,
      ),
    with: (fields) => logTo(lines, { ...common, ...fields }),
  };
}

interface ErrorDescription {
  readonly name: string;
  readonly kind?: string;
  readonly code?: string;
  readonly message?: string;
  readonly stack?: readonly string[];
  readonly cause?: ErrorDescription;
}

function describeError(error: unknown): ErrorDescription {
  if (error instanceof WaybillError) {
    const { name, kind, code, message } = error;
    return { name, kind, code, message, ...describeCause(error) };
  }
  if (error instanceof Error) {
    return { name: error.name, stack: stackFrames(error), ...describeCause(error) };
  }
  return { name: typeof error };
}

function describeCause(error: Error): { readonly cause?: ErrorDescription } {
  return error.cause === undefined ? {} : { cause: describeError(error.cause) };
}

/** The frames without the lines before them: those repeat the message, which may hold values. */
function stackFrames({ stack = "" }: Error): string[] {
  return stack
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^at .+:\d+:\d+\)?$/.test(line));
}
