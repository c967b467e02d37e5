/** The thread of `committing.ts`: takes blocks, and gives each back when it is done; at the end, the roots. */
import { parentPort, workerData } from "node:worker_threads";
import { must } from "../../../kernel/index.ts";
import { type CommitmentRequest, PayloadCommitments } from "./commitments.ts";

const port = must(parentPort, "this file is run as a thread");
const commitments = new PayloadCommitments(workerData as CommitmentRequest);

port.on("message", (block: Uint8Array<ArrayBuffer> | null) => {
  if (block === null) {
    port.postMessage(commitments.finish());
    port.close();
  } else {
    commitments.feed(Buffer.from(block.buffer, block.byteOffset, block.byteLength));
    port.postMessage(block, [block.buffer]);
  }
});
