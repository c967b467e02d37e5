import type { Logger, run, runMigrations } from "graphile-worker";

/** What is used of graphile-worker. */
export interface QueueLibrary {
  readonly run: typeof run;
  readonly runMigrations: typeof runMigrations;
  /**
   * The queue's own lines repeat the messages of errors, which may hold values of records. What
   * happens to a job is logged by the workers, by its number.
   */
  readonly quietLogger: Logger;
}

/** Loading it takes 0.1 s of processor time: commands that only look at jobs, or for them, do without it. */
export async function loadQueueLibrary(): Promise<QueueLibrary> {
  const { Logger, run, runMigrations } = await import("graphile-worker");
  return { run, runMigrations, quietLogger: new Logger(() => () => {}) };
}
