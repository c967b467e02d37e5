/**
 * Where "now" comes from. Everything that depends on time takes a clock, so that tests move a year
 * in milliseconds and `--as-of` is an ordinary argument.
 */
export interface Clock {
  /** The present instant. */
  now(): Date;
}

/** A clock that stands still until it is set. */
export class FixedClock implements Clock {
  #now: Date;

  constructor(now: Date) {
    this.#now = now;
  }

  now(): Date {
    return new Date(this.#now);
  }

  set(now: Date): void {
    this.#now = now;
  }
}
