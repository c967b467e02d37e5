/** What recipients must do, each with a state of its own. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { JsonValue } from "../../ledger/index.ts";
import type { RecipientKind } from "../../policy/index.ts";

/**
 * `open`: the recipient has not been told; `sent`: it was told; `failed`: the last attempt to tell it
 * failed, and another follows; `acknowledged`, `waived`: settled.
 */
export type ObligationState = "open" | "sent" | "failed" | "acknowledged" | "waived";

export interface StoredObligation {
  readonly obligation: string;
  readonly request: string;
  readonly recipient: string;
  readonly recipientKind: RecipientKind;
  /** Whom to write to, as the agreement said when the obligation arose. */
  readonly contacts: readonly {
    readonly for: string;
    readonly name: string;
    readonly email: string;
  }[];
  /** Where notices go. */
  readonly destination: string | null;
  readonly state: ObligationState;
  readonly createdAt: Date;
  readonly dueAt: Date;
  readonly noticeSha256: Buffer;
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
  /** Why the last attempt failed, without any value of a record. */
  readonly failure: string | null;
  readonly sentAt: Date | null;
  readonly settledAt: Date | null;
  readonly settledBy: string | null;
  readonly note: string | null;
  /** SHA-256 of the document by which the recipient acknowledged. */
  readonly proof: Buffer | null;
}

const OBLIGATION = `o.obligation, o.request, o.recipient, o.recipient_kind as "recipientKind", o.contacts,
            o.destination, o.state, o.created_at as "createdAt", o.due_at as "dueAt",
            o.notice_sha256 as "noticeSha256", o.attempts, o.next_attempt_at as "nextAttemptAt", o.failure,
            o.sent_at as "sentAt", o.settled_at as "settledAt", o.settled_by as "settledBy", o.note, o.proof`;

export interface NewObligation {
  readonly obligation: string;
  readonly request: string;
  readonly recipient: string;
  readonly recipientKind: RecipientKind;
  readonly contacts: JsonValue;
  readonly destination: string | undefined;
  readonly createdAt: Date;
  readonly dueAt: Date;
  /** Sealed. */
  readonly notice: Buffer;
  readonly noticeSha256: Buffer;
}

export async function insertObligation(tx: Transaction, one: NewObligation): Promise<void> {
  await tx.run(
    `insert into _obligations (obligation, request, recipient, recipient_kind, contacts, destination, state,
                               created_at, due_at, notice, notice_sha256, next_attempt_at)
     values ($1, $2, $3, $4, $5::jsonb, $6, 'open', $7, $8, $9, $10, $7)`,
    [
      one.obligation,
      one.request,
      one.recipient,
      one.recipientKind,
      JSON.stringify(one.contacts),
      one.destination ?? null,
      one.createdAt,
      one.dueAt,
      one.notice,
      one.noticeSha256,
    ],
  );
}

/** The obligations of a request, or of all that are not settled; those that are due first come first. */
export async function selectObligations(
  tx: Transaction,
  request?: string,
): Promise<StoredObligation[]> {
  return await tx.rows<StoredObligation>(
    `select ${OBLIGATION} from _obligations o
      where case when $1::uuid is null then o.settled_at is null else o.request = $1 end
      order by o.due_at, o.recipient`,
    [request ?? null],
  );
}

export async function selectObligation(
  tx: Transaction,
  obligation: string,
): Promise<StoredObligation | undefined> {
  return await tx.optionalRow<StoredObligation>(
    `select ${OBLIGATION} from _obligations o where o.obligation = $1`,
    [obligation],
  );
}

/** An obligation whose notice is to be sent. */
export interface ClaimedObligation extends StoredObligation {
  /** Sealed under a key of the request. */
  readonly notice: Buffer;
}

/**
 * Takes the next obligations whose time has come: until `until` nobody else takes them. Whoever dies
 * with them loses them to the next who looks after that.
 */
export async function claimObligations(
  tx: Transaction,
  { now, until, limit }: { readonly now: Date; readonly until: Date; readonly limit: number },
): Promise<ClaimedObligation[]> {
  return await tx.rows<ClaimedObligation>(
    `update _obligations o
        set next_attempt_at = $2, attempts = o.attempts + 1
      where o.obligation in (
              select obligation from _obligations
               where next_attempt_at <= $1 and settled_at is null and notice is not null
               order by next_attempt_at
               limit $3
                 for update skip locked)
      returning ${OBLIGATION}, o.notice`,
    [now, until, limit],
  );
}

/** The recipient was told. @returns false when the obligation was settled meanwhile */
export async function updateSent(
  tx: Transaction,
  obligation: string,
  { at, destination }: { readonly at: Date; readonly destination: string },
): Promise<boolean> {
  const updated = await tx.run(
    `update _obligations
        set state = 'sent', sent_at = $2, destination = $3, next_attempt_at = null, failure = null
      where obligation = $1 and settled_at is null and state <> 'sent'`,
    [obligation, at, destination],
  );
  return updated === 1;
}

/** Telling the recipient failed, and is tried again. @returns the state before */
export async function updateFailed(
  tx: Transaction,
  obligation: string,
  { failure, next }: { readonly failure: string; readonly next: Date },
): Promise<ObligationState | undefined> {
  const row = await tx.optionalRow<{ before: ObligationState }>(
    `update _obligations o set state = 'failed', failure = $2, next_attempt_at = $3
       from (select obligation, state as before from _obligations where obligation = $1 for update) old
      where o.obligation = old.obligation and o.settled_at is null and o.state <> 'sent'
     returning old.before`,
    [obligation, failure, next],
  );
  return row?.before;
}

export interface Settlement {
  readonly state: "acknowledged" | "waived";
  readonly at: Date;
  readonly by: string;
  readonly note?: string | undefined;
  readonly proof?: Buffer | undefined;
}

/** Ends an obligation. What its notice said of the customer goes. @returns false when it was settled before */
export async function updateSettled(
  tx: Transaction,
  obligation: string,
  { state, at, by, note, proof }: Settlement,
): Promise<boolean> {
  const updated = await tx.run(
    `update _obligations
        set state = $2, settled_at = $3, settled_by = $4, note = $5, proof = $6, notice = null,
            next_attempt_at = null, failure = null
      where obligation = $1 and settled_at is null`,
    [obligation, state, at, by, note ?? null, proof ?? null],
  );
  return updated === 1;
}

/** An obligation that has become late. */
export type LateObligation = Pick<
  StoredObligation,
  "obligation" | "request" | "recipient" | "dueAt"
>;

/** Marks those that are late and were not marked yet: each of them once, by whoever comes first. */
export async function markOverdue(tx: Transaction, now: Date): Promise<LateObligation[]> {
  return await tx.rows<LateObligation>(
    `update _obligations o set overdue_noted_at = $1
      where o.due_at < $1 and o.settled_at is null and o.overdue_noted_at is null
      returning o.obligation, o.request, o.recipient, o.due_at as "dueAt"`,
    [now],
  );
}

/** What is left to do for a client's customers. */
export interface RightsLeft {
  readonly open: number;
  readonly sent: number;
  readonly failed: number;
  /** Those that are late, whatever their state. */
  readonly overdue: number;
  /** Those that are late and of which the ledger does not know it. */
  readonly newlyOverdue: number;
  /** Notices whose time to be sent has come. */
  readonly due: number;
  /** Recipients that a delivery with what was corrected is enough for. */
  readonly corrections: number;
  /** Erasures whose keys are still there. */
  readonly keys: number;
  /** Published intakes whose corrections are not registered yet. */
  readonly intakes: number;
}

/** Counts what is left to do. */
export async function countLeft(tx: Transaction, now: Date): Promise<RightsLeft> {
  const row = await tx.row<Record<keyof RightsLeft, bigint>>(
    `select count(*) filter (where o.state = 'open') as open, count(*) filter (where o.state = 'sent') as sent,
            count(*) filter (where o.state = 'failed') as failed,
            count(*) filter (where o.due_at < $1) as overdue,
            count(*) filter (where o.due_at < $1 and o.overdue_noted_at is null) as "newlyOverdue",
            count(*) filter (where o.next_attempt_at <= $1) as due,
            count(*) filter (where r.kind = 'rectification') as corrections,
            (select count(*) from _rights_requests where state = 'keys') as keys,
            (select count(*) from _corrections c join _intakes i on i.intake = c.intake
              where c.registered_at is null and i.state = 'published') as intakes
       from _obligations o join _rights_requests r on r.request = o.request
      where o.settled_at is null`,
    [now],
  );
  return {
    open: Number(row.open),
    sent: Number(row.sent),
    failed: Number(row.failed),
    overdue: Number(row.overdue),
    newlyOverdue: Number(row.newlyOverdue),
    due: Number(row.due),
    corrections: Number(row.corrections),
    keys: Number(row.keys),
    intakes: Number(row.intakes),
  };
}

/** The body of the newest version of a definition that was ever applied, also of one that was removed. */
export async function selectLastBody(
  tx: Transaction,
  kind: "recipient" | "destination",
  name: string,
): Promise<unknown> {
  const row = await tx.optionalRow<{ body: unknown }>(
    `select body from _definitions where kind = $1 and name = $2 and body is not null
      order by version desc limit 1`,
    [kind, name],
  );
  return row?.body;
}
