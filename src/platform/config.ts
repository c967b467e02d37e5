/**
 * The only reader of the environment. What is not set is undefined, and an empty variable counts as
 * not set, as `VAR= command` means it.
 */
import { z } from "zod";
import { InvalidInputError } from "../kernel/index.ts";

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** What the environment says. */
export interface Config {
  /** `DATABASE_URL`: a PostgreSQL of the operator's; without it the embedded one is used. */
  readonly databaseUrl: string | undefined;
  /** `WAYBILL_DATA`: the data directory. */
  readonly dataDir: string | undefined;
  /** `WAYBILL_LOG`: how much is logged. Default `info`. */
  readonly logLevel: LogLevel;
}

type Environment = Readonly<Record<string, string | undefined>>;

const databaseUrl = z.url({ protocol: /^postgres(?:ql)?$/ });
const logLevel = z.enum(logLevels);

/**
 * Reads the environment of the process.
 * @throws InvalidInputError naming every variable that is unfit, without its value: it may hold a password
 */
export function readConfig(environment: Environment = process.env): Config {
  const url = variable(environment, "DATABASE_URL");
  const level = variable(environment, "WAYBILL_LOG") ?? "info";
  const issues = [];
  if (url !== undefined && !databaseUrl.safeParse(url).success) {
    issues.push({
      at: "DATABASE_URL",
      message: "is not the URL of a PostgreSQL database",
      hint: "write it as postgres://user:password@host:5432/database",
    });
  }
  const parsedLevel = logLevel.safeParse(level);
  if (!parsedLevel.success) {
    issues.push({
      at: "WAYBILL_LOG",
      message: "is not a level of the log",
      hint: `use one of ${logLevels.join(", ")}`,
    });
  }
  if (issues.length > 0 || !parsedLevel.success) {
    throw new InvalidInputError("environment", "the environment cannot be used", issues);
  }
  return {
    databaseUrl: url,
    dataDir: variable(environment, "WAYBILL_DATA"),
    logLevel: parsedLevel.data,
  };
}

/**
 * The value of one variable, for definitions that say where a secret is (`env:NAME`).
 * Returns undefined when it is not set.
 */
export function environmentVariable(name: string): string | undefined {
  return variable(process.env, name);
}

function variable(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === undefined || value === "" ? undefined : value;
}
