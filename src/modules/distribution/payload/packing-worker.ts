/** What the threads of `packing-workers.ts` run: one payload after another. */
import { parentPort } from "node:worker_threads";
import { must } from "../../../kernel/index.ts";
import { Crate, type Done, type Full, type LastWord, type Told } from "./crate.ts";
import { Packer } from "./packer.ts";

const port = must(parentPort, "this file is run as a thread");
const crates = new Map<number, Crate>();
let packer: Packer | undefined;

port.on("message", (told: Told) => {
  if (told === "end") {
    port.postMessage(finish());
  } else if ("begin" in told) {
    packer = new Packer(told.begin);
  } else {
    port.postMessage(pack(begun(), told));
  }
});

function begun(): Packer {
  return must(packer, "it was told what to pack");
}

function pack(to: Packer, { crate: number, memory, rowBytes }: Full): Done {
  if (memory !== undefined) {
    crates.set(number, new Crate(number, memory));
  }
  const crate = must(crates.get(number), "where a crate is was told before");
  const { payload, leaves, rows } = to.pack(crate.rows.subarray(0, rowBytes));
  return {
    crate: number,
    payload: put(payload, crate.payload),
    leaves: put(leaves, crate.leaves),
    rows,
  };
}

/** Puts bytes into a crate, and says how many; the bytes themselves, where they do not fit. */
function put(bytes: Uint8Array, place: Uint8Array): number | Uint8Array {
  if (bytes.length > place.length) {
    return bytes;
  }
  place.set(bytes);
  return bytes.length;
}

/** Keeps nothing of the payload, neither its rows nor its secret. */
function finish(): LastWord {
  const lastWord = begun().finish();
  packer = undefined;
  crates.clear();
  return lastWord;
}
