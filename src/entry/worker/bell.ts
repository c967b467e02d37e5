import { setTimeout } from "node:timers/promises";

/** Wakes who sleeps, and keeps who was to be woken before from falling asleep. */
export class Bell {
  readonly #leaving: AbortSignal;
  #rung = new AbortController();

  /** @param leaving ends every sleep, now and later */
  constructor(leaving: AbortSignal) {
    this.#leaving = leaving;
  }

  readonly ring = (): void => this.#rung.abort();

  /** From here on, a ring ends the next sleep at once. */
  reset(): void {
    if (this.#rung.signal.aborted) {
      this.#rung = new AbortController();
    }
  }

  /** Until somebody rings, at most so long. */
  async sleep(ms: number): Promise<void> {
    const signal = AbortSignal.any([this.#rung.signal, this.#leaving]);
    // Rejects when somebody rings, which is as good an end.
    await setTimeout(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
  }
}
