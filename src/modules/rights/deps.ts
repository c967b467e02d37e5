/** What carrying out people's rights needs from outside. */
import type { Clock } from "../../kernel/index.ts";
import type { Database, Scope } from "../../platform/postgres/index.ts";
import type { Catalogue } from "../contracts/index.ts";
import type { SigningKey } from "../ledger/index.ts";
import type { Protection } from "../protection/index.ts";

/** The client whose customers have rights. */
export interface RightsClient {
  readonly key: string;
  readonly scope: Scope;
  readonly catalogue: Catalogue;
}

export interface RightsDeps {
  readonly db: Database;
  readonly clock: Clock;
  /** The firm that signs certificates and notices. */
  readonly operator: string;
  readonly signer: SigningKey;
  /** A fresh UUID. */
  readonly newId: () => string;
  /** The keys of the client. */
  readonly protection: Protection;
  /** How the client's ledger names a customer: 64 hex digits. */
  readonly subjectOf: (customer: bigint) => Promise<string>;
}
