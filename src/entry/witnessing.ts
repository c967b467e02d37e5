/** Witnesses, wired: the key by which this installation cosigns, and the way to the witnesses of others. */
import { join } from "node:path";
import { UnavailableError } from "../kernel/index.ts";
import {
  type Cosigner,
  nameOfOperator,
  signingKey,
  type WitnessPost,
} from "../modules/ledger/index.ts";
import { openKeyFile } from "../platform/crypto/index.ts";
import type { Context } from "./context.ts";

/** A witness answers with a few lines; whoever sends more is none. */
const LONGEST_ANSWER = 64 * 1024;
const PATIENCE_MS = 10_000;

/** As whom this installation cosigns. The key is made on first use, and is not that of the ledgers. */
export async function openCosigner({
  dataDir,
  operator,
}: Pick<Context, "dataDir" | "operator">): Promise<Cosigner> {
  const key = signingKey(await openKeyFile(join(dataDir, "keys", "witness.pem")));
  return { name: `${nameOfOperator(operator)}/waybill/witness`, key };
}

/** Posts to a witness. @throws UnavailableError `witness-unreachable` */
export const postToWitness: WitnessPost = async (url, body) => {
  try {
    const answer = await fetch(url, {
      method: "POST",
      body,
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const bytes = await answer.arrayBuffer();
    if (bytes.byteLength > LONGEST_ANSWER) {
      throw new TypeError("the answer is longer than any witness's");
    }
    return { status: answer.status, body: Buffer.from(bytes).toString("utf8") };
  } catch (cause) {
    throw new UnavailableError("witness-unreachable", `the witness at ${url} cannot be reached`, {
      hint: "it is asked again with the next checkpoint",
      cause,
    });
  }
};
