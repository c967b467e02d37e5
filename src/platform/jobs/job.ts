import type { z } from "zod";

export type JobState = "queued" | "running" | "succeeded" | "failed" | "cancelled";

/** How far a job is: `done` of `total` in `unit`s, for example rows. */
export interface JobProgress {
  readonly done: number;
  /** Not given while it is not known. */
  readonly total?: number | undefined;
  readonly unit: string;
}

/** What a job's work is given. */
export interface JobContext {
  /** The run's number. */
  readonly job: bigint;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Aborted when somebody cancels the run, or the process is about to end: stop and throw. */
  readonly signal: AbortSignal;
  /** Says how far the work is; written a few times a second at most. */
  progress(progress: JobProgress): void;
}

/** A kind of job. Its input holds ids and names only: it lies in the control plane. */
export interface Job<Input> {
  readonly name: string;
  readonly input: z.ZodType<Input>;
  /** How often it is tried when something is unavailable, times out, or its process dies. */
  readonly maxAttempts: number;
  run(input: Input, context: JobContext): Promise<void>;
}

/** A job whose input type is known to itself alone: what a worker keeps. */
export interface AnyJob {
  readonly name: string;
  runUnparsed(input: unknown, context: JobContext): Promise<void>;
}

/** Defines a kind of job; see {@link Job}. Default: 3 attempts. */
export function defineJob<Input>(
  definition: Omit<Job<Input>, "maxAttempts"> & { readonly maxAttempts?: number | undefined },
): Job<Input> & AnyJob {
  const { name, input, maxAttempts = 3, run } = definition;
  return {
    name,
    input,
    maxAttempts,
    run,
    runUnparsed: (unparsed, context) => run(input.parse(unparsed), context),
  };
}

/** A run as it is listed. */
export interface JobRun {
  readonly job: bigint;
  readonly name: string;
  readonly client: string | null;
  readonly state: JobState;
  readonly progress: JobProgress | null;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly cancelRequestedAt: Date | null;
}
