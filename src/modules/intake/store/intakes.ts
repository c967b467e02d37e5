/** The register of intakes: what arrived, from whom, and how it ended. */
import { assert } from "../../../kernel/index.ts";
import type { SqlValue, Transaction } from "../../../platform/postgres/index.ts";
import type { Detected } from "../reading/format.ts";
import type { MergeCounts } from "../../customers/index.ts";

export type IntakeState = "receiving" | "held" | "published" | "discarded" | "failed" | "cancelled";

/** Exact decimals by field name, in text form. */
export type Totals = Readonly<Record<string, string>>;

/** Totals somebody promised: `rows` and sums of fields. */
export interface ExpectedTotals {
  readonly rows?: number | undefined;
  readonly sums: Totals;
}

/** How a file was read: enough to read single rows of it again. */
export interface Layout extends Detected {
  readonly columns: readonly string[];
}

export interface Intake {
  readonly intake: bigint;
  readonly dataset: string;
  readonly source: string;
  readonly sourceId: number;
  readonly state: IntakeState;
  readonly origin: string;
  readonly sha256: string | null;
  readonly bytes: bigint | null;
  readonly actor: string;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly read: bigint;
  readonly accepted: bigint;
  readonly changed: bigint;
  readonly unchanged: bigint;
  readonly quarantined: bigint;
  readonly waiting: bigint;
  readonly totals: Totals;
  readonly expected: ExpectedTotals;
  /** Why it was held, or why it failed: sentences. */
  readonly reasons: readonly string[];
  readonly layout: Layout | null;
}

const INTAKE = `
  i.intake, i.dataset, s.name as source, i.source as "sourceId", i.state, i.origin, encode(i.sha256, 'hex') as sha256, i.bytes,
  i.actor, i.started_at as "startedAt", i.finished_at as "finishedAt", i.read, i.accepted, i.changed,
  i.unchanged, i.quarantined, i.waiting, i.totals, i.expected, i.reasons, i.layout`;

/** The short id of a source, given at its first intake. */
export async function sourceId(
  tx: Transaction,
  source: { readonly name: string; readonly dataset: string; readonly precedence: number },
): Promise<number> {
  const values: SqlValue[] = [source.name, source.dataset, source.precedence];
  const row = await tx.row<{ source: number }>(
    `insert into _sources (name, dataset, precedence) values ($1, $2, $3)
         on conflict (name) do update set precedence = excluded.precedence
     returning source`,
    values,
  );
  return row.source;
}

/** The number of an intake that is about to be registered. */
export async function nextIntake(tx: Transaction): Promise<bigint> {
  const row = await tx.row<{ intake: bigint }>(
    "select nextval(pg_get_serial_sequence('_intakes', 'intake')) as intake",
  );
  return row.intake;
}

export interface NewIntake {
  /** As {@link nextIntake} gave it. */
  readonly intake: bigint;
  readonly dataset: string;
  readonly source: number;
  readonly origin: string;
  readonly actor: string;
  readonly at: Date;
}

export async function insertIntake(tx: Transaction, intake: NewIntake): Promise<void> {
  await tx.run(
    `insert into _intakes (intake, dataset, source, state, origin, actor, started_at)
     overriding system value values ($1, $2, $3, 'receiving', $4, $5, $6)`,
    [intake.intake, intake.dataset, intake.source, intake.origin, intake.actor, intake.at],
  );
}

/** What is known of an intake when all of it has been read. */
export interface IntakeEnd {
  readonly intake: bigint;
  readonly state: IntakeState;
  readonly at: Date;
  readonly sha256: Buffer | null;
  readonly bytes: number | null;
  readonly read: number;
  readonly quarantined: number;
  readonly counts: MergeCounts;
  readonly totals: Totals;
  readonly expected: ExpectedTotals;
  readonly reasons: readonly string[];
  readonly layout: Layout;
}

/**
 * Writes the end of an intake that is being received.
 * @throws InvariantError when it is not any more: somebody took it for interrupted
 */
export async function finishIntake(tx: Transaction, end: IntakeEnd): Promise<void> {
  const finished = await tx.run(
    `update _intakes
        set state = $2, finished_at = $3, sha256 = $4, bytes = $5, read = $6, quarantined = quarantined + $7,
            accepted = $8, changed = $9, unchanged = $10, waiting = $11, totals = $12, expected = $13,
            reasons = $14, layout = $15
      where intake = $1 and state = 'receiving'`,
    [
      end.intake,
      end.state,
      end.at,
      end.sha256,
      end.bytes,
      end.read,
      end.quarantined,
      end.counts.accepted,
      end.counts.changed,
      end.counts.unchanged,
      end.counts.waiting,
      { ...end.totals },
      { ...end.expected },
      JSON.stringify(end.reasons),
      { ...end.layout },
    ],
  );
  assert(finished === 1, () => `intake ${end.intake} is not being received any more`);
}

/**
 * Ends an intake that published nothing.
 * @param from the state that it must be in
 * @returns false, and changes nothing, when it is in another state
 */
export async function closeIntake(
  tx: Transaction,
  intake: bigint,
  end: {
    readonly from: IntakeState;
    readonly state: IntakeState;
    readonly at: Date;
    readonly reasons: readonly string[];
  },
): Promise<boolean> {
  const closed = await tx.run(
    `update _intakes set state = $2, finished_at = $3, reasons = $4
      where intake = $1 and state = $5`,
    [intake, end.state, end.at, JSON.stringify(end.reasons), end.from],
  );
  return closed === 1;
}

/** Removes an intake that was never meant to stay. */
export async function deleteIntake(tx: Transaction, intake: bigint): Promise<void> {
  await tx.run("delete from _intakes where intake = $1", [intake]);
}

/** A held intake that is now published: how its rows ended. */
export async function publishHeld(
  tx: Transaction,
  intake: bigint,
  end: { readonly at: Date; readonly counts: MergeCounts; readonly reasons: readonly string[] },
): Promise<void> {
  await tx.run(
    `update _intakes
        set state = 'published', finished_at = $2, accepted = $3, changed = $4, unchanged = $5,
            waiting = $6, reasons = $7
      where intake = $1`,
    [
      intake,
      end.at,
      end.counts.accepted,
      end.counts.changed,
      end.counts.unchanged,
      end.counts.waiting,
      JSON.stringify(end.reasons),
    ],
  );
}

export async function selectState(tx: Transaction, intake: bigint): Promise<IntakeState> {
  const row = await tx.row<{ state: IntakeState }>("select state from _intakes where intake = $1", [
    intake,
  ]);
  return row.state;
}

export async function selectIntake(tx: Transaction, intake: bigint): Promise<Intake | undefined> {
  return tx.optionalRow<Intake>(
    `select ${INTAKE} from _intakes i join _sources s on s.source = i.source where i.intake = $1`,
    [intake],
  );
}

/** Newest first. */
export async function selectIntakes(
  tx: Transaction,
  page: { readonly before?: bigint | undefined; readonly limit: number },
): Promise<Intake[]> {
  return tx.rows<Intake>(
    `select ${INTAKE} from _intakes i join _sources s on s.source = i.source
      where ($1::bigint is null or i.intake < $1)
      order by i.intake desc limit $2`,
    [page.before ?? null, page.limit],
  );
}

/** Intakes that say they are being received. Whether somebody really is at it, {@link tryClaimIntake} tells. */
export async function selectReceiving(tx: Transaction): Promise<bigint[]> {
  const rows = await tx.rows<{ intake: bigint }>(
    "select intake from _intakes where state = 'receiving' order by intake",
  );
  return rows.map((row) => row.intake);
}

/**
 * First key of the advisory locks, arbitrary and constant. They are taken for a transaction, so the
 * server frees them when the process behind it dies, however it dies.
 */
const INTAKE_LOCK = 7_201;

/** Claims an intake for as long as the transaction is open. @returns false when another process has it */
export async function tryClaimIntake(tx: Transaction, intake: bigint): Promise<boolean> {
  const row = await tx.row<{ claimed: boolean }>(
    "select pg_try_advisory_xact_lock($1, hashtext(current_schema() || ':' || $2::text)) as claimed",
    [INTAKE_LOCK, intake],
  );
  return row.claimed;
}

/** Keeps the server from taking a transaction that waits for its next range for abandoned. */
export async function saySomething(tx: Transaction): Promise<void> {
  await tx.run("select 1");
}
