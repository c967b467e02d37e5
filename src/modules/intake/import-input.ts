/** The use case of intake: one input becomes published, held or refused rows of a dataset. */
import { createHash, type Hash } from "node:crypto";
import { CancelledError, type Clock, must, NotFoundError } from "../../kernel/index.ts";
import type { Database, Transaction } from "../../platform/postgres/index.ts";
import type { Protection } from "../protection/index.ts";
import { type Client, type Dataset, findDataset, readDefinitions } from "../contracts/index.ts";
import { type MergeCounts, NO_ROWS } from "../customers/index.ts";
import { withNewIntake } from "./claim.ts";
import { reasonsToHold } from "./control-totals.ts";
import { type OpenedIntake, openIntake } from "./open-intake.ts";
import type { Format } from "./reading/format.ts";
import { publish, type PublishingEnd } from "./publisher.ts";
import { RangeQueue } from "./range-queue.ts";
import { type ImportProgress, type Received, receive } from "./receive.ts";
import { clearInterrupted, dropIntake, endUnpublished } from "./recover.ts";
import {
  neededProtection,
  openSealing,
  type Protecting,
  protectionOf,
} from "./sealing/intake-sealing.ts";
import {
  type ExpectedTotals,
  finishIntake,
  insertIntake,
  type IntakeState,
  sourceId,
  type Totals,
} from "./store/intakes.ts";
import { createStage, dropStage, keepStage, stageName } from "./store/stage.ts";
import { withholding } from "./suppression.ts";

export interface ImportRequest {
  readonly client: Client;
  readonly dataset: string;
  /** The bytes as they come; read once. */
  readonly input: AsyncIterable<Uint8Array>;
  /** What the input is called: a file's name, or `-`. */
  readonly origin: string;
  /** The source by name; chosen by its columns when left out. */
  readonly source?: string | undefined;
  /** How the rows lie, when the input is rows of a file and not the file. */
  readonly format?: Format | undefined;
  /** What was promised beside the file. A trailer in the file adds to it. */
  readonly expected: ExpectedTotals;
  readonly actor: string;
  /** Does everything, reports it, and rolls it back. */
  readonly dryRun: boolean;
  /** Runs in the transaction that publishes, before it commits. */
  readonly onPublish?: ((tx: Transaction, intake: bigint) => Promise<void>) | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ImportProgress) => void;
  /** Things worth knowing on the way: a wait, an interrupted intake, columns that nothing asks for. */
  readonly onNote: (note: string) => void;
}

export interface ImportReport {
  /** Undefined for a dry run. */
  readonly intake: bigint | undefined;
  readonly state: IntakeState | "dry-run";
  readonly client: string;
  readonly dataset: string;
  readonly source: string;
  readonly origin: string;
  readonly read: number;
  readonly accepted: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly quarantined: number;
  /** Accepted events whose customer is not known yet. */
  readonly waiting: number;
  /** Events of earlier intakes whose customer this one brought. */
  readonly attached: number;
  readonly totals: Totals;
  readonly expected: ExpectedTotals;
  /** Why it is held. */
  readonly reasons: readonly string[];
  readonly ignoredColumns: readonly string[];
  readonly sha256: string;
  readonly bytes: number;
}

interface Unregistered extends Protecting {
  readonly db: Database;
  readonly clock: Clock;
  readonly request: ImportRequest;
  readonly dataset: Dataset;
  readonly opened: OpenedIntake;
  /** Undefined where the dataset has no sealed field. */
  readonly protection: Protection | undefined;
  readonly at: Date;
  readonly hash: Hash;
}

interface Job extends Unregistered {
  readonly intake: bigint;
  readonly source: number;
}

/**
 * Imports one input. Whatever happens, its rows are either all published, all held, or all gone.
 * @throws InvalidInputError when the input or the source's definition cannot be used
 * @throws CancelledError when the signal is aborted
 */
export async function importInput(
  deps: { readonly db: Database; readonly clock: Clock } & Protecting,
  request: ImportRequest,
): Promise<ImportReport> {
  const { db, clock } = deps;
  const { client } = request;
  const dataset = requireDataset(client, request.dataset);
  const protection = await neededProtection(deps, { client: client.key, dataset });
  await clearInterrupted(deps, client, request.onNote);
  const definitions = await db.scoped(client.scope, (tx) => readDefinitions(tx, "source"));
  const hash = createHash("sha256");
  const opened = await openIntake({
    definitions,
    dataset,
    catalogue: client.catalogue,
    input: hashed(request.input, hash),
    source: request.source,
    format: request.format,
    signal: request.signal,
  });
  const { protect } = deps;
  const job = { db, clock, request, dataset, opened, protect, protection, at: clock.now(), hash };
  const report = await withNewIntake({ db, scope: client.scope }, (intake) =>
    receiveAs(intake, job),
  );
  // The server may notice only after a while that the process of an earlier intake is gone.
  await clearInterrupted(deps, client, request.onNote);
  return report;
}

/** Everything that is done under the claim of the intake. */
async function receiveAs(intake: bigint, unregistered: Unregistered): Promise<ImportReport> {
  const { db, request, opened } = unregistered;
  const { client } = request;
  const job: Job = { ...unregistered, intake, source: await register(intake, unregistered) };
  try {
    await createStage(db, client.scope, { intake, columns: opened.columns });
    return await run(job);
  } catch (error) {
    const cancelled = error instanceof CancelledError;
    await endUnpublished(job, client, {
      intake,
      state: cancelled ? "cancelled" : "failed",
      reasons: [
        cancelled ? "cancelled before the end of the input" : "failed before it was published",
      ],
    });
    throw error;
  }
}

/** Enters the intake into the register. @returns the short id of its source */
function register(
  intake: bigint,
  { db, request, dataset, opened, at }: Unregistered,
): Promise<number> {
  const { origin, actor, client } = request;
  return db.scoped(client.scope, async (tx) => {
    const { source: name, precedence } = opened.source;
    const source = await sourceId(tx, { name, dataset: dataset.name, precedence });
    await insertIntake(tx, { intake, dataset: dataset.name, source, origin, actor, at });
    return source;
  });
}

function requireDataset(client: Client, name: string): Dataset {
  const dataset = findDataset(client.catalogue, name);
  if (dataset === undefined) {
    const known = client.catalogue.datasets.map((each) => each.name).join(", ");
    throw new NotFoundError("dataset-not-found", `${client.key} has no dataset ${name}`, {
      hint: `its contract has: ${known}`,
    });
  }
  return dataset;
}

async function* hashed(input: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of input) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Receives and publishes at the same time; when one of the two fails, the other stops. */
async function run(job: Job): Promise<ImportReport> {
  const { request, opened, intake } = job;
  const failure = new AbortController();
  const signal = AbortSignal.any([request.signal, failure.signal]);
  const ranges = new RangeQueue();
  let received: Received | undefined;
  let reasons: readonly string[] = [];
  const source = opened.source.source;
  const sealing = job.protection && openSealing(job.protection, { ...job, source });
  const { scope } = request.client;
  const receiving = receive({ ...request, ...job, sealing, scope, ranges, signal })
    .then((all) => {
      received = all;
      ranges.end();
    })
    .catch((error: unknown) => {
      ranges.fail(error);
      throw error;
    });
  const publishing = publish({
    db: job.db,
    scope,
    dataset: job.dataset,
    merge: {
      catalogue: request.client.catalogue,
      source: job.source,
      intake,
      actor: request.actor,
      at: job.at,
      stage: stageName(intake),
    },
    ranges,
    withhold: withholding(() => protectionOf(job, request.client.key)),
    signal,
    onWait: () =>
      request.onNote(`another intake of ${request.client.key} is publishing; waiting for it`),
    decide: async (tx, counts) => {
      const all = must(received, "the queue ends after everything was received");
      reasons = reasonsToHold(all, all.expected, opened.source.rejects);
      if (reasons.length > 0 || request.dryRun) {
        return false;
      }
      await finishIntake(tx, { ...ending(job, all, counts), state: "published", reasons });
      await request.onPublish?.(tx, job.intake);
      return true;
    },
  }).catch((error: unknown) => {
    failure.abort();
    throw error;
  });
  const [, end] = await bothOrFirstError(receiving, publishing);
  const all = must(received, "receiving ended without an error");
  return conclude(job, { all, end, reasons });
}

/** Waits for both to end, then throws what went wrong first in the order of causes. */
async function bothOrFirstError<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  const [left, right] = await Promise.allSettled([a, b]);
  const failures = [left, right].flatMap((each) =>
    each.status === "rejected" ? [each.reason as unknown] : [],
  );
  const cause = failures.find((failure) => !(failure instanceof CancelledError)) ?? failures[0];
  if (left.status === "rejected" || right.status === "rejected") {
    throw cause;
  }
  return [left.value, right.value];
}

function ending(job: Job, all: Received, counts: MergeCounts) {
  return {
    intake: job.intake,
    at: job.clock.now(),
    sha256: all.sha256,
    bytes: all.bytes,
    read: all.read,
    quarantined: all.quarantined,
    counts,
    totals: all.sums,
    expected: all.expected,
    layout: all.layout,
  };
}

interface Conclusion {
  readonly all: Received;
  readonly end: PublishingEnd;
  readonly reasons: readonly string[];
}

async function conclude(job: Job, { all, end, reasons }: Conclusion): Promise<ImportReport> {
  const { db, request, intake, opened } = job;
  const { scope } = request.client;
  const state = end.published ? "published" : request.dryRun ? "dry-run" : "held";
  if (state === "published") {
    await dropStage(db, scope, intake);
  } else if (state === "held") {
    await keepStage(db, scope, intake);
    await db.scoped(scope, (tx) =>
      finishIntake(tx, { ...ending(job, all, NO_ROWS), state: "held", reasons }),
    );
  } else {
    await dropIntake(db, request.client, intake);
  }
  return {
    intake: state === "dry-run" ? undefined : intake,
    state,
    client: request.client.key,
    dataset: job.dataset.name,
    source: opened.source.source,
    origin: request.origin,
    read: all.read,
    ...end.counts,
    quarantined: all.quarantined + end.withheld,
    attached: end.attached,
    totals: all.sums,
    expected: all.expected,
    reasons,
    ignoredColumns: all.ignoredColumns,
    sha256: all.sha256.toString("hex"),
    bytes: all.bytes,
  };
}
