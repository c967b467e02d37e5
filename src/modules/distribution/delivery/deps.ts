/** What a delivery needs from outside. */
import type { Clock } from "../../../kernel/index.ts";
import type { Database, Scope, Transaction } from "../../../platform/postgres/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import type { SigningKey } from "../../ledger/index.ts";
import type { Protection } from "../../protection/index.ts";
import type { RetryPolicy } from "../destinations/retry-policy.ts";
import type { CustomerSelection } from "../store/projection.ts";

/** The client whose customers leave. */
export interface DeliveryClient {
  readonly key: string;
  readonly scope: Scope;
  readonly catalogue: Catalogue;
}

/** Whom a route is about: a segment's name, or criteria as text; exactly one of them. */
export interface Choice {
  readonly segment?: string | undefined;
  readonly criteria?: string | undefined;
}

/** Asks for the query that chooses customers. */
export interface SelectionRequest extends Choice {
  readonly catalogue: Catalogue;
  readonly asOf: Date;
  /** Only these are asked about (`_id`s); undefined: everybody. */
  readonly members?: readonly bigint[] | undefined;
}

export interface DeliveryDeps {
  readonly db: Database;
  readonly clock: Clock;
  /** Holds `outbox/`, `spool/` and `waybills/`. */
  readonly dataDir: string;
  /** The firm that sends, as waybills name it. */
  readonly operator: string;
  readonly signer: SigningKey;
  /** Where `env:NAME` secrets come from. */
  readonly environment: (name: string) => string | undefined;
  /** A fresh UUID. */
  readonly newId: () => string;
  /** A number from 0 up to 1, for the jitter of retries. */
  readonly random: () => number;
  /** Turns a segment or criteria into a query; runs in a transaction on the client's data. */
  readonly select: (tx: Transaction, request: SelectionRequest) => Promise<CustomerSelection>;
  /** The protection of a client's values, by its key; asked for where sealed fields or pseudonyms leave. */
  readonly protect: (client: string) => Promise<Protection>;
  /** How webhooks are retried; the default suits production. */
  readonly retry?: RetryPolicy | undefined;
}
