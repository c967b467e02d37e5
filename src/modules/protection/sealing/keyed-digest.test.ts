import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { KeyedDigest } from "./keyed-digest.ts";

test("a keyed digest is HMAC-SHA-256 over the pieces, however long they are", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary", maxLength: 900 }).filter((text) => text.isWellFormed()),
    fc.uint8Array({ maxLength: 900 }),
  );
  const key = fc.uint8Array({ minLength: 32, maxLength: 64 });
  fc.assert(
    fc.property(
      key,
      fc.array(fc.array(piece, { maxLength: 4 }), { maxLength: 4 }),
      (bytes, all) => {
        const digest = new KeyedDigest(bytes);
        for (const pieces of all) {
          const hmac = createHmac("sha256", bytes);
          pieces.forEach((one) => hmac.update(one));
          expect(digest.digest(...pieces)).toEqual(hmac.digest());
        }
      },
    ),
  );
});
