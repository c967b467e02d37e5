import type { Database, Scope } from "../../../platform/postgres/index.ts";
import type { SigningKey } from "../signature.ts";

/** One client's ledger, and what it takes to keep it. */
export interface Ledger {
  readonly db: Database;
  readonly scope: Scope;
  /** The client's key. */
  readonly client: string;
  /** The firm that keeps it: part of the ledger's name, from the first entry on and for ever. */
  readonly operator: string;
  /** Holds `ledger/CLIENT/checkpoints`. */
  readonly dataDir: string;
  readonly signer: SigningKey;
}

/** The name of a ledger that begins now: a URL without schema that need not lead anywhere. */
export function originOf({ operator, client }: Pick<Ledger, "operator" | "client">): string {
  return `${nameOfOperator(operator)}/waybill/${client}`;
}

/** A firm's name as it stands in the names of its ledgers. */
export function nameOfOperator(operator: string): string {
  const firm = operator.toLowerCase().replaceAll(/[^a-z0-9.]+/gu, "-");
  return firm.replaceAll(/^[-.]+|[-.]+$/gu, "") || "operator";
}
