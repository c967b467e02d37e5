/** How often and how long it is tried. */
export interface RetryPolicy {
  /** Attempts in all. */
  readonly attempts: number;
  /** The second attempt comes up to this much later; each further wait doubles. */
  readonly firstDelayMs: number;
  /** No wait is longer, whatever `Retry-After` says. */
  readonly longestDelayMs: number;
  /** One attempt, from connecting to the end of the answer. */
  readonly timeoutMs: number;
}

/** Six attempts within about two minutes: a delivery is a job that people wait for, and can be run again. */
export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 6,
  firstDelayMs: 1000,
  longestDelayMs: 60_000,
  timeoutMs: 15_000,
};
