/** The real command in processes of its own, on an embedded server of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { must } from "../../kernel/index.ts";
import { billingFile } from "../worker/telecom.fixture.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const waybill = join(root, "waybill");

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A data directory and the commands that are run on it. */
async function house() {
  const dataDir = await mkdtemp(join(tmpdir(), "waybill-serve-"));
  const running = new Set<ChildProcess>();
  const start = (args: readonly string[]): ChildProcess => {
    const child = spawn(waybill, [...args, "--data", dataDir], { cwd: root });
    running.add(child);
    child.once("exit", () => running.delete(child));
    return child;
  };
  const run = async (...args: readonly string[]): Promise<Ended> => ended(start(args));
  return {
    dataDir,
    run,
    serve: () => serving(start(["serve", "--port", "0"])),
    async [Symbol.asyncDispose]() {
      for (const child of running) {
        child.kill("SIGTERM");
        await once(child, "exit");
      }
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function ended(child: ChildProcess): Promise<Ended> {
  const texts = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk: Buffer) => void (texts.stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => void (texts.stderr += chunk.toString()));
  const [code]: [number | null] = await (once(child, "close") as Promise<[number | null]>);
  return { code, ...texts };
}

/** Waits for the line that says where it serves. */
async function serving(child: ChildProcess) {
  const lines = createInterface({ input: must(child.stderr, "spawned with pipes") });
  for await (const line of lines) {
    const url = /^Waybill serves at (http:\S+)$/u.exec(line)?.[1];
    if (url !== undefined) {
      child.stderr?.resume();
      return { child, url };
    }
  }
  throw new Error("the server ended before it served");
}

async function text(url: string): Promise<{ status: number; body: string }> {
  const answer = await fetch(url);
  return { status: answer.status, body: await answer.text() };
}

describe("waybill serve", () => {
  test("shows the overview, does what another process asks for, and ends in order", async () => {
    await using given = await house();
    const path = join(given.dataDir, "customers.csv");
    await writeFile(path, billingFile(30));
    const { child, url } = await given.serve();

    const before = await text(url);
    await given.run("apply", "examples/telecom");
    const asked = await given.run("import", "telecom", "customers", path, "--background", "--json");
    await expect
      .poll(async () => (await text(`${url}/metrics`)).body, { timeout: 30_000, interval: 200 })
      .toContain('waybill_jobs{state="succeeded"} 1');
    const after = await text(url);
    const health = await text(`${url}/healthz`);
    child.kill("SIGTERM");
    const [code] = await once(child, "exit");

    expect(before.body).toContain("waybill apply examples/telecom");
    expect(JSON.parse(asked.stdout)).toEqual({ jobs: [1] });
    expect(health).toEqual({ status: 200, body: '{"status":"alive"}' });
    expect(after.status).toBe(200);
    expect(after.body).toMatch(/published<\/span>/u);
    expect(after.body).toContain(">30</td>");
    expect(after.body).not.toMatch(/customers\.csv|ABCDE/u);
    expect(code).toBe(0);
  }, 120_000);

  test.for([
    { signal: "SIGKILL", code: null, left: "failed" },
    { signal: "SIGTERM", code: 0, left: "cancelled" },
  ] as const)(
    "finishes once what a server had begun that $signal ended",
    { timeout: 180_000 },
    async (end) => {
      await using given = await house();
      const rows = 60_000;
      const path = join(given.dataDir, "customers.csv");
      await writeFile(path, billingFile(rows));
      await given.run("apply", "examples/telecom");
      const first = await given.serve();
      await given.run("import", "telecom", "customers", path, "--background");
      // Rows have been read, and nothing is published before the last of them.
      await expect
        .poll(async () => (await text(first.url)).body, { timeout: 30_000, interval: 20 })
        .toMatch(/max="100"\s+value="[1-9]/u);

      first.child.kill(end.signal);
      const [code] = await once(first.child, "exit");
      const second = await given.serve();
      await expect
        .poll(async () => (await text(`${second.url}/metrics`)).body, {
          timeout: 60_000,
          interval: 200,
        })
        .toContain('waybill_jobs{state="succeeded"} 1');
      const status = await given.run("status", "--json");

      expect(code).toBe(end.code);
      const overview: unknown = JSON.parse(status.stdout);
      expect(overview).toMatchObject({
        jobs: { succeeded: 1, failed: 0, running: 0, queued: 0 },
        clients: [
          {
            datasets: [{ dataset: "customers", rows }, { rows: 0 }, { rows: 0 }],
            intakes: [{ state: "published" }, { state: end.left }],
          },
        ],
      });
    },
  );

  test("says what to do when its port is taken", async () => {
    await using given = await house();
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;

    const { code, stderr } = await given.run("serve", "--port", String(port));
    other.close();

    expect(code).toBe(5);
    expect(stderr).toContain(`port ${port} of 127.0.0.1 is in use`);
    expect(stderr).toContain(`waybill serve --port ${port + 1}`);
  }, 60_000);
});
