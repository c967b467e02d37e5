/** What a client's ledger needs from outside, wired: the operator's name and key, the data directory. */
import { join } from "node:path";
import { derivedSubjects, type Ledger, type Subjects } from "../modules/ledger/index.ts";
import { openSecretFile } from "../platform/crypto/index.ts";
import type { Scope } from "../platform/postgres/index.ts";
import type { Context } from "./context.ts";
import { openSigner } from "./delivering.ts";

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

/** How a client's ledger names its customers. The key is made on first use and lies apart from the data. */
export async function openSubjects(
  { dataDir }: Pick<Context, "dataDir">,
  client: string,
): Promise<Subjects> {
  return derivedSubjects(await openSecretFile(join(dataDir, "keys", "subjects", client)));
}
