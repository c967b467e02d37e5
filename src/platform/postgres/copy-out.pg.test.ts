import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { testDatabase } from "../../../tests/support/database.ts";
import { CopyOut } from "./copy-out.ts";
import { openDatabase, startEmbedded } from "./index.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
const isRun = hasOpenssl || process.env["WAYBILL_REQUIRE_ALL"] === "1";

/** More than any buffer on the way holds. */
const MANY = "copy (select n, repeat('x', n % 200) from generate_series(1, 300000) n) to stdout";
const ENDLESS = "copy (select generate_series(1, 1000000000)) to stdout";

async function bytesOf(chunks: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
  }
  return bytes;
}

describe("a copy out", () => {
  test.runIf(isRun)(
    "comes over TLS as it comes without (needs openssl to make a certificate)",
    { timeout: 60_000 },
    async () => {
      const dataDir = mkdtempSync(join(tmpdir(), "waybill-tls-"));
      onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
      const server = await startEmbedded({ dataDir, settings: certified(dataDir) });
      onTestFinished(() => server.stop());
      const lengths: number[] = [];
      for (const mode of ["disable", "no-verify"]) {
        await using db = await openDatabase({ url: `${server.url}?sslmode=${mode}` });
        const way = await db.control((tx) =>
          tx.row("select ssl from pg_stat_ssl where pid = pg_backend_pid()"),
        );
        expect(way).toEqual({ ssl: mode === "no-verify" });

        lengths.push(await db.control((tx) => bytesOf(tx.copyOut(MANY))));
        const failing = db.control((tx) =>
          bytesOf(tx.copyOut("copy (select 1/(3000-n) from generate_series(1, 5000) n) to stdout")),
        );
        await expect(failing).rejects.toMatchObject({ sqlstate: "22012" });
        expect(await db.control((tx) => tx.row("select 1 as one"))).toEqual({ one: 1 });
      }

      expect(lengths).toEqual([lengths[1], lengths[0]]);
      expect(lengths[0]).toBeGreaterThan(30_000_000);
    },
  );

  test("whose connection breaks fails, and is not taken for a whole one", async () => {
    await using database = await testDatabase();

    const copying = database.db.control(async (tx) => {
      const { pid } = await tx.row<{ pid: number }>("select pg_backend_pid() as pid");
      for await (const chunk of tx.copyOut(ENDLESS)) {
        expect(chunk.length).toBeGreaterThan(0);
        await database.db.control((other) => other.run("select pg_terminate_backend($1)", [pid]));
      }
    });

    await expect(copying).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("that fails while its rows are looked at fails with that", async () => {
    await using database = await testDatabase();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const copy = client.query(new CopyOut(ENDLESS));
    client.on("error", () => {});

    const reading = (async () => {
      for await (const chunk of copy) {
        expect(chunk.length).toBeGreaterThan(0);
        copy.handleError(new RangeError("the connection is gone"));
      }
    })();

    await expect(reading).rejects.toThrow("the connection is gone");
    await client.end();
  });

  test("can be cancelled in the middle, and the next one is whole", async () => {
    await using database = await testDatabase({ poolSize: 1 });
    const stopping = new AbortController();

    const copying = database.db.control(
      async (tx) => {
        for await (const chunk of tx.copyOut(ENDLESS)) {
          expect(chunk.length).toBeGreaterThan(0);
          stopping.abort();
        }
      },
      { signal: stopping.signal },
    );

    await expect(copying).rejects.toMatchObject({ kind: "cancelled" });
    const whole = await database.db.control((tx) =>
      bytesOf(tx.copyOut("copy (select generate_series(1, 3)) to stdout")),
    );
    expect(whole).toBe(6);
  });
});

/** Settings with a certificate of the server's own, whose key only the owner of the folder may read. */
function certified(folder: string): Readonly<Record<string, string>> {
  const [cert, key] = [join(folder, "server.crt"), join(folder, "server.key")];
  const asked = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost".split(" ");
  const made = spawnSync("openssl", [...asked, "-keyout", key, "-out", cert], { encoding: "utf8" });
  expect(made.status, made.stderr).toBe(0);
  return { ssl: "on", ssl_cert_file: cert, ssl_key_file: key, fsync: "off" };
}
