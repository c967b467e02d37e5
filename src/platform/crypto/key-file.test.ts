import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { openKeyFile, openSecretFile, randomId, readSecretFile } from "./index.ts";

function keyFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "waybill-key-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "keys", "signing.pem");
}

describe("a key file", () => {
  test("is made once, for its owner alone, and gives the same key ever after", async () => {
    const file = keyFile();

    const keys = await Promise.all([1, 2, 3, 4].map(() => openKeyFile(file)));
    const again = await openKeyFile(file);

    const message = Buffer.from("a waybill");
    const signature = sign(null, message, again);
    const verified = keys.map((key) => verify(null, message, createPublicKey(key), signature));
    expect(verified).toEqual([true, true, true, true]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(file, ".."))).toEqual(["signing.pem"]);
  });

  test("is refused when others may read it", async () => {
    const file = keyFile();
    await openKeyFile(file);
    chmodSync(file, 0o640);

    await expect(openKeyFile(file)).rejects.toMatchObject({ code: "key-file-open" });
  });

  test("is refused when it holds something else, and is never overwritten", async () => {
    const file = keyFile();
    await openKeyFile(file);
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

    writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }));
    await expect(openKeyFile(file)).rejects.toMatchObject({ code: "key-file-kind" });
    writeFileSync(file, "");
    await expect(openKeyFile(file)).rejects.toMatchObject({ code: "key-file-kind" });
  });
});

describe("a secret's file", () => {
  test("is made once, for its owner alone, and gives the same secret ever after", async () => {
    const file = keyFile();

    const secrets = await Promise.all([1, 2, 3, 4].map(() => openSecretFile(file)));

    expect(new Set(secrets.map((secret) => secret.toString("hex"))).size).toBe(1);
    expect(await openSecretFile(file)).toEqual(secrets[0]);
    expect(secrets[0]).toHaveLength(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("is only read where making one would hide that it was lost", async () => {
    const file = keyFile();

    expect(await readSecretFile(file)).toBeUndefined();
    const secret = await openSecretFile(file);
    expect(await readSecretFile(file)).toEqual(secret);

    chmodSync(file, 0o604);
    await expect(readSecretFile(file)).rejects.toMatchObject({ code: "key-file-open" });
  });

  test("is refused when others may read it, or when it was cut short", async () => {
    const file = keyFile();
    await openSecretFile(file);
    chmodSync(file, 0o604);
    await expect(openSecretFile(file)).rejects.toMatchObject({ code: "key-file-open" });

    chmodSync(file, 0o600);
    writeFileSync(file, "0123");
    await expect(openSecretFile(file)).rejects.toMatchObject({ code: "key-file-kind" });
  });
});

test("random ids are long and do not repeat", () => {
  const ids = Array.from({ length: 1_000 }, randomId);

  expect(new Set(ids).size).toBe(ids.length);
  expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
});
