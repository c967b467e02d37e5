/** Against SoftHSM, a PKCS #11 library in software; skipped where Debian's `softhsm2` is not installed. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openToken, type Token } from "../../../platform/crypto/index.ts";
import { keyEncryptions } from "./key-encryption.ts";
import { fileKeyring } from "./file-keyring.ts";
import { tokenKeyring } from "./token-keyring.ts";

const MODULE = "/usr/lib/softhsm/libsofthsm2.so";
/** Where nothing may be missing, its absence is a failure. */
const isRun = existsSync(MODULE) || process.env["WAYBILL_REQUIRE_ALL"] === "1";
const PIN = "5678";
const place = Buffer.from("acme's master");
const key = Buffer.alloc(32, 9);

describe.runIf(isRun)("a key in a PKCS #11 token (needs Debian's softhsm2)", () => {
  let folder = "";
  const token = (label: string, pin = PIN): Promise<Token> =>
    openToken({ module: MODULE, token: label, pin });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "waybill-hsm-"));
    mkdirSync(join(folder, "tokens"));
    const config = join(folder, "softhsm2.conf");
    writeFileSync(config, `directories.tokendir = ${join(folder, "tokens")}\nlog.level = ERROR\n`);
    process.env["SOFTHSM2_CONF"] = config;
    for (const label of ["first", "second"]) {
      const named = ["--init-token", "--free", "--label", label];
      execFileSync("softhsm2-util", [...named, "--so-pin", "1234", "--pin", PIN]);
    }
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  test("wraps and unwraps inside of the token, each time differently", async () => {
    const keyring = tokenKeyring(await token("first"));
    const keyId = await keyring.create("acme");

    const wrapped = await keyring.wrap(keyId, place, key);

    expect(keyId).toMatch(/^pkcs11:token=first;object=waybill-acme-\d+$/u);
    expect(keyring.owns(keyId)).toBe(true);
    expect(wrapped).toHaveLength(60);
    expect(await keyring.wrap(keyId, place, key)).not.toEqual(wrapped);
    expect(await keyring.unwrap(keyId, place, wrapped)).toEqual(key);
  });

  test("is never made twice under one name", async () => {
    const keyring = tokenKeyring(await token("first"));

    const made = [await keyring.create("bank"), await keyring.create("bank")];

    expect(made.map((keyId) => keyId.slice(keyId.indexOf("object=")))).toEqual([
      "object=waybill-bank-1",
      "object=waybill-bank-2",
    ]);
  });

  test("refuses what was wrapped elsewhere, for something else, or was changed", async () => {
    const keyring = tokenKeyring(await token("first"));
    const [one, other] = [await keyring.create("care"), await keyring.create("care")];
    const wrapped = await keyring.wrap(one, place, key);
    const changed = Buffer.from(wrapped);
    changed.writeUInt8(changed.readUInt8(20) ^ 1, 20);

    await expect(keyring.unwrap(other, place, wrapped)).rejects.toMatchObject({
      code: "key-wrong",
    });
    await expect(keyring.unwrap(one, Buffer.from("bank's"), wrapped)).rejects.toMatchObject({
      code: "key-wrong",
    });
    await expect(keyring.unwrap(one, place, changed)).rejects.toMatchObject({ code: "key-wrong" });
  });

  test("is gone once it was removed, and says which key it was", async () => {
    const keyring = tokenKeyring(await token("second"));
    const keyId = await keyring.create("acme");
    const wrapped = await keyring.wrap(keyId, place, key);

    expect([await keyring.remove(keyId), await keyring.remove(keyId)]).toEqual([true, false]);

    const lost = keyring.unwrap(keyId, place, wrapped);
    await expect(lost).rejects.toMatchObject({ code: "key-missing" });
    await expect(lost).rejects.toThrow(keyId);
  });

  test("is out of reach with a wrong PIN, without its token or without the library", async () => {
    const tries = [
      token("second", "0000"),
      token("third"),
      openToken({ module: join(folder, "absent.so"), token: "first", pin: PIN }),
    ].map(async (one) => tokenKeyring(await one).create("acme"));

    const codes = await Promise.all(
      tries.map((one) => one.catch((error: unknown) => Reflect.get(Object(error), "code"))),
    );

    expect(codes).toEqual(["pkcs11-pin", "pkcs11-token", "pkcs11-library"]);
  });

  test("stands beside keys in files, each used where it is kept", async () => {
    const files = fileKeyring(join(folder, "files"));
    const inFile = await files.create("acme");
    const wrapped = await files.wrap(inFile, place, key);
    const both = keyEncryptions([tokenKeyring(await token("first")), files]);

    expect(await both.unwrap(inFile, place, wrapped)).toEqual(key);
    expect(await both.create("moved")).toMatch(/^pkcs11:/u);
    const elsewhere = async (): Promise<Buffer> =>
      both.unwrap("pkcs11:token=x;object=y", place, key);
    await expect(elsewhere()).rejects.toMatchObject({ code: "key-keeping" });
  });
});
