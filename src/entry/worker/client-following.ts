/** Keeps the memberships of one client right, for as long as nobody says to leave. */
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../kernel/index.ts";
import type { Client } from "../../modules/contracts/index.ts";
import {
  type BatchOutcome,
  calculateScores,
  dueScores,
  followBatch,
  reconcile,
  type Reconciliation,
  recompute,
  type SegmentClient,
  settleSegments,
} from "../../modules/segments/index.ts";
import type { Log } from "../../platform/logging/index.ts";
import type { Database } from "../../platform/postgres/index.ts";
import { Bell } from "./bell.ts";
import type { FollowingFigures } from "./following-figures.ts";

/** Whatever else fails to wake it, it looks again then. */
const LONGEST_SLEEP_MS = 5_000;
/** After a failure. */
const PAUSE_MS = 1_000;
/** Between looks at definitions and scores. */
const SETTLE_MS = 15_000;
/** Members that are compared at once. Others wait meanwhile, so it is a matter of milliseconds. */
const SAMPLE_SIZE = 25;
/** Comparing takes at most this part of the time. */
const RECONCILE_DUTY = 0.01;
const ACTOR = "worker:segments";

export interface FollowingDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly figures: FollowingFigures;
  /** A number from 0 up to 1, for samples. */
  readonly draw: () => number;
}

/** Follows one client's changes and clock; beside that settles its segments, scores, and compares. */
export class ClientFollowing implements AsyncDisposable {
  readonly #deps: FollowingDeps;
  readonly #key: string;
  readonly #client: SegmentClient;
  readonly #log: Log;
  readonly #leaving = new AbortController();
  readonly #bell = new Bell(this.#leaving.signal);
  readonly #loops: Promise<unknown>;
  #caughtUpAt = performance.now();
  #unreadable = 0;

  constructor(deps: FollowingDeps, client: Client) {
    this.#deps = deps;
    this.#key = client.key;
    this.#client = { db: deps.db, scope: client.scope, catalogue: client.catalogue };
    this.#log = deps.log.with({ client: client.key });
    this.#loops = Promise.all([this.#follow(), this.#keepHouse(), this.#compare()]);
  }

  /** Something was added to the client's change log. */
  wake(): void {
    this.#bell.ring();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leaving.abort();
    await this.#loops;
  }

  async #follow(): Promise<void> {
    const { clock } = this.#deps;
    const { signal } = this.#leaving;
    const following = { client: this.#client, clock, signal, memory: {} };
    // Whoever fills a version lets go of the client for less than a moment between two portions: to look
    // again and again would miss all of these, so who finds another at work gets in line.
    let waits = false;
    while (!signal.aborted) {
      this.#bell.reset();
      let sleepMs = PAUSE_MS;
      try {
        const started = performance.now();
        const outcome = await followBatch({ ...following, waits });
        waits = outcome.kind === "busy";
        sleepMs = await this.#note(outcome, started);
      } catch (error) {
        this.#unlessLeaving("segments-not-followed", error);
      }
      // Other work of the process has its turn, also while there is very much to follow.
      await (sleepMs <= 0 ? setImmediate() : this.#bell.sleep(sleepMs));
    }
  }

  /** Tells of a batch, and says how long there is nothing to do after it, in milliseconds. */
  async #note(outcome: BatchOutcome, started: number): Promise<number> {
    const { clock, figures } = this.#deps;
    const { signal } = this.#leaving;
    switch (outcome.kind) {
      case "busy":
        return 0;
      case "scan": {
        this.#log.warn("segments-recomputing", { kind: outcome.cause });
        const scan = await recompute(this.#client, { clock, signal, cause: outcome.cause });
        if (scan !== undefined) {
          const durationMs = performance.now() - started;
          this.#log.info("segments-recomputed", { count: scan.members, durationMs });
        }
        return 0;
      }
      case "followed": {
        this.#noteUnreadable(outcome.unreadable);
        figures.batch(this.#key, outcome, (performance.now() - started) / 1_000);
        if (outcome.parked > 0) {
          this.#log.warn("members-parked", { count: outcome.parked });
        }
        if (outcome.caughtUp) {
          this.#caughtUpAt = performance.now();
        }
        const behindMs = outcome.caughtUp ? 0 : performance.now() - this.#caughtUpAt;
        figures.behindFor(this.#key, behindMs / 1_000);
        const dueMs = (outcome.nextDue?.getTime() ?? Infinity) - clock.now().getTime();
        return outcome.caughtUp ? Math.min(LONGEST_SLEEP_MS, dueMs) : 0;
      }
    }
  }

  /** Once for each time that their number changes. */
  #noteUnreadable(count: number): void {
    if (count !== this.#unreadable) {
      this.#unreadable = count;
      this.#log.warn("segments-unreadable", { count });
    }
  }

  /** Definitions and scores: apart from following, for a version is filled while others are followed. */
  async #keepHouse(): Promise<void> {
    const { clock } = this.#deps;
    const { signal } = this.#leaving;
    const pause = new Bell(signal);
    while (!signal.aborted) {
      try {
        const { switched, refused } = await settleSegments(this.#client, {
          clock,
          actor: ACTOR,
          signal,
        });
        if (switched.length + refused.length > 0) {
          this.#log.info("segments-settled", { count: switched.length, rows: refused.length });
        }
        const names = await dueScores(this.#client, clock.now());
        if (names.length > 0) {
          await calculateScores(this.#client, { clock, names, signal });
          this.#log.info("scores-calculated", { count: names.length });
        }
      } catch (error) {
        this.#unlessLeaving("segments-not-settled", error);
      }
      await pause.sleep(SETTLE_MS);
    }
  }

  async #compare(): Promise<void> {
    const { clock, draw } = this.#deps;
    const { signal } = this.#leaving;
    const pause = new Bell(signal);
    const memory = {};
    let pauseMs = LONGEST_SLEEP_MS;
    while (!signal.aborted) {
      await pause.sleep(pauseMs);
      const started = performance.now();
      try {
        const sample = { at: draw(), size: SAMPLE_SIZE };
        const found = signal.aborted
          ? undefined
          : await reconcile(this.#client, { clock, sample, signal, memory });
        if (found?.kind === "compared") {
          this.#noteComparison(found);
        }
      } catch (error) {
        this.#unlessLeaving("memberships-not-compared", error);
      }
      const tookMs = performance.now() - started;
      pauseMs = Math.max(LONGEST_SLEEP_MS, tookMs / RECONCILE_DUTY);
    }
  }

  #noteComparison(found: Reconciliation): void {
    this.#deps.figures.reconciled(this.#key, found);
    if (found.different > 0n) {
      this.#log.error("memberships-were-wrong", undefined, { count: found.different });
    }
  }

  /** Whoever leaves stops what he does, and that is no failure. */
  #unlessLeaving(event: string, error: unknown): void {
    if (!this.#leaving.signal.aborted) {
      this.#log.error(event, error);
    }
  }
}
