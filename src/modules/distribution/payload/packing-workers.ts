/** The threads that pack: the last one that was needed is kept for a while, ready for the next payload. */
import { Worker } from "node:worker_threads";

/**
 * How long. A thread takes 0.1 s to begin, and its code half a million records until it is compiled as well as
 * it can be; an idle one holds some 50 MB.
 */
const KEPT_MS = 60_000;

interface Kept {
  readonly worker: Worker;
  readonly end: NodeJS.Timeout;
}

let kept: Kept | undefined;

/** Whether one is ready. */
export function isWorkerKept(): boolean {
  return kept !== undefined;
}

/** A thread that runs `packing-worker.ts` and has nothing to pack. */
export function takeWorker(): Worker {
  const taken = forget();
  if (taken !== undefined) {
    taken.ref();
    return taken;
  }
  const own = import.meta.url;
  return new Worker(new URL(`./packing-worker${own.slice(own.lastIndexOf("."))}`, own));
}

/** Gives a thread back that has packed all it had, and that nobody listens to. It does not keep the process alive. */
export function keepWorker(worker: Worker): void {
  const superseded = forget();
  void superseded?.terminate();
  worker.unref();
  worker.once("exit", forget);
  const end = setTimeout(() => void forget()?.terminate(), KEPT_MS).unref();
  kept = { worker, end };
}

/** No longer keeps the thread that it keeps. */
function forget(): Worker | undefined {
  const former = kept;
  kept = undefined;
  clearTimeout(former?.end);
  former?.worker.removeListener("exit", forget);
  return former?.worker;
}
