/** The requests of customers, and how far each has come. */
import type { Transaction } from "../../../platform/postgres/index.ts";

export type RequestKind = "erasure" | "rectification";

/**
 * `keys`: the data are gone, the keys are not yet; `informing`: recipients are still to act; `done`:
 * nothing is left to do.
 */
export type RequestState = "keys" | "informing" | "done";

/** What was done with the data, as a certificate tells it. */
export interface RequestDone {
  readonly rows: Readonly<Record<string, number>>;
  readonly suppressed: number;
}

export interface StoredRequest {
  readonly request: string;
  readonly kind: RequestKind;
  readonly state: RequestState;
  readonly customer: bigint;
  /** The commitment to who it was. */
  readonly subject: Buffer;
  readonly reason: string;
  /** Of a rectification: the fields that were corrected. */
  readonly fields: readonly string[] | null;
  readonly requestedAt: Date;
  readonly requestedBy: string;
  /** The number of its entry in the change log; of a rectification the newest change of the fields. */
  readonly change: bigint;
  readonly done: RequestDone;
  /** Of the keys that are destroyed, or are to be: keyed hashes, which say nothing of whose they were. */
  readonly handles: readonly string[];
  readonly keysDestroyed: bigint;
  readonly finishedAt: Date | null;
}

const REQUEST = `request, kind, state, customer, subject, reason, fields, requested_at as "requestedAt",
            requested_by as "requestedBy", change, done, handles, keys_destroyed as "keysDestroyed",
            finished_at as "finishedAt"`;

/** A request that begins. */
export type NewRequest = Omit<
  StoredRequest,
  "done" | "handles" | "keysDestroyed" | "finishedAt" | "change"
> & { readonly change?: bigint | undefined };

export async function insertRequest(tx: Transaction, request: NewRequest): Promise<void> {
  await tx.run(
    `insert into _rights_requests (request, kind, state, customer, subject, reason, fields, requested_at,
                                   requested_by, change, done)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '{"rows": {}, "suppressed": 0}')`,
    [
      request.request,
      request.kind,
      request.state,
      request.customer,
      request.subject,
      request.reason,
      request.fields,
      request.requestedAt,
      request.requestedBy,
      request.change ?? 0n,
    ],
  );
}

/** Writes down what the transaction that erased has done, and what is still to be done. */
export async function updateErased(
  tx: Transaction,
  request: string,
  erased: {
    readonly change: bigint;
    readonly done: RequestDone;
    readonly handles: readonly string[];
  },
): Promise<void> {
  await tx.run(
    "update _rights_requests set change = $2, done = $3::jsonb, handles = $4::text[] where request = $1",
    [request, erased.change, JSON.stringify(erased.done), erased.handles],
  );
}

/**
 * The keys of a request are destroyed.
 * @returns false when somebody has written that down already
 */
export async function updateKeysDestroyed(
  tx: Transaction,
  request: string,
  keys: number,
): Promise<boolean> {
  const updated = await tx.run(
    `update _rights_requests set state = 'informing', keys_destroyed = $2
      where request = $1 and state = 'keys'`,
    [request, keys],
  );
  return updated === 1;
}

/**
 * Ends a request of which nothing is left to do.
 * @returns whether it ended now
 */
export async function finishRequest(tx: Transaction, request: string, at: Date): Promise<boolean> {
  const updated = await tx.run(
    `update _rights_requests r set state = 'done', finished_at = $2
      where r.request = $1 and r.state = 'informing'
        and not exists (select from _obligations o where o.request = r.request and o.settled_at is null)`,
    [request, at],
  );
  return updated === 1;
}

export async function selectRequest(
  tx: Transaction,
  request: string,
): Promise<StoredRequest | undefined> {
  return await tx.optionalRow<StoredRequest>(
    `select ${REQUEST} from _rights_requests where request = $1`,
    [request],
  );
}

/** What a request asks for, in the words of ledger, certificate and notices. */
export async function rightOf(tx: Transaction, request: string): Promise<"erase" | "correct"> {
  const { kind } = await tx.row<{ kind: RequestKind }>(
    "select kind from _rights_requests where request = $1",
    [request],
  );
  return rightOfKind(kind);
}

/** The same of a request that is at hand. */
export function rightOfKind(kind: RequestKind): "erase" | "correct" {
  return kind === "erasure" ? "erase" : "correct";
}

/** The erasure of a customer that is gone; undefined when there was none. */
export async function selectErasureOf(
  tx: Transaction,
  customer: bigint,
): Promise<StoredRequest | undefined> {
  return await tx.optionalRow<StoredRequest>(
    `select ${REQUEST} from _rights_requests where customer = $1 and kind = 'erasure'
      order by requested_at desc limit 1`,
    [customer],
  );
}

/** Requests, newest first; with `state` only those. */
export async function selectRequests(
  tx: Transaction,
  page: { readonly limit: number; readonly state?: RequestState | undefined },
): Promise<StoredRequest[]> {
  return await tx.rows<StoredRequest>(
    `select ${REQUEST} from _rights_requests
      where $2::text is null or state = $2
      order by requested_at desc, request
      limit $1`,
    [page.limit, page.state ?? null],
  );
}
