/**
 * Posts messages to one webhook until each is taken, or it is certain that it will not be.
 *
 * | answer | what it means |
 * |---|---|
 * | 2xx | taken |
 * | 408, 425, 429, 5xx, no answer, a broken connection | tried again, after `Retry-After` where it is given |
 * | 410 | the receiver wants nothing more: no further attempt |
 * | 3xx | refused: a redirect could lead anywhere |
 * | other 4xx | refused: the same message would be refused again |
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Pool, buildConnector } from "undici";
import {
  CancelledError,
  RefusedError,
  UnavailableError,
  WaybillError,
  type Clock,
} from "../../../kernel/index.ts";
import { publicLookup, refusePrivateLiteral } from "./address-guard.ts";
import { DEFAULT_RETRY, type RetryPolicy } from "./retry-policy.ts";
import { signWebhook } from "./standard-webhooks.ts";

/** How much of an answer is read; it says nothing that we need. */
const LONGEST_ANSWER_BYTES = 16 * 1024;
/** Below the 5 s after which Node and many proxies close idle connections, so that none is used as it dies. */
const KEEP_ALIVE_MS = 4000;

export interface WebhookClientOptions {
  readonly destination: string;
  readonly url: string;
  readonly secret: Buffer;
  /** Lets the webhook lie in a private network. */
  readonly allowPrivate: boolean;
  readonly clock: Clock;
  /** A number from 0 up to 1, for the jitter of the waits. */
  readonly random: () => number;
  readonly retry?: RetryPolicy | undefined;
}

/** What came of one attempt. */
type Outcome =
  | { readonly kind: "taken" }
  | { readonly kind: "again"; readonly reason: string; readonly afterMs?: number | undefined }
  | { readonly kind: "given-up"; readonly error: WaybillError };

export class WebhookClient implements AsyncDisposable {
  readonly #options: WebhookClientOptions;
  readonly #retry: RetryPolicy;
  readonly #url: URL;
  readonly #pool: Pool;
  #hasConnected = false;

  constructor(options: WebhookClientOptions) {
    this.#options = options;
    this.#retry = options.retry ?? DEFAULT_RETRY;
    this.#url = new URL(options.url);
    this.#pool = new Pool(this.#url.origin, {
      connections: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: this.#retry.timeoutMs,
      bodyTimeout: this.#retry.timeoutMs,
      connect: this.#noticing(guardedConnector(options.allowPrivate, this.#retry.timeoutMs)),
    });
  }

  /**
   * Posts one message until it is taken.
   * @param id its idempotency key: the same for every attempt
   * @throws UnavailableError when every attempt failed; RefusedError when a further one is
   * useless; CancelledError when the signal is aborted
   */
  async post(id: string, body: string, signal?: AbortSignal): Promise<void> {
    let reason = "";
    for (let attempt = 1; attempt <= this.#retry.attempts; attempt += 1) {
      const outcome = await this.#attempt(id, body, signal);
      if (outcome.kind === "taken") {
        return;
      }
      if (outcome.kind === "given-up") {
        throw outcome.error;
      }
      reason = outcome.reason;
      if (attempt < this.#retry.attempts) {
        await this.#pause(attempt, outcome.afterMs, signal);
      }
    }
    throw new UnavailableError(
      "webhook-unavailable",
      `destination ${this.#options.destination} did not take the delivery in ${this.#retry.attempts} attempts: ${reason}`,
      {
        hint: "deliver again when the receiver is well; it can tell repeated messages by webhook-id",
      },
    );
  }

  /** Whether the other end was ever reached; until then not one byte of a message has left. */
  get hasConnected(): boolean {
    return this.#hasConnected;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }

  #noticing(connect: buildConnector.connector): buildConnector.connector {
    return (options, callback) => {
      connect(options, (...result) => {
        this.#hasConnected ||= result[0] === null;
        callback(...result);
      });
    };
  }

  async #attempt(id: string, body: string, signal: AbortSignal | undefined): Promise<Outcome> {
    const timeout = AbortSignal.timeout(this.#retry.timeoutMs);
    const timestamp = Math.floor(this.#options.clock.now().getTime() / 1000);
    try {
      const answer = await this.#pool.request({
        method: "POST",
        path: this.#url.pathname + this.#url.search,
        headers: {
          "content-type": "application/json",
          "user-agent": "Waybill",
          ...signWebhook({ id, timestamp, body }, this.#options.secret),
        },
        body,
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      });
      await answer.body
        .dump({ limit: LONGEST_ANSWER_BYTES, signal: timeout })
        .catch(() => undefined);
      return this.#judge(answer.statusCode, answer.headers["retry-after"]);
    } catch (error) {
      if (signal?.aborted === true) {
        return { kind: "given-up", error: cancelled() };
      }
      if (error instanceof WaybillError) {
        return { kind: "given-up", error };
      }
      return { kind: "again", reason: timeout.aborted ? "no answer in time" : reasonOf(error) };
    }
  }

  #judge(status: number, retryAfter: string | string[] | undefined): Outcome {
    if (status >= 200 && status < 300) {
      return { kind: "taken" };
    }
    if (status === 408 || status === 425 || status === 429 || status >= 500) {
      const afterMs = typeof retryAfter === "string" ? this.#retryAfterMs(retryAfter) : undefined;
      return { kind: "again", reason: `it answered ${status}`, afterMs };
    }
    return { kind: "given-up", error: refusal(this.#options.destination, status) };
  }

  /** RFC 9110 §10.2.3: seconds, or a date. */
  #retryAfterMs(value: string): number | undefined {
    const delay = /^\d+$/u.test(value)
      ? Number(value) * 1000
      : Date.parse(value) - this.#options.clock.now().getTime();
    return Number.isFinite(delay) ? Math.max(0, delay) : undefined;
  }

  /** Exponential with full jitter, so that many deliveries that failed together do not return together. */
  async #pause(
    attempt: number,
    afterMs: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const backoff = this.#options.random() * this.#retry.firstDelayMs * 2 ** (attempt - 1);
    const delay = Math.min(this.#retry.longestDelayMs, Math.max(backoff, afterMs ?? 0));
    try {
      await sleep(delay, undefined, { signal });
    } catch (error) {
      throw signal?.aborted === true ? cancelled() : error;
    }
  }
}

function guardedConnector(allowPrivate: boolean, timeoutMs: number): buildConnector.connector {
  if (allowPrivate) {
    return buildConnector({ allowH2: false, timeout: timeoutMs });
  }
  const connect = buildConnector({ allowH2: false, timeout: timeoutMs, lookup: publicLookup });
  return (options, callback) => {
    try {
      refusePrivateLiteral(options.hostname);
    } catch (error) {
      callback(error instanceof Error ? error : new Error("refused", { cause: error }), null);
      return;
    }
    connect(options, callback);
  };
}

function refusal(destination: string, status: number): WaybillError {
  if (status === 410) {
    return new RefusedError(
      "webhook-gone",
      `destination ${destination} wants no more deliveries (410)`,
      [],
      {
        hint: "ask the recipient for a new address, or remove the route",
      },
    );
  }
  const redirected = status >= 300 && status < 400;
  return new RefusedError("webhook-refused", `destination ${destination} answered ${status}`, [], {
    hint: redirected
      ? "redirects are not followed: give the final address as the url"
      : "the receiver refuses the message; check its url and that both sides have the same secret",
  });
}

function cancelled(): CancelledError {
  return new CancelledError("delivery-cancelled", "the delivery was cancelled");
}

/** Names the fault by its code: messages of the network layer can hold addresses and more. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
  return `the connection failed (${code})`;
}
