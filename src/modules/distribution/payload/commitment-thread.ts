/** The thread of `committing.ts`: takes chunks, and says of each that it is done; at the end, the roots. */
import { parentPort, workerData } from "node:worker_threads";
import { must } from "../../../kernel/index.ts";
import { type CommitmentRequest, PayloadCommitments } from "./commitments.ts";

const port = must(parentPort, "this file is run as a thread");
const commitments = new PayloadCommitments(workerData as CommitmentRequest);

port.on("message", (chunk: Uint8Array | null) => {
  if (chunk === null) {
    port.postMessage(commitments.finish());
    port.close();
  } else {
    commitments.feed(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    port.postMessage(null);
  }
});
