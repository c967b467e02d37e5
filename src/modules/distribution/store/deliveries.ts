/** The journal of deliveries. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { recordInLedger, sha256 } from "../../ledger/index.ts";
import type { SealedWaybill } from "../waybill/seal.ts";
import type { Waybill } from "../../../protocol/waybill/index.ts";

export type DeliveryState = "running" | "delivered" | "failed" | "cancelled";

export interface NewDelivery {
  readonly route: string;
  readonly routeVersion: number;
  readonly destination: string;
  readonly startedAt: Date;
  readonly asOf: Date;
  readonly actor: string;
}

/** Writes a delivery down as running. Returns its number. */
export async function insertDelivery(tx: Transaction, delivery: NewDelivery): Promise<bigint> {
  const { route, routeVersion, destination, startedAt, asOf, actor } = delivery;
  const row = await tx.row<{ delivery: bigint }>(
    `insert into _deliveries (route, route_version, destination, state, started_at, as_of, actor)
     values ($1, $2, $3, 'running', $4, $5, $6)
     returning delivery`,
    [route, routeVersion, destination, startedAt, asOf, actor],
  );
  return row.delivery;
}

export interface Seal {
  readonly sealed: SealedWaybill;
  readonly secret: Buffer;
  /** Who asked for the delivery. */
  readonly actor: string;
}

/**
 * Keeps the waybill and its secret with the delivery, and notes the waybill in the ledger, before anything
 * of it can be seen outside.
 */
export async function updateSealed(
  tx: Transaction,
  delivery: bigint,
  { sealed, secret, actor }: Seal,
): Promise<void> {
  const { document: waybill, bytes } = sealed;
  await tx.run(
    `update _deliveries
        set waybill = $2::jsonb, records = $3, sha256 = decode($4, 'hex'), secret = $5
      where delivery = $1`,
    [delivery, JSON.stringify(waybill), waybill.records.count, waybill.payload.sha256, secret],
  );
  await recordInLedger(tx, [
    {
      version: "1",
      kind: "delivery-sealed",
      at: waybill.issuedAt,
      actor,
      about: waybill.waybillId,
      waybill: sha256(bytes).toString("hex"),
    },
  ]);
}

/** The secret behind a waybill's commitments; undefined when it was destroyed or is of another firm. */
export async function selectSecret(
  tx: Transaction,
  waybillId: string,
): Promise<Buffer | undefined> {
  const row = await tx.optionalRow<{ secret: Buffer | null }>(
    "select secret from _deliveries where waybill ->> 'waybillId' = $1",
    [waybillId],
  );
  return row?.secret ?? undefined;
}

/** A waybill whose {@link selectSecret secret} is kept, so that it is here. */
export async function selectWaybill(tx: Transaction, waybillId: string): Promise<Waybill> {
  const { waybill } = await tx.row<{ waybill: Waybill }>(
    "select waybill from _deliveries where waybill ->> 'waybillId' = $1",
    [waybillId],
  );
  return waybill;
}

export interface DeliveryEnd {
  readonly state: Exclude<DeliveryState, "running">;
  readonly finishedAt: Date;
  /** Why it failed, without any value of a record. */
  readonly failure?: string | undefined;
}

/**
 * Ends a running delivery. One that did not arrive keeps no waybill: none is in force.
 * @returns false when it was ended before
 */
export async function updateFinished(
  tx: Transaction,
  delivery: bigint,
  { state, finishedAt, failure }: DeliveryEnd,
): Promise<boolean> {
  const updated = await tx.run(
    `update _deliveries
        set state = $2,
            finished_at = $3,
            failure = $4,
            waybill = case when $2 = 'delivered' then waybill end,
            secret = case when $2 = 'delivered' then secret end
      where delivery = $1 and state = 'running'`,
    [delivery, state, finishedAt, failure ?? null],
  );
  return updated === 1;
}

/** A delivery that is running, or was when its process died. */
export interface RunningDelivery {
  readonly delivery: bigint;
  readonly route: string;
  readonly destination: string;
  readonly started_at: Date;
  readonly waybill: Waybill | null;
}

/** The running deliveries, of one route or of all. */
export async function runningDeliveries(
  tx: Transaction,
  route?: string,
): Promise<RunningDelivery[]> {
  return await tx.rows<RunningDelivery>(
    `select delivery, route, destination, started_at, waybill
       from _deliveries
      where state = 'running' and ($1::text is null or route = $1)
      order by delivery`,
    [route ?? null],
  );
}

/** A delivery as the journal has it. */
export interface JournalEntry {
  readonly delivery: bigint;
  readonly route: string;
  readonly destination: string;
  readonly state: DeliveryState;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly asOf: Date;
  readonly records: bigint | null;
  readonly waybill: Waybill | null;
  readonly failure: string | null;
  readonly actor: string;
}

/** The newest deliveries first; `before` continues behind the last one of a page. */
export async function selectDeliveries(
  tx: Transaction,
  { limit, before }: { readonly limit: number; readonly before?: bigint | undefined },
): Promise<JournalEntry[]> {
  return await tx.rows<JournalEntry>(
    `select delivery, route, destination, state, started_at as "startedAt", finished_at as "finishedAt",
            as_of as "asOf", records, waybill, failure, actor
       from _deliveries
      where $2::bigint is null or delivery < $2
      order by delivery desc
      limit $1`,
    [limit, before ?? null],
  );
}

/**
 * Takes the lock of a route until the transaction ends; false when another delivery of it is running.
 * Its process dying ends the connection and with it the lock, so whoever gets the lock knows that no
 * delivery of the route is alive.
 */
export async function tryRouteLock(tx: Transaction, route: string): Promise<boolean> {
  const { locked } = await tx.row<{ locked: boolean }>(
    `select pg_try_advisory_xact_lock(
              hashtextextended('waybill.route ' || current_schema() || ' ' || $1, 0)) as locked`,
    [route],
  );
  return locked;
}
