/** A client's ledger for a test, with a data directory of its own. */
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ledger, recordInLedger, signingKey } from "../../src/modules/ledger/index.ts";
import type { LedgerEntry } from "../../src/protocol/ledger/index.ts";
import { testDatabase, testScope } from "../support/database.ts";

export interface LedgerScene extends AsyncDisposable {
  readonly ledger: Ledger;
  /** Of its database. */
  readonly url: string;
  /** Notes so many entries, in one transaction. */
  readonly note: (count: number, label?: string) => Promise<void>;
}

export async function ledgerScene(): Promise<LedgerScene> {
  const stack = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), "waybill-ledger-"));
  stack.defer(() => rm(dataDir, { recursive: true }));
  const { db, url } = stack.use(await testDatabase());
  const scope = await testScope(db);
  const signer = signingKey(generateKeyPairSync("ed25519").privateKey);
  return {
    url,
    ledger: { db, scope, client: "acme", operator: "Care & Co. GmbH", dataDir, signer },
    note: (count, label = "note") =>
      db.scoped(scope, (tx) =>
        recordInLedger(
          tx,
          Array.from({ length: count }, (_, at) => noted(`${label} ${at}`)),
        ),
      ),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** An entry that tells something of `about`. */
export function noted(about: string): LedgerEntry {
  return {
    version: "1",
    kind: "definition-applied",
    at: "2026-03-01T10:00:00.000Z",
    actor: "test",
    about,
    definition: { kind: "segment", name: about, version: 1 },
  };
}
