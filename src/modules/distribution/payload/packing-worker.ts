/** What `packing-thread.ts` runs. */
import { parentPort, workerData } from "node:worker_threads";
import { must } from "../../../kernel/index.ts";
import { Crate, type Done, type Full, type LastWord } from "./crate.ts";
import { Packer, type PackingRequest } from "./packer.ts";

const port = must(parentPort, "this file is run as a thread");
const packer = new Packer(workerData as PackingRequest);
const crates = new Map<number, Crate>();

port.on("message", (full: Full | null) => {
  if (full === null) {
    const lastWord: LastWord = packer.finish();
    port.postMessage(lastWord);
    port.close();
  } else {
    port.postMessage(pack(full));
  }
});

function pack({ crate: number, memory, rowBytes }: Full): Done {
  if (memory !== undefined) {
    crates.set(number, new Crate(number, memory));
  }
  const crate = must(crates.get(number), "where a crate is was told before");
  const { payload, rows } = packer.pack(crate.rows.subarray(0, rowBytes));
  if (payload.length > crate.payload.length) {
    return { crate: number, payload, rows };
  }
  crate.payload.set(payload);
  return { crate: number, payload: payload.length, rows };
}
