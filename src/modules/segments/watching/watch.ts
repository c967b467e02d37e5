import { setTimeout } from "node:timers/promises";
import { CancelledError, NotFoundError } from "../../../kernel/index.ts";
import { CHANGES_CHANNEL, lastChange, MEMBERSHIPS_CHANNEL } from "../../customers/index.ts";
import type { SegmentClient } from "../segments.ts";
import { type MembershipChange, selectEntries, selectUnknownSegments } from "../store/entries.ts";

/** Entries in one reading: enough to be quick over a backlog, and few enough to be shown at once. */
const PAGE = 1_000;

/** The longest sleep: whatever else fails to wake the watcher, it looks again then. */
const LONGEST_SLEEP_MS = 5_000;

export interface WatchOptions {
  /** Begins behind this change; default: what happens from now on. */
  readonly after?: bigint | undefined;
  /** These segments only; default: all, also those that are still to come. */
  readonly segments?: readonly string[] | undefined;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Called once with the change it begins behind: from now on nothing is missed. */
  readonly onBegin?: ((after: bigint) => void) | undefined;
  /**
   * Called before each reading: brings memberships up to date where no server does, and answers when
   * time alone will change the next one; undefined when nothing is due.
   */
  readonly follow: () => Promise<Date | undefined>;
  readonly now: () => Date;
  /** Of what was read, in its order, what may be told; default: all. */
  readonly mayTell?:
    | ((entries: readonly MembershipChange[]) => Promise<readonly MembershipChange[]>)
    | undefined;
}

/**
 * Entries, exits and switches as they happen, each once and in the order of the change log, until the
 * signal aborts. Who goes on later with `after` set to the last change it got misses none.
 * @throws NotFoundError `segment-not-found`, for a name that no segment has ever had
 */
export async function* watchMemberships(
  client: SegmentClient,
  options: WatchOptions,
): AsyncGenerator<MembershipChange, void, undefined> {
  const { signal, segments } = options;
  await refuseUnknown(client, segments ?? []);
  await using bell = new Bell(client, signal);
  try {
    yield* entriesFrom(client, bell, options);
  } catch (error) {
    // It was ended while memberships were brought up to date: that is no failure.
    if (!(error instanceof CancelledError && signal.aborted)) {
      throw error;
    }
  }
}

async function* entriesFrom(
  client: SegmentClient,
  bell: Bell,
  options: WatchOptions,
): AsyncGenerator<MembershipChange, void, undefined> {
  const { signal, segments } = options;
  let after = options.after ?? (await present(client, options));
  options.onBegin?.(after);
  while (!signal.aborted) {
    // First, so that what happens while this reading lasts leads to another one.
    bell.reset();
    const due = await options.follow();
    const { entries, readTo } = await readEntries(client, { after, segments });
    yield* (await options.mayTell?.(entries)) ?? entries;
    after = readTo;
    if (entries.length < PAGE) {
      await bell.sleep(untilDue(due, options.now()));
    }
  }
}

async function refuseUnknown(client: SegmentClient, names: readonly string[]): Promise<void> {
  const [unknown] = await client.db.scoped(client.scope, (tx) => selectUnknownSegments(tx, names), {
    readOnly: true,
  });
  if (unknown !== undefined) {
    throw new NotFoundError("segment-not-found", `there is no segment ${JSON.stringify(unknown)}`);
  }
}

/** The newest change, after everything that has happened so far was followed. */
async function present(
  client: SegmentClient,
  { follow }: Pick<WatchOptions, "follow">,
): Promise<bigint> {
  await follow();
  return await client.db.scoped(client.scope, lastChange, { readOnly: true });
}

interface Reading {
  readonly entries: readonly MembershipChange[];
  /** The change up to which everything was read. */
  readonly readTo: bigint;
}

async function readEntries(
  client: SegmentClient,
  { after, segments }: { readonly after: bigint; readonly segments: readonly string[] | undefined },
): Promise<Reading> {
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      // Commit order is number order, so that nothing up to the head can still appear.
      const upTo = await lastChange(tx);
      const entries = await selectEntries(tx, { after, upTo, segments, limit: PAGE });
      const newest = entries.length < PAGE ? undefined : entries.at(-1)?.change;
      return { entries, readTo: newest ?? (upTo > after ? upTo : after) };
    },
    { readOnly: true },
  );
}

function untilDue(due: Date | undefined, now: Date): number {
  const wait = due === undefined ? LONGEST_SLEEP_MS : due.getTime() - now.getTime();
  return Math.max(0, Math.min(wait, LONGEST_SLEEP_MS));
}

/** Wakes the watcher when the client's change log grows, and when it is time to end. */
class Bell implements AsyncDisposable {
  readonly #listening: readonly AsyncDisposable[];
  readonly #signal: AbortSignal;
  #rung = new AbortController();

  constructor({ db, scope }: SegmentClient, signal: AbortSignal) {
    this.#signal = signal;
    const ring = (): void => this.#rung.abort();
    this.#listening = [CHANGES_CHANNEL, MEMBERSHIPS_CHANNEL].map((channel) =>
      db.listen({
        channel,
        onConnected: ring,
        onNotice: (schema) => {
          if (schema === scope.schema) {
            ring();
          }
        },
      }),
    );
  }

  /** From here on, whatever happens ends the next sleep at once. */
  reset(): void {
    this.#rung = new AbortController();
  }

  /** Until something happened since the last {@link reset}, at most so long. */
  async sleep(ms: number): Promise<void> {
    const signal = AbortSignal.any([this.#rung.signal, this.#signal]);
    await setTimeout(ms, undefined, { signal }).catch(() => undefined); // it rejects when it is woken
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#listening) {
      await each[Symbol.asyncDispose]();
    }
  }
}
