/**
 * Evaluates everybody at once, and stores what differs. For versions that are new, and for when following
 * would take longer, or the clock was set back.
 *
 * The scan sees everything up to the change that is the head of its snapshot. Others follow meanwhile, so
 * its answers are stored in short transactions that leave out whoever later changes concern, or the clock
 * has passed: those who follow have done these, or will.
 */
import { setTimeout } from "node:timers/promises";
import { type Clock, must } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { customerDataset } from "../../contracts/index.ts";
import { evaluationQuery } from "../../criteria/index.ts";
import type { SegmentClient } from "../segments.ts";
import {
  lockPosition,
  noteScanned,
  readFollowed,
  readPosition,
  type ScanCause,
  tryScanning,
} from "../store/following.ts";
import { selectMembers } from "../store/members.ts";
import { keptSlots, scanDifferences, scanned, type ScannedMember } from "../store/scan.ts";
import { decide, type Evaluated } from "./decide.ts";
import { answerOf, MOST_TOGETHER } from "./evaluate.ts";
import { type FollowPlan, planFor, type SlotGroup, type SubjectPlan } from "./plan.ts";
import { logDecisions, type LoggedDecisions, storeDecision } from "./store-decision.ts";
import { addChange, nothingTouched } from "./touched.ts";
import { reachOn, workOf } from "./work.ts";

/** Members whose answers are stored at once: others who write memberships wait some milliseconds for it. */
const CHUNK = 1_000;
/** Changes that are looked through at once for whom they concern. */
const CHANGES = 10_000;
/** Between looks whether another process has finished its scan. */
const PAUSE_MS = 250;

export interface ScanOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** The slots to store; all of a subject together cost little more than one. */
  readonly slots: ReadonlySet<number>;
  /** `fill`: the slots are new, no bit of them is set but by those who follow, and nobody is told. */
  readonly cause: ScanCause | "fill";
  /** By dataset, the member up to which the answers are stored already. */
  readonly after?: ReadonlyMap<string, bigint> | undefined;
  /** Runs at the end of the transaction that stores the answers up to a member. */
  readonly onChunk?: ((tx: Transaction, chunk: StoredChunk) => Promise<void>) | undefined;
}

/** How far a scan is stored. */
export interface StoredChunk {
  /** The dataset whose rows are the members. */
  readonly subject: string;
  /** The member up to which answers are stored. */
  readonly to: bigint;
  /** The change up to which the scan saw everything. */
  readonly head: bigint;
}

export interface ScanReport {
  /** The change up to which the scan saw everything. */
  readonly head: bigint;
  /** The clock of the answers. */
  readonly asOf: Date;
  /** Members that differed, or may have. */
  readonly members: number;
  readonly entered: number;
  readonly left: number;
}

/** A scan that is being stored. */
interface Storing {
  readonly client: SegmentClient;
  readonly options: ScanOptions;
  readonly plan: FollowPlan;
  readonly head: bigint;
  readonly asOf: Date;
  /** Members that changes after `head` and up to `seen` concern. */
  readonly concerned: Set<bigint>;
  seen: bigint;
}

/** Evaluates everybody for some slots and stores the answers, as {@link ScanOptions} say. */
export async function scanSlots(client: SegmentClient, options: ScanOptions): Promise<ScanReport> {
  const report = await client.db.scoped(
    client.scope,
    (tx) => scanIn(tx, client, options),
    scanTransaction(options),
  );
  return must(report, "a fill waits for nobody");
}

/**
 * Evaluates everybody for all slots, and notes that this is done. One process at a time: another waits for
 * a moment and returns undefined, for what was asked for may then be done.
 */
export async function recompute(
  client: SegmentClient,
  options: Omit<ScanOptions, "slots" | "onChunk" | "after"> & { readonly cause: ScanCause },
): Promise<ScanReport | undefined> {
  const { clock, signal, cause } = options;
  const report = await client.db.scoped(
    client.scope,
    async (tx) => {
      if (!(await tryScanning(tx))) {
        return undefined;
      }
      const position = await readPosition(tx);
      const plan = await planFor(tx, { position, catalogue: client.catalogue, known: undefined });
      const slots = new Set(plan.bySlot.keys());
      const scan = await scanIn(tx, client, { clock, signal, cause, slots });
      await client.db.scoped(client.scope, async (other) => {
        await lockPosition(other, true);
        await noteScanned(other, scan.head);
      });
      return scan;
    },
    scanTransaction(options),
  );
  if (report === undefined) {
    await setTimeout(PAUSE_MS, undefined, signal === undefined ? {} : { signal });
  }
  return report;
}

function scanTransaction({ signal }: Pick<ScanOptions, "signal">) {
  return { isolation: "repeatable read", statementTimeoutMs: 0, signal } as const;
}

async function scanIn(
  tx: Transaction,
  client: SegmentClient,
  options: ScanOptions,
): Promise<ScanReport> {
  const { clock, slots } = options;
  const position = await readPosition(tx);
  const plan = await planFor(tx, { position, catalogue: client.catalogue, known: undefined });
  const now = clock.now();
  const asOf = position.asOf !== null && position.asOf > now ? position.asOf : now;
  const { head } = position;
  const storing = { client, options, plan, head, asOf, concerned: new Set<bigint>(), seen: head };
  let [members, entered, left] = [0, 0, 0];
  for (const subject of plan.subjects) {
    const wanted = subject.slots.filter(({ slot }) => slots.has(slot));
    for (let first = 0; first < wanted.length; first += MOST_TOGETHER) {
      const some = wanted.slice(first, first + MOST_TOGETHER);
      await scanSubject(tx, storing, { subject, slots: some });
      for await (const rows of scanned(tx, CHUNK)) {
        const logged = await storeChunk(storing, { subject, slots: some, rows });
        members += rows.length;
        entered += logged.entered;
        left += logged.left;
      }
    }
  }
  return { head, asOf, members, entered, left };
}

interface SubjectScan {
  readonly subject: SubjectPlan;
  readonly slots: SlotGroup;
}

async function scanSubject(
  tx: Transaction,
  { plan, options, asOf }: Storing,
  { subject, slots }: SubjectScan,
): Promise<void> {
  const { catalogue, segments, width } = plan;
  const isNew = options.cause === "fill";
  const flips = isNew ? "due" : "each";
  const evaluation = evaluationQuery(slots, { catalogue, segments, asOf, width, flips });
  await scanDifferences(tx, {
    evaluation,
    hasFlips: !isNew,
    nothing: Buffer.alloc(width),
    dataset: subject.dataset,
    subject: subject.subject,
    after: options.after?.get(subject.dataset) ?? 0n,
    isNew,
  });
}

const NOBODY: LoggedDecisions = { last: undefined, entered: 0, left: 0 };

async function storeChunk(
  storing: Storing,
  { subject, slots, rows }: SubjectScan & { readonly rows: readonly ScannedMember[] },
): Promise<LoggedDecisions> {
  const { client, options, plan, head, asOf } = storing;
  const { cause, onChunk, signal } = options;
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const position = must(await lockPosition(tx, true), "whoever waits gets the lock");
      await noteConcerned(tx, storing, position.cursor);
      const kept = await keptSlots(tx, slots);
      const followed = slots.filter(({ slot }) => kept.has(slot));
      const fresh = rows.filter(({ member }) => !storing.concerned.has(member));
      const clock = position.asOf ?? asOf;
      const decision = decide({
        subject: subject.subject,
        members: fresh.map(({ member }) => member),
        stored: await selectMembers(
          tx,
          fresh.map(({ member }) => member),
        ),
        evaluated: answersOf(fresh, slots),
        slots: followed,
        isAllTimed: subject.timed.every((slot) => followed.includes(slot)),
        passed: clock,
      });
      await storeDecision(tx, decision);
      const to = must(rows.at(-1)?.member, "a chunk has members");
      await onChunk?.(tx, { subject: subject.dataset, to, head });
      if (cause === "fill") {
        return NOBODY;
      }
      const { catalogue } = plan;
      const { moves } = decision;
      const reasonOf = () => ({ cause, causedBy: null });
      return await logDecisions(tx, {
        catalogue,
        moves,
        reasonOf,
        asOf: clock > asOf ? clock : asOf,
      });
    },
    { signal, lockTimeoutMs: 0 },
  );
}

function answersOf(rows: readonly ScannedMember[], slots: SlotGroup): Map<bigint, Evaluated> {
  return new Map(
    rows.flatMap(({ member, bits, due, flips }): [bigint, Evaluated][] =>
      bits === null
        ? []
        : [[member, answerOf({ _id: member, bits, due, flips: flips ?? undefined }, slots)]],
    ),
  );
}

/** Reads on in the changes that others have followed since the scan. */
async function noteConcerned(tx: Transaction, storing: Storing, cursor: bigint): Promise<void> {
  const { plan, concerned } = storing;
  const customers = customerDataset(plan.catalogue)?.name ?? "";
  while (storing.seen < cursor) {
    const range = { after: storing.seen, upTo: cursor, limit: CHANGES };
    const entries = await readFollowed(tx, range);
    const touched = nothingTouched(plan.catalogue);
    for (const entry of entries) {
      addChange(touched, entry, customers);
    }
    const reached = await reachOn(tx, plan, { touched, after: storing.seen });
    for (const { members } of workOf(plan, reached)) {
      for (const member of members.keys()) {
        concerned.add(member);
      }
    }
    storing.seen = entries.length < CHANGES ? cursor : (entries.at(-1)?.change ?? cursor);
  }
}
