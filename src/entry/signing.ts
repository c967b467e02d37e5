/** The key by which the operator signs what leaves and what its ledgers say. */
import { join } from "node:path";
import { type SigningKey, signingKey } from "../modules/ledger/index.ts";
import { openKeyFile } from "../platform/crypto/index.ts";

/** The operator's signing key, made on first use. It lies apart from the data, readable by its owner only. */
export async function openSigner(dataDir: string): Promise<SigningKey> {
  return signingKey(await openKeyFile(join(dataDir, "keys", "signing.pem")));
}
