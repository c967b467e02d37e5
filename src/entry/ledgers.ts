/** What a client's ledger needs from outside, wired: the operator's name and key, the data directory. */
import { keyedSubjects, type Ledger, type Subjects } from "../modules/ledger/index.ts";
import type { Scope } from "../platform/postgres/index.ts";
import type { Context } from "./context.ts";
import { openSigner } from "./signing.ts";

/** A client as far as its ledger is concerned. */
export interface LedgerClient {
  readonly key: string;
  readonly scope: Scope;
}

export async function openLedger(
  { db, dataDir, operator }: Pick<Context, "db" | "dataDir" | "operator">,
  { key, scope }: LedgerClient,
): Promise<Ledger> {
  return { db, scope, client: key, operator, dataDir, signer: await openSigner(dataDir) };
}

/** Keeps the secrets of commitments apart from what else comes from a key. */
const SUBJECT_PURPOSE = "ledger subject";

/**
 * How a client's ledger names its customers: by a key for each in the key database, made on first use and
 * destroyed with the customer.
 */
export function openSubjects({ protect }: Pick<Context, "protect">, client: string): Subjects {
  return keyedSubjects(async (customers) => {
    const protection = await protect(client);
    const handles = customers.map((customer) => protection.handleOf(["ledger", String(customer)]));
    return await protection.secretsOf(handles, SUBJECT_PURPOSE);
  });
}
