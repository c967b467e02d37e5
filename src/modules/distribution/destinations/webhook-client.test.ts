import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  CancelledError,
  FixedClock,
  RefusedError,
  UnavailableError,
} from "../../../kernel/index.ts";
import { readWebhookSecret, verifyWebhook } from "./standard-webhooks.ts";
import type { RetryPolicy } from "./retry-policy.ts";
import { WebhookClient, type WebhookClientOptions } from "./webhook-client.ts";

interface Received {
  readonly id: string;
  readonly body: string;
  readonly genuine: boolean;
  readonly atMs: number;
}

type Mode = (request: IncomingMessage, response: ServerResponse) => void;

const answer =
  (status: number, headers: Record<string, string> = {}): Mode =>
  (_request, response) => {
    response.writeHead(status, headers).end("thanks");
  };
const reset: Mode = (request) => {
  request.socket.destroy();
};
const silence: Mode = () => undefined;
const endless: Mode = (_request, response) => {
  response.writeHead(200);
  const timer = setInterval(() => response.write("x".repeat(65_536)), 1);
  response.once("close", () => clearInterval(timer));
};

const secret = readWebhookSecret(`whsec_${Buffer.alloc(32, 5).toString("base64")}`);
const clock = new FixedClock(new Date("2026-03-01T12:00:00Z"));
const QUICK: RetryPolicy = { attempts: 4, firstDelayMs: 5, longestDelayMs: 1500, timeoutMs: 400 };

/** A receiver on this machine that answers each request in the next of its modes, the last one for ever. */
class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  modes: Mode[] = [answer(204)];
  url = "";
  readonly #server = createServer((request, response) => {
    void this.#receive(request, response);
  });

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const { port } = this.#server.address() as AddressInfo;
    this.url = `http://127.0.0.1:${port}/hooks?tenant=1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) {
      body += String(chunk);
    }
    const header = (name: string) => String(request.headers[name]);
    const id = header("webhook-id");
    const headers = {
      "webhook-id": id,
      "webhook-timestamp": header("webhook-timestamp"),
      "webhook-signature": header("webhook-signature"),
    };
    const genuine = verifyWebhook(headers, body, { secret, now: clock.now() });
    this.received.push({ id, body, genuine, atMs: performance.now() });
    const mode = this.modes.length > 1 ? this.modes.shift() : this.modes[0];
    mode?.(request, response);
  }
}

let receiver: Receiver;
beforeEach(async () => {
  receiver = new Receiver();
  await receiver.listen();
});
afterEach(async () => {
  await receiver[Symbol.asyncDispose]();
});

function client(options: Partial<WebhookClientOptions> = {}): WebhookClient {
  return new WebhookClient({
    destination: "hook",
    url: receiver.url,
    secret,
    allowPrivate: true,
    clock,
    random: () => 0.5,
    retry: QUICK,
    ...options,
  });
}

async function post(options?: Partial<WebhookClientOptions>, signal?: AbortSignal): Promise<void> {
  await using webhook = client(options);
  await webhook.post("wb.1", '{"a":1}', signal);
}

describe("a message", () => {
  test("arrives once, signed, at the path and query of the url", async () => {
    await post();
    expect(receiver.received).toMatchObject([{ id: "wb.1", body: '{"a":1}', genuine: true }]);
  });

  test.each<[string, Mode]>([
    ["an error of the receiver", answer(500)],
    ["an overloaded receiver", answer(503)],
    ["too many requests", answer(429)],
    ["a receiver that was not ready", answer(425)],
    ["a connection that broke after the message was read", reset],
    ["a receiver that says nothing", silence],
  ])("is sent again with the same id after %s", async (_, mode) => {
    receiver.modes = [mode, mode, answer(200)];

    await post();

    expect(receiver.received.map(({ id }) => id)).toEqual(["wb.1", "wb.1", "wb.1"]);
    expect(receiver.received.every(({ genuine }) => genuine)).toBe(true);
  });

  test("is taken by a receiver that then talks without end", async () => {
    receiver.modes = [endless];
    await post();
    expect(receiver.received).toHaveLength(1);
  });

  test("waits as long as Retry-After says, in seconds or as a date", async () => {
    receiver.modes = [
      answer(429, { "retry-after": "1" }),
      answer(503, { "retry-after": "Sun, 01 Mar 2026 12:00:01 GMT" }),
      answer(200),
    ];

    await post();

    const [first = 0, second = 0, third = 0] = receiver.received.map(({ atMs }) => atMs);
    expect(second - first).toBeGreaterThanOrEqual(990);
    expect(third - second).toBeGreaterThanOrEqual(990);
  });

  test("never waits longer than the policy allows", async () => {
    receiver.modes = [answer(429, { "retry-after": "86400" }), answer(200)];
    await post({ retry: { ...QUICK, longestDelayMs: 20 } });
    expect(receiver.received).toHaveLength(2);
  });
});

describe("it gives up", () => {
  test("when every attempt failed, and says how the last one did", async () => {
    receiver.modes = [answer(502)];
    const failure = post();
    await expect(failure).rejects.toThrow(UnavailableError);
    await expect(failure).rejects.toThrow(
      "did not take the delivery in 4 attempts: it answered 502",
    );
    expect(receiver.received).toHaveLength(4);
  });

  test("when nobody listens", async () => {
    await receiver[Symbol.asyncDispose]();
    await expect(post()).rejects.toThrow("the connection failed (ECONNREFUSED)");
  });

  test("at once when the receiver is gone for good", async () => {
    receiver.modes = [answer(410)];
    await expect(post()).rejects.toMatchObject({ kind: "refused", code: "webhook-gone" });
    expect(receiver.received).toHaveLength(1);
  });

  test.each([301, 302, 307, 308])(
    "at once when it is redirected (%i), and does not follow",
    async (status) => {
      receiver.modes = [answer(status, { location: receiver.url })];
      await expect(post()).rejects.toThrow(RefusedError);
      expect(receiver.received).toHaveLength(1);
    },
  );

  test.each([400, 401, 404, 413])("at once when the message is refused (%i)", async (status) => {
    receiver.modes = [answer(status)];
    await expect(post()).rejects.toMatchObject({ code: "webhook-refused" });
    expect(receiver.received).toHaveLength(1);
  });

  test("when it is cancelled while it waits or while it sends", async () => {
    for (const mode of [answer(503, { "retry-after": "60" }), silence]) {
      receiver.modes = [mode];
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 60);
      const retry = { ...QUICK, longestDelayMs: 60_000, timeoutMs: 60_000 };
      await expect(post({ retry }, controller.signal)).rejects.toThrow(CancelledError);
    }
  });
});

describe("a private address", () => {
  test("is refused at once, written as an address or as a name", async () => {
    const { port } = new URL(receiver.url);
    for (const host of ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433"]) {
      const url = `http://${host}:${port}/`;
      await expect(post({ url, allowPrivate: false })).rejects.toMatchObject({
        code: "webhook-private-address",
      });
    }
    expect(receiver.received).toEqual([]);
  });
});
