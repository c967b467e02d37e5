import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  CancelledError,
  ConflictError,
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  RefusedError,
  TimeoutError,
  UnavailableError,
  type WaybillError,
} from "../../kernel/index.ts";
import { createLog } from "../logging/index.ts";
import { createHttpServer, type HttpServer, problemFrom } from "./index.ts";

function testServer(checkReady: () => Promise<void> = () => Promise.resolve()) {
  const lines: string[] = [];
  const log = createLog({ level: "debug", to: { write: (line) => void lines.push(line) } });
  return { server: createHttpServer({ log, checkReady }), lines };
}

async function get(server: HttpServer, url: string) {
  const { statusCode, headers, body } = await server.app.inject({ method: "GET", url });
  return { status: statusCode, headers, body };
}

describe("an error", () => {
  const family: readonly (readonly [WaybillError, number])[] = [
    [new InvalidInputError("c", "m"), 400],
    [new ForbiddenError("c", "m"), 403],
    [new NotFoundError("c", "m"), 404],
    [new ConflictError("c", "m"), 409],
    [new CancelledError("c", "m"), 409],
    [new RefusedError("c", "m"), 422],
    [new UnavailableError("c", "m"), 503],
    [new TimeoutError("c", "m"), 504],
  ];
  test.for(family)("%s becomes the status %i", ([error, status]) => {
    expect(problemFrom(error, "id")).toMatchObject({ status, code: "c", detail: "m" });
  });

  test("of our own becomes problem details with issues and hint", async () => {
    const { server } = testServer();
    server.app.get("/unfit", () => {
      throw new InvalidInputError("contract", "it is unfit", [{ at: "a", message: "b" }], {
        hint: "mend it",
      });
    });

    const { status, headers, body } = await get(server, "/unfit");

    expect(status).toBe(400);
    expect(headers["content-type"]).toMatch(/^application\/problem\+json\b/);
    expect(JSON.parse(body)).toEqual({
      type: "about:blank",
      title: "The input is not what it must be",
      status: 400,
      code: "contract",
      detail: "it is unfit",
      hint: "mend it",
      issues: [{ at: "a", message: "b" }],
      requestId: headers["request-id"],
    });
  });

  test("of another kind says a number to find it by, and nothing else, also in the log", async () => {
    const { server, lines } = testServer();
    server.app.get("/broken", () => {
      throw new Error("row of Erika Mustermann");
    });

    const { status, headers, body } = await get(server, "/broken");

    expect(status).toBe(500);
    expect(JSON.parse(body)).toMatchObject({ code: "internal", title: "Internal error" });
    expect(body + lines.join("")).not.toContain("Erika");
    expect(lines.join("")).toContain(String(headers["request-id"]));
  });

  test("in reading the request quotes nothing of it", async () => {
    const { server } = testServer();
    server.app.post("/take", () => "taken");

    const answer = await server.app.inject({
      method: "POST",
      url: "/take",
      headers: { "content-type": "application/json" },
      payload: '{"name": Erika}',
    });

    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: "http-bad-request" });
    expect(answer.body).not.toContain("Erika");
  });

  test("about an address repeats it neither in the answer nor in the log", async () => {
    const { server, lines } = testServer();

    const { status, body } = await get(server, "/people/erika@example.org");

    expect(status).toBe(404);
    expect(body + lines.join("")).not.toContain("erika");
  });
});

describe("operations", () => {
  test("tell that the process lives and whether it can work", async () => {
    const { server } = testServer(() =>
      Promise.reject(new UnavailableError("database-unreachable", "the database does not answer")),
    );

    const [health, readiness] = [await get(server, "/healthz"), await get(server, "/readyz")];

    expect(health.status).toBe(200);
    expect(readiness.status).toBe(503);
    expect(readiness.headers["retry-after"]).toBe("5");
    expect((await get(testServer().server, "/readyz")).status).toBe(200);
  });

  test("count requests by the pattern of their route", async () => {
    const { server } = testServer();
    server.app.get("/customers/:id", () => "here");
    await get(server, "/customers/4711");

    const { body } = await get(server, "/metrics");

    expect(body).toContain('route="/customers/:id",status="200"');
    expect(body).not.toContain("4711");
  });
});

describe("listening", () => {
  test("is for this machine alone unless told otherwise", async () => {
    await using server = testServer().server;

    expect(await server.listen()).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  test("ends when the answers under way are given", async () => {
    const { server } = testServer();
    const begun = Promise.withResolvers<void>();
    server.app.get("/slow", async () => {
      begun.resolve();
      await setTimeout(100);
      return "done";
    });
    const address = await server.listen();
    const answer = fetch(`${address}/slow`);
    await begun.promise;

    await server[Symbol.asyncDispose]();

    expect(await (await answer).text()).toBe("done");
    await expect(fetch(address)).rejects.toThrow("fetch failed");
  });
});
