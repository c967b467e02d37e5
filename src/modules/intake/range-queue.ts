/** Ranges of staged lines on their way from the reader to the publisher. */
import type { LineRange } from "../customers/index.ts";

/** Ranges that wait are handed on as one up to this many lines: fewer statements for the same work. */
const MOST_LINES = 100_000;

/**
 * A queue between one writer and one reader. It holds numbers, not rows, so it needs no bound; the
 * rows wait in the staging table.
 */
export class RangeQueue implements AsyncIterable<LineRange> {
  readonly #ranges: LineRange[] = [];
  #ended = false;
  #failure: unknown;
  #wake: () => void = () => {};

  /** Adds a range that begins behind every earlier one. */
  push(range: LineRange): void {
    const last = this.#ranges.at(-1);
    if (last !== undefined && range.to - last.from < MOST_LINES) {
      this.#ranges[this.#ranges.length - 1] = { from: last.from, to: range.to };
    } else {
      this.#ranges.push(range);
    }
    this.#wake();
  }

  /** No more ranges will come. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** The writer failed: the reader fails too. */
  fail(error: unknown): void {
    this.#failure = error;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LineRange> {
    for (;;) {
      if (this.#failure !== undefined) {
        throw this.#failure;
      }
      const range = this.#ranges.shift();
      if (range !== undefined) {
        yield range;
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }
}
