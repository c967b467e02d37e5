/** The thread that packs, as the one that reads sees it. */
import type { Worker } from "node:worker_threads";
import { InvariantError, must } from "../../../kernel/index.ts";
import type { Crate, Done, Full, LastWord, Told } from "./crate.ts";
import type { Packed, PackingRequest } from "./packer.ts";
import { keepWorker, takeWorker } from "./packing-workers.ts";

/** A crate that came back, with what its rows became. */
export interface PackedCrate extends Packed {
  readonly crate: Crate;
}

export class PackingThread implements AsyncDisposable {
  readonly #worker: Worker;
  /** All that it was ever given, by their numbers. */
  readonly #crates = new Map<number, Crate>();
  readonly #back: PackedCrate[] = [];
  #away = 0;
  #lastWord: LastWord | undefined;
  #failure: unknown;
  /** Resolved when anything of these changes. */
  #news = Promise.withResolvers<void>();

  constructor(request: PackingRequest) {
    this.#worker = takeWorker();
    this.#worker.on("message", this.#hear);
    this.#worker.on("error", this.#fail);
    this.#worker.on("exit", this.#exit);
    this.#say({ begin: request });
  }

  /** How many crates it has. */
  get away(): number {
    return this.#away;
  }

  /** How many came back and were not taken yet. */
  get back(): number {
    return this.#back.length;
  }

  /** @throws whatever has ended the thread */
  post(crate: Crate, rowBytes: number): void {
    this.#throwFailure();
    const isKnown = this.#crates.has(crate.number);
    this.#crates.set(crate.number, crate);
    const full: Full = { crate: crate.number, rowBytes };
    this.#say(isKnown ? full : { ...full, memory: crate.memory });
    this.#away += 1;
  }

  /** The next one that comes back, in the order in which they were posted. @throws whatever has ended the thread */
  async next(): Promise<PackedCrate> {
    while (this.#back.length === 0) {
      await this.#hearing();
    }
    return must(this.#back.shift(), "there is one");
  }

  /** Ends it, when all crates are back. @throws whatever has ended the thread */
  async finish(): Promise<LastWord> {
    this.#say("end");
    while (this.#lastWord === undefined) {
      await this.#hearing();
    }
    return this.#lastWord;
  }

  /** Ends the thread, unless it has finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#worker.off("message", this.#hear);
    this.#worker.off("error", this.#fail);
    this.#worker.off("exit", this.#exit);
    if (this.#lastWord === undefined) {
      await this.#worker.terminate();
    } else {
      keepWorker(this.#worker);
    }
  }

  readonly #hear = (message: Done | LastWord): void => {
    if ("totals" in message) {
      this.#lastWord = message;
    } else {
      const crate = must(this.#crates.get(message.crate), "it has none but those that were posted");
      const payload = taken(message.payload, crate.payload);
      const leaves = taken(message.leaves, crate.leaves);
      this.#away -= 1;
      this.#back.push({ crate, payload, leaves, rows: message.rows });
    }
    this.#tell();
  };

  readonly #fail = (error: unknown): void => {
    this.#failure ??= error;
    this.#tell();
  };

  readonly #exit = (): void => {
    this.#fail(new InvariantError("the thread that packs has ended early"));
  };

  #say(told: Told): void {
    this.#worker.postMessage(told);
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  async #hearing(): Promise<void> {
    this.#throwFailure();
    await this.#news.promise;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
  }
}

/** What the thread has put into a crate, or was too much for it. */
function taken(told: number | Uint8Array, place: Uint8Array): Uint8Array {
  return typeof told === "number" ? place.subarray(0, told) : told;
}
