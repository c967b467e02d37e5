/**
 * Commits to a payload beside its encoding: four hashes a record take as long as everything else that
 * Node does with it, so those of a large payload are made in a thread of their own. A small one is done
 * before a thread would have begun.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type CommitmentRequest, type Committed, PayloadCommitments } from "./commitments.ts";

/** Bytes up to which no thread is worth its beginning. */
const SMALL_BYTES = 8 * 1024 * 1024;
/**
 * Bytes that are handed to the thread at once. They are gathered in blocks of their own, which change hands:
 * to post a chunk as it came would copy all of the network's buffer that it is a piece of.
 */
const BLOCK_BYTES = 256 * 1024;
/** Blocks that may wait for the thread: it bounds the memory, since they are used again. */
const MOST_WAITING = 16;

export class Committing implements AsyncDisposable {
  readonly #request: CommitmentRequest;
  readonly #smallBytes: number;
  /** Whole blocks of a payload that is small so far. */
  #held: Buffer<ArrayBuffer>[] = [];
  /** Blocks that the thread is done with. */
  readonly #free: Buffer<ArrayBuffer>[] = [];
  #block = newBlock();
  #filled = 0;
  #thread: Worker | undefined;
  #waiting = 0;
  #failure: unknown;

  /** @param smallBytes up to which the work is done here; tests have other limits */
  constructor(request: CommitmentRequest, smallBytes: number = SMALL_BYTES) {
    this.#request = request;
    this.#smallBytes = smallBytes;
  }

  /** Takes the next bytes. Awaiting it keeps the thread from falling behind. */
  async feed(chunk: Buffer): Promise<void> {
    for (let from = 0; from < chunk.length;) {
      const copied = chunk.copy(this.#block, this.#filled, from);
      this.#filled += copied;
      from += copied;
      if (this.#filled === BLOCK_BYTES) {
        await this.#pass();
      }
    }
  }

  /** @throws the error that has ended the thread */
  async finish(): Promise<Committed> {
    await this.#pass();
    const thread = this.#thread;
    if (thread === undefined) {
      const commitments = new PayloadCommitments(this.#request);
      for (const block of this.#held) {
        commitments.feed(block);
      }
      return commitments.finish();
    }
    while (this.#waiting > 0) {
      await this.#answer(thread);
    }
    this.#throwFailure();
    thread.postMessage(null);
    const [committed]: [Committed] = await parsed(once(thread, "message"));
    return committed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread?.terminate();
  }

  /** Hands the block on: to the thread, or to those that are held until there is one. */
  async #pass(): Promise<void> {
    const block = this.#block.subarray(0, this.#filled);
    this.#block = this.#free.pop() ?? newBlock();
    this.#filled = 0;
    if (this.#thread !== undefined) {
      await this.#post(this.#thread, block);
      return;
    }
    this.#held.push(block);
    if (this.#held.reduce((sum, { length }) => sum + length, 0) > this.#smallBytes) {
      this.#thread = this.#begin();
      for (const held of this.#held) {
        await this.#post(this.#thread, held);
      }
      this.#held = [];
    }
  }

  #begin(): Worker {
    const own = import.meta.url;
    const thread = new Worker(
      new URL(`./commitment-thread${own.slice(own.lastIndexOf("."))}`, own),
      {
        workerData: this.#request,
      },
    );
    thread.on("message", (message: Uint8Array<ArrayBuffer> | Committed) => {
      if (message instanceof Uint8Array) {
        this.#waiting -= 1;
        this.#free.push(Buffer.from(message.buffer));
      }
    });
    thread.on("error", (error) => {
      this.#failure ??= error;
    });
    return thread;
  }

  async #post(thread: Worker, block: Buffer<ArrayBuffer>): Promise<void> {
    while (this.#waiting >= MOST_WAITING) {
      await this.#answer(thread);
    }
    this.#throwFailure();
    this.#waiting += 1;
    thread.postMessage(block, [block.buffer]);
  }

  /** Waits for the thread to be done with something. */
  async #answer(thread: Worker): Promise<void> {
    this.#throwFailure();
    await once(thread, "message");
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
  }
}

/** Not of Node's pool: it changes hands. */
function newBlock(): Buffer<ArrayBuffer> {
  return Buffer.from(new ArrayBuffer(BLOCK_BYTES));
}

/** The boundary to the thread: its last message is what it promises. */
async function parsed(message: Promise<unknown[]>): Promise<[Committed]> {
  return (await message) as [Committed];
}
