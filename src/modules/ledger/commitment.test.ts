import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { InvariantError } from "../../kernel/index.ts";
import { SaltSequence, newDeliverySecret, recordLeaf, recordSalt } from "./commitment.ts";

test("the salt sequence gives the salts that HMAC-SHA256 gives", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.maxSafeNat(),
      (secret, index) => {
        expect(new SaltSequence(secret).at(index)).toEqual(recordSalt(secret, index));
      },
    ),
  );
});

test("a salt is the HMAC of the index in 8 bytes, big endian", () => {
  const secret = Buffer.alloc(32, 7);
  const expected = createHmac("sha256", secret)
    .update(Buffer.from("0000000000000102", "hex"))
    .digest();

  expect(recordSalt(secret, 0x0102)).toEqual(expected);
});

test("a leaf is the RFC 6962 leaf hash of salt and record", () => {
  const salt = Buffer.alloc(32, 1);
  const expected = createHash("sha256")
    .update(Buffer.of(0))
    .update(salt)
    .update('{"name":"Zoë"}')
    .digest();

  expect(recordLeaf(salt, '{"name":"Zoë"}')).toEqual(expected);
});

test("equal records at different positions have different leaves", () => {
  const salts = new SaltSequence(newDeliverySecret());

  expect(recordLeaf(salts.at(0), "{}")).not.toEqual(recordLeaf(salts.at(1), "{}"));
});

test("a secret of another length is refused", () => {
  expect(() => new SaltSequence(Buffer.alloc(16))).toThrow(InvariantError);
  expect(() => recordSalt(Buffer.alloc(16), 0)).toThrow(InvariantError);
});
