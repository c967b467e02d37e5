import { setTimeout } from "node:timers/promises";
import type { Client } from "pg";
import type { Listening, ListenOptions } from "./door.ts";
import { quoteIdent } from "./ident.ts";

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/**
 * Listens with connections that `connect` makes, one after another: when one breaks, the next is tried
 * at once, and then ever more seldom, for as long as the server does not answer.
 */
export function listenOn(connect: () => Client, options: ListenOptions): Listening {
  const listener = new Listener(connect, options);
  listener.start();
  return listener;
}

class Listener implements Listening {
  readonly #connect: () => Client;
  readonly #options: ListenOptions;
  readonly #leaving = new AbortController();
  #listening: Promise<void> = Promise.resolve();

  constructor(connect: () => Client, options: ListenOptions) {
    this.#connect = connect;
    this.#options = options;
  }

  get channel(): string {
    return this.#options.channel;
  }

  start(): void {
    this.#listening = this.#listen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leaving.abort();
    await this.#listening;
  }

  async #listen(): Promise<void> {
    const { signal } = this.#leaving;
    let pauseMs = 0;
    while (!signal.aborted) {
      const lived = await this.#listenOnce();
      pauseMs = lived
        ? firstPauseMs
        : Math.min(longestPauseMs, Math.max(firstPauseMs, pauseMs * 2));
      // Rejects only when it is time to leave, which the loop's condition sees.
      await setTimeout(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One connection, until it ends. Returns whether it ever listened. */
  async #listenOnce(): Promise<boolean> {
    const { channel, onNotice, onConnected } = this.#options;
    const { signal } = this.#leaving;
    const client = this.#connect();
    const ended = new Promise<void>((resolve) => void client.once("end", resolve));
    const leave = (): void => void client.end().catch(() => undefined);
    client.on("error", () => {});
    client.on("notification", ({ payload = "" }) => onNotice(payload));
    try {
      await client.connect();
      await client.query(`listen ${quoteIdent(channel)}`);
    } catch {
      leave();
      return false;
    }
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) {
      leave();
    } else {
      onConnected();
    }
    await ended;
    signal.removeEventListener("abort", leave);
    return true;
  }
}
