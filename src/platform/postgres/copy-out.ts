/**
 * `COPY … TO STDOUT`, chunk by chunk, without anything being made for a row: the driver would make an event
 * of each, and `pg-copy-streams`, which copies in, a buffer. Only rows are taken from the connection;
 * whatever else the server says goes to the driver as it came.
 */
import type { Duplex } from "node:stream";
import type { Connection } from "pg";
import { assert } from "../../kernel/index.ts";
import { CopyFrames, type Unframed } from "./copy-frames.ts";
import { ReusingSocket } from "./reusing-socket.ts";

/** Takes what comes from the server. */
type Listener = (piece: Buffer) => void;

/** A connection whose bytes come here. */
interface Taken {
  readonly stream: Duplex;
  /** How the driver hears of what comes. */
  readonly driver: Listener;
  readonly giveBack: () => void;
}

/** Given to the driver's `query`, it gives the rows. A chunk is there until the next one is asked for. */
export class CopyOut implements AsyncIterable<Buffer> {
  readonly #text: string;
  readonly #frames = new CopyFrames();
  #taken: Taken | undefined;
  /** What came and was not looked at yet; the server waits meanwhile. */
  #unframed: Unframed | undefined;
  #isWhole = false;
  #failure: Error | undefined;
  /** Resolved when anything of these changes. */
  #news = Promise.withResolvers<void>();

  constructor(text: string) {
    this.#text = text;
  }

  /** The driver's words for: it is this query's turn, and for what the server then says. */
  submit(connection: Connection): void {
    const { stream } = connection;
    this.#taken = take(stream, (piece) => {
      this.#unframed = this.#frames.take(piece);
      stream.pause();
      this.#tell();
    });
    connection.query(this.#text);
  }

  /** How many rows there were is known to who has read them. */
  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#isWhole = true;
    this.#giveBack();
  }

  handleError(error: Error): void {
    this.#failure = error;
    this.#giveBack();
    this.#tell();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    while (!this.#isWhole) {
      if (this.#failure !== undefined) {
        throw this.#failure;
      }
      if (this.#unframed === undefined) {
        await this.#news.promise;
      } else {
        yield* this.#next(this.#unframed);
      }
    }
  }

  /** Gives rows first: what the driver hears next may end the copy, and others would read into them. */
  *#next({ rows, others }: Unframed): Generator<Buffer> {
    if (rows.length > 0) {
      yield rows;
    }
    const taken = this.#taken;
    this.#unframed = undefined;
    if (taken === undefined) {
      // The connection has failed while the rows were looked at.
      return;
    }
    for (const other of others) {
      taken.driver(other);
    }
    taken.stream.resume();
  }

  #giveBack(): void {
    this.#taken?.giveBack();
    this.#taken = undefined;
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

/** Gives what comes to `taker`, which may change it, instead of the driver. */
function take(stream: Duplex, taker: Listener): Taken {
  const [driver, ...others] = stream.listeners("data");
  assert(driver !== undefined && others.length === 0, () => "the driver listens, and nobody else");
  const taken = { stream, driver: driver as Listener };
  if (stream instanceof ReusingSocket) {
    stream.taker = taker;
    return { ...taken, giveBack: () => (stream.taker = undefined) };
  }
  stream.off("data", taken.driver);
  stream.on("data", taker);
  const giveBack = (): void => {
    stream.off("data", taker);
    stream.on("data", taken.driver);
  };
  return { ...taken, giveBack };
}
