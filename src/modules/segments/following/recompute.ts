/**
 * Evaluates everybody at once, and stores what differs. For versions that are new, and for when following
 * would take longer, or the clock was set back.
 *
 * The scan sees everything up to the change that is the head of its snapshot. Others follow meanwhile, so
 * its answers are stored in short transactions that leave out whoever later changes concern, or the clock
 * has passed: those who follow have done these, or will.
 */
import { setTimeout } from "node:timers/promises";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { evaluationQuery } from "../../criteria/index.ts";
import type { SegmentClient } from "../segments.ts";
import {
  lockPosition,
  noteScanned,
  readPosition,
  type ScanCause,
  tryScanning,
} from "../store/following.ts";
import { scanDifferences, scanned } from "../store/scan.ts";
import { MOST_TOGETHER } from "./evaluate.ts";
import { PackedScan } from "./packed-scan.ts";
import { type FollowPlan, planFor } from "./plan.ts";
import { storeChunk } from "./store-chunk.ts";
import type { Portion, ScanOptions, TakenScan } from "./taken-scan.ts";

/** Members whose answers are stored at once: others who write memberships wait some milliseconds for it. */
const CHUNK = 500;
/** Members that are fetched at once. */
const FETCHED = 10_000;
/** Between looks whether another process has finished its scan. */
const PAUSE_MS = 250;

export interface ScanReport {
  /** The change up to which the scan saw everything. */
  readonly head: bigint;
  /** Members that differed, or may have. */
  readonly members: number;
  readonly entered: number;
  readonly left: number;
}

/** Evaluates everybody for some slots and stores the answers, as {@link ScanOptions} say. */
export async function scanSlots(client: SegmentClient, options: ScanOptions): Promise<ScanReport> {
  const { plan, head } = await client.db.scoped(client.scope, (tx) => readPlan(tx, client), {
    readOnly: true,
    signal: options.signal,
  });
  const report = { head, members: 0, entered: 0, left: 0 };
  for (const subject of plan.subjects) {
    const wanted = subject.slots.filter(({ slot }) => options.slots.has(slot));
    for (let first = 0; first < wanted.length; first += MOST_TOGETHER) {
      const slots = wanted.slice(first, first + MOST_TOGETHER);
      const scan = await scanSubject(client, options, { plan, subject, slots });
      for (const rows of scan.found.chunks(CHUNK)) {
        const logged = await storeChunk(client, options, { ...scan, rows });
        report.members += rows.length;
        report.entered += logged.entered;
        report.left += logged.left;
      }
    }
  }
  return report;
}

/**
 * Evaluates everybody for all slots, and notes that this is done. One process at a time: another waits for
 * a moment and returns undefined, for what was asked for may then be done.
 */
export async function recompute(
  client: SegmentClient,
  options: Pick<ScanOptions, "clock" | "signal"> & { readonly cause: ScanCause },
): Promise<ScanReport | undefined> {
  const { signal } = options;
  const report = await client.db.scoped(
    client.scope,
    async (turn) => {
      if (!(await tryScanning(turn))) {
        return undefined;
      }
      const { plan } = await readPlan(turn, client);
      const slots = new Set(plan.bySlot.keys());
      // The turn is a transaction that does nothing meanwhile, and those that do nothing are ended.
      const onChunk = async (): Promise<void> => void (await turn.run("select"));
      const done = await scanSlots(client, { ...options, slots, onChunk });
      await lockPosition(turn, true);
      await noteScanned(turn, done.head);
      return done;
    },
    { signal, lockTimeoutMs: 0 },
  );
  if (report === undefined) {
    await setTimeout(PAUSE_MS, undefined, signal === undefined ? {} : { signal });
  }
  return report;
}

/** What a scan evaluates by, and the newest change there is. */
export async function readPlan(
  tx: Transaction,
  { catalogue }: SegmentClient,
): Promise<{ readonly plan: FollowPlan; readonly head: bigint }> {
  const position = await readPosition(tx);
  return {
    plan: await planFor(tx, { position, catalogue, known: undefined }),
    head: position.head,
  };
}

/** Evaluates everybody of a subject for some slots; what is found is still to be stored. */
export async function scanSubject(
  client: SegmentClient,
  options: ScanOptions,
  portion: Portion,
): Promise<TakenScan> {
  const { clock, signal, cause, after } = options;
  const { plan, subject, slots } = portion;
  const { catalogue, segments, width } = plan;
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const { head, asOf: followedTo } = await readPosition(tx);
      const now = clock.now();
      const asOf = followedTo !== null && followedTo > now ? followedTo : now;
      const count = await scanDifferences(tx, {
        evaluation: evaluationQuery(slots, { catalogue, segments, asOf, width, flips: "due" }),
        nothing: Buffer.alloc(width),
        dataset: subject.dataset,
        subject: subject.subject,
        after: after?.get(subject.dataset) ?? 0n,
        isNew: cause === "fill",
      });
      const found = new PackedScan(count, width);
      for await (const rows of scanned(tx, FETCHED)) {
        rows.forEach((row) => found.add(row));
      }
      return { ...portion, found, head, asOf, later: { members: new Set(), seen: head } };
    },
    { isolation: "repeatable read", statementTimeoutMs: 0, signal },
  );
}
