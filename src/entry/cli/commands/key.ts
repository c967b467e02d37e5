import { join } from "node:path";
import { Command } from "commander";
import { publicKeyPem } from "../../../modules/ledger/index.ts";
import { openSigner } from "../../signing.ts";
import { action, type Invocation } from "../invocation.ts";

export function keyCommand(): Command {
  return new Command("key")
    .description("print the public key by which your waybills are verified")
    .addHelpText(
      "after",
      `
Give it to those who get your waybills, by a way other than the waybills themselves:
  waybill key > operator.pem
  waybill verify delivery.waybill.json --key operator.pem
Needs no database. The private key is made on first use and lies in keys/signing.pem of the data
directory; nobody needs to see it, and without a backup of it no further waybill bears the same name.`,
    )
    .action(action(printKey));
}

/** The key goes to standard output alone, so that it can be sent into a file. */
async function printKey({ output, dataDir }: Invocation): Promise<void> {
  const { keyId, publicKey } = await openSigner(dataDir());
  const pem = publicKeyPem(publicKey).trimEnd();
  output.result({ keyId, publicKey, pem }, () => pem);
  output.note(`key ${keyId}, of ${join(dataDir(), "keys", "signing.pem")}`);
}
