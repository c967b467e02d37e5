/**
 * How far the hand-over of one delivery has come, in a small file of its own: `DELIVERY.hand-over` in the
 * spool, a number a line. The journal cannot say it, since a reply of the database can be lost, and a
 * process can die, between any two steps outside.
 *
 * A line is on the disk before what it speaks of can be seen outside, so the last line never says too
 * little. Whoever ends the delivery of a process that seems dead takes the file away first; a process that
 * is alive after all, and has only lost its lock with the connection, finds that out before it goes on.
 */
import { access, type FileHandle, open, readdir, readFile, rename } from "node:fs/promises";
import path from "node:path";
import { ConflictError, must } from "../../../kernel/index.ts";
import type { Progress } from "../destinations/destination.ts";
import { makeSpool } from "../destinations/spool.ts";
import { onDisk, removeFile, syncPath } from "../payload/payload-file.ts";

/** How far a hand-over came. */
export interface HandOver {
  /** So many records, from the first, may have left. */
  readonly records: number;
  /** Payload and waybill are at the recipient. */
  readonly hasArrived: boolean;
}

/** What the last line says when everything is at the recipient. */
const ARRIVED = "arrived";

function logPath(spool: string, delivery: bigint): string {
  return path.join(spool, `${delivery}.hand-over`);
}

function takenPath(spool: string, delivery: bigint): string {
  return `${logPath(spool, delivery)}.taken`;
}

export class HandOverLog implements Progress, AsyncDisposable {
  readonly #spool: string;
  readonly #file: string;
  #handle: FileHandle | undefined;
  #records = 0;

  constructor(spool: string, delivery: bigint) {
    this.#spool = spool;
    this.#file = logPath(spool, delivery);
  }

  /** Begins the log: nothing has left. */
  async begin(): Promise<void> {
    await makeSpool(this.#spool);
    this.#handle = await onDisk(this.#file, () => open(this.#file, "w", 0o600));
    await this.#append("0");
    await onDisk(this.#spool, () => syncPath(this.#spool));
  }

  /** How many records, from the first, may have left. */
  get records(): number {
    return this.#records;
  }

  /** @throws ConflictError when the delivery was taken for dead and ended by somebody else */
  async mayLeave(records: number): Promise<void> {
    await this.#append(String(records));
    // After the line is written: whoever takes the file away from here on reads it.
    await access(this.#file).catch(() => {
      throw new ConflictError(
        "delivery-ended",
        "this delivery was taken for dead and ended while it was under way",
        { hint: "its connection to the database was lost; deliver again" },
      );
    });
    this.#records = records;
  }

  /** Payload and waybill are at the recipient. */
  async arrived(): Promise<void> {
    await this.#append(ARRIVED);
  }

  /** Removes the log: the journal says it now. What cannot be removed is left to {@link dropHandOver}. */
  async discard(): Promise<void> {
    await removeIfPossible(this.#file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle?.close();
  }

  async #append(line: string): Promise<void> {
    const handle = must(this.#handle, "a log is begun before anything is handed over");
    await onDisk(this.#file, async () => {
      await handle.appendFile(`${line}\n`);
      await handle.datasync();
    });
  }
}

/**
 * Takes the log of a delivery whose process is gone.
 * @returns undefined when there is none
 */
export async function takeHandOver(spool: string, delivery: bigint): Promise<HandOver | undefined> {
  const taken = takenPath(spool, delivery);
  // Whoever took it before may have died with it.
  await ifThere(() => rename(logPath(spool, delivery), taken));
  const text = await ifThere(() => readFile(taken, "utf8"));
  if (text === undefined) {
    return undefined;
  }
  const lines = text.split("\n").slice(0, -1);
  const numbers = lines.filter((line) => line !== ARRIVED).map(Number);
  return { records: numbers.at(-1) ?? 0, hasArrived: lines.at(-1) === ARRIVED };
}

/**
 * Removes the log of a delivery that the journal has ended. Nobody reads it any more, so one that cannot be
 * removed holds nothing up: the next start tries again.
 */
export async function dropHandOver(spool: string, delivery: bigint): Promise<void> {
  await removeIfPossible(logPath(spool, delivery));
  await removeIfPossible(takenPath(spool, delivery));
}

async function removeIfPossible(file: string): Promise<void> {
  await removeFile(file).catch(() => {});
}

/** The deliveries that have a log in the spool, each once. */
export async function loggedDeliveries(spool: string): Promise<bigint[]> {
  const names = (await ifThere(() => readdir(spool))) ?? [];
  const numbers = names.flatMap((name) => /^(\d+)\.hand-over/u.exec(name)?.[1] ?? []);
  return [...new Set(numbers)].map(BigInt);
}

async function ifThere<T>(step: () => Promise<T>): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}
