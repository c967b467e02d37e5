/**
 * A process that sequences a ledger until it is killed: `node sequencer-process.ts URL DATA_DIR KEY`, where
 * KEY is a file that `openKeyFile` reads. Says `ready`, then goes on whatever becomes of its connections.
 */
import { setTimeout } from "node:timers/promises";
import { must } from "../../src/kernel/index.ts";
import { sequence, signingKey } from "../../src/modules/ledger/index.ts";
import { openKeyFile } from "../../src/platform/crypto/index.ts";
import { findScope, openDatabase } from "../../src/platform/postgres/index.ts";

const [, , url = "", dataDir = "", keyFile = ""] = process.argv;
await using db = await openDatabase({ url, poolSize: 2, applicationName: "sequencer" });
const scope = must(await findScope(db, "acme"), "the test made the scope");
const signer = signingKey(await openKeyFile(keyFile));
process.stdout.write("ready\n");
for (;;) {
  // What a lost connection has left undone, the next turn does; what else goes wrong the test finds out.
  await sequence({ db, scope, client: "acme", operator: "Care & Co. GmbH", dataDir, signer }).catch(
    (error: unknown) => process.stderr.write(`${String(error)}\n`),
  );
  await setTimeout(5);
}
