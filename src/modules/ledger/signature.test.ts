import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidInputError, InvariantError } from "../../kernel/index.ts";
import {
  publicKeyPem,
  readPublicKey,
  signEd25519,
  signingKey,
  strictBase64,
  verifyEd25519,
} from "./signature.ts";

/** RFC 8032 §7.1, test 2: secret key, public key, and the signature over the one byte 0x72 ("r"). */
const RFC_SECRET = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
const RFC_PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
const RFC_SIGNATURE =
  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

function rfcKey() {
  const der = Buffer.concat([
    Buffer.from("302e020100300506032b657004220420", "hex"),
    Buffer.from(RFC_SECRET, "hex"),
  ]);
  return signingKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
}

describe("signing", () => {
  test("gives the signature of RFC 8032", () => {
    const key = rfcKey();

    expect(Buffer.from(key.publicKey, "base64").toString("hex")).toBe(RFC_PUBLIC);
    expect(Buffer.from(signEd25519("r", key.privateKey), "base64").toString("hex")).toBe(
      RFC_SIGNATURE,
    );
  });

  test("with another kind of key is a bug and stops at once", () => {
    expect(() => signingKey(generateKeyPairSync("x25519").privateKey)).toThrow(InvariantError);
  });
});

describe("verifying", () => {
  const key = rfcKey();
  const signature = signEd25519("message", key.privateKey);

  test("accepts the message that was signed and no other", () => {
    expect(verifyEd25519("message", key.publicKey, signature)).toBe(true);
    expect(verifyEd25519("massage", key.publicKey, signature)).toBe(false);
  });

  test("refuses every changed character of the signature and of the key", () => {
    fc.assert(
      fc.property(
        fc.nat(87),
        fc.constantFrom("A", "Q", "g", "w", "/", "="),
        (position, character) => {
          const changedSignature = replaceAt(signature, position, character);
          const changedKey = replaceAt(key.publicKey, position % 44, character);

          expect(verifyEd25519("message", key.publicKey, changedSignature)).toBe(
            changedSignature === signature,
          );
          expect(verifyEd25519("message", changedKey, signature)).toBe(
            changedKey === key.publicKey,
          );
        },
      ),
    );
  });
});

describe("a public key", () => {
  const key = rfcKey();

  test("is read from PEM and from base64 alike", () => {
    expect(readPublicKey(publicKeyPem(key.publicKey))).toBe(key.publicKey);
    expect(readPublicKey(`  ${key.publicKey}\n`)).toBe(key.publicKey);
  });

  test.each([
    ["empty text", ""],
    ["a shortened key", "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0"],
    ["broken PEM", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"],
    ["another kind of key", pemOf("x25519")],
  ])("is refused when it is %s", (_, text) => {
    expect(() => readPublicKey(text)).toThrow(InvalidInputError);
  });
});

test("base64 is read only in its one canonical spelling", () => {
  expect(strictBase64("AAA=")).toEqual(Buffer.alloc(2));
  expect(strictBase64("AAB=")).toBeUndefined();
  expect(strictBase64("AAA")).toBeUndefined();
  expect(strictBase64("AA A=")).toBeUndefined();
});

function replaceAt(text: string, position: number, character: string): string {
  return text.slice(0, position) + character + text.slice(position + 1);
}

function pemOf(kind: "x25519"): string {
  return generateKeyPairSync(kind).publicKey.export({ type: "spki", format: "pem" }).toString();
}
