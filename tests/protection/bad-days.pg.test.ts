/** Keys on bad days: processes killed, databases away, tokens in place of files. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Keys, type KeySettings } from "../../src/entry/protecting.ts";
import { FixedClock } from "../../src/kernel/index.ts";
import {
  fileKeyring,
  type Handle,
  keyEncryptions,
  type KeyPlace,
  keyStatus,
  openProtection,
  type Protection,
  retireKeys,
  rotateKeys,
  shredded,
  tokenKeyring,
  verifyKeys,
} from "../../src/modules/protection/index.ts";
import { openToken } from "../../src/platform/crypto/index.ts";
import { testDatabase } from "../support/database.ts";
import { type KeyScene, keyScene } from "./scene.ts";

const ssn = { dataset: "customers", field: "ssn" };
const SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so";
/** Where nothing may be missing, its absence is a failure. */
const hasToken = existsSync(SOFTHSM) || process.env["WAYBILL_REQUIRE_ALL"] === "1";

let scene: KeyScene;

beforeAll(async () => {
  scene = await keyScene();
});

afterAll(() => scene[Symbol.asyncDispose]());

interface Sealed {
  readonly handles: readonly Handle[];
  readonly values: readonly Buffer[];
}

async function sealMany(protection: Protection, count: number): Promise<Sealed> {
  const handles = Array.from({ length: count }, (_, key) =>
    protection.handleOf(["c", "s", `${key}`]),
  );
  const sealer = await protection.sealer(handles);
  return { handles, values: handles.map((handle, key) => sealer.seal(handle, ssn, `${key}`)) };
}

async function openAll(place: KeyPlace, { values }: Sealed): Promise<(string | symbol)[]> {
  const opener = await (await openProtection(place)).opener(values);
  return values.map((value) => opener.open(ssn, value));
}

/** Another process that rotates a client's keys in small portions, and says so after each. */
function otherRotation(client: string): ReturnType<typeof spawn> {
  const from = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const at = (name: string): string => JSON.stringify(join(scene.folder, name));
  const program = `
    import { fileKeyring, JournalFile, rotateKeys } from ${from("../../src/modules/protection/index.ts")};
    import { findScope, openDatabase } from ${from("../../src/platform/postgres/index.ts")};
    const client = ${JSON.stringify(client)};
    const db = await openDatabase({ url: ${JSON.stringify(scene.database.url)}, applicationName: "killed" });
    const scope = await findScope(db, client);
    const place = { db, scope, client, encryption: fileKeyring(${at("encryption")}),
      journal: new JournalFile(${at("destroyed")} + "/" + client), clock: { now: () => new Date() } };
    await rotateKeys(place, { keysAtOnce: 10, onProgress: (count) => console.log(count) });
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

test("a rotation that was killed with kill -9 loses nothing, and the next goes on", async () => {
  const place = await scene.place("killed");
  const sealed = await sealMany(await openProtection(place), 600);
  const child = otherRotation("killed");
  for (let portions = 0; portions < 3 && child.stdout !== null; portions += 1) {
    await once(child.stdout, "data");
  }

  child.kill("SIGKILL");
  await once(child, "exit");

  expect(await keyStatus(place)).toMatchObject({ isRotating: true, master: 2 });
  const texts = sealed.values.map((_, key) => `${key}`);
  expect(await openAll(place, sealed)).toEqual(texts);
  const rotation = await rotateKeys(place);
  expect(rotation).toMatchObject({ master: 2, isResumed: true });
  expect(rotation.rewrapped).toBeLessThan(600);
  expect(await keyStatus(place)).toMatchObject({ keys: [{ master: 2, keys: 600 }] });
  expect(await openAll(place, sealed)).toEqual(texts);
});

test("a destruction that was killed after its line in the journal is carried out by whoever comes next", async () => {
  const place = await scene.place("halfway");
  const protection = await openProtection(place);
  const sealed = await sealMany(protection, 4);
  const [first = "", second = "", third = ""] = sealed.handles;
  const notedAt = "2026-11-22T08:00:00.000Z";

  await place.journal.append([{ kind: "destroyed", handle: first, notedAt }]);
  await protection.destroy([second]);
  expect(await openAll(place, sealed)).toEqual([shredded, shredded, "2", "3"]);

  await place.journal.append([{ kind: "destroyed", handle: third, notedAt }]);
  expect(await openAll(place, sealed)).toEqual([shredded, shredded, shredded, "3"]);
  expect((await verifyKeys(place)).every(({ isSound }) => isSound)).toBe(true);
});

describe("the key database", () => {
  const clock = new FixedClock(new Date("2026-11-22T08:00:00Z"));
  const keysFor = (databaseUrl: string, settings: KeySettings): Keys =>
    new Keys({ databaseUrl, further: undefined, dataDir: scene.folder, clock, settings });

  test("may not be the database of the data", async () => {
    const { url } = scene.database;
    await using keys = keysFor(url, { url: `${url}?application_name=other` });

    await expect(keys.protect("acme")).rejects.toMatchObject({ code: "keys-beside-data" });
  });

  test("that does not answer is told from the one of the data", async () => {
    const away = new URL(scene.database.url);
    away.port = "1";
    await using keys = keysFor(scene.database.url, { url: away.href });

    const opening = keys.protect("acme");

    await expect(opening).rejects.toMatchObject({ code: "keys-unavailable" });
    await expect(opening).rejects.toThrow("the key database");
  });

  test("is made beside that of the data, or the login is told what to type", async () => {
    await using data = await testDatabase();
    const login = `${new URL(data.url).pathname.slice(1)}_plain`;
    const client = new Client({ connectionString: scene.database.url });
    await client.connect();
    onTestFinished(async () => {
      await client.query(`drop role ${login}`);
      await client.end();
    });
    await client.query(`create role ${login} login password 'plain' noinherit`);
    const plain = new URL(data.url);
    plain.username = login;
    plain.password = "plain";
    await using refused = keysFor(plain.href, {});
    const opening = refused.protect("acme");
    await expect(opening).rejects.toMatchObject({ code: "database-missing" });
    await expect(opening).rejects.toHaveProperty(
      "hint",
      expect.stringContaining("create database"),
    );

    {
      await using keys = keysFor(data.url, {});
      await expect(keys.protect("acme")).resolves.toMatchObject({ client: "acme" });
    }
    const name = `${new URL(data.url).pathname.slice(1)}_keys`;
    await client.query(`drop database ${name}`);
    for (const role of ["data", "owner"]) {
      await client.query(`drop role ${name}_c_acme_${role}`);
    }
  });
});

describe.runIf(hasToken)("a client with keys in files (needs Debian's softhsm2)", () => {
  test("moves into a PKCS #11 token by a rotation, and leaves no key behind", async () => {
    const folder = mkdtempSync(join(tmpdir(), "waybill-hsm-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, "tokens"));
    const config = join(folder, "softhsm2.conf");
    writeFileSync(config, `directories.tokendir = ${join(folder, "tokens")}\nlog.level = ERROR\n`);
    process.env["SOFTHSM2_CONF"] = config;
    const named = ["--init-token", "--free", "--label", "waybill", "--so-pin", "1234"];
    execFileSync("softhsm2-util", [...named, "--pin", "5678"]);
    const files = fileKeyring(join(scene.folder, "encryption"));
    const sealed = await sealMany(await openProtection(await scene.place("moving", files)), 5);
    const token = await openToken({ module: SOFTHSM, token: "waybill", pin: "5678" });
    const place = await scene.place("moving", keyEncryptions([tokenKeyring(token), files]));

    const { keyId } = await rotateKeys(place);

    expect(keyId).toBe("pkcs11:token=waybill;object=waybill-moving-1");
    expect(await retireKeys(place)).toEqual(["file:moving/1"]);
    expect(await openAll(place, sealed)).toEqual(["0", "1", "2", "3", "4"]);
    const withoutToken = await scene.place("moving", keyEncryptions([files]));
    await expect(openProtection(withoutToken)).rejects.toMatchObject({ code: "key-keeping" });
  });
});
