import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { KeyedDigest } from "./keyed-digest.ts";

test("a keyed digest is HMAC-SHA-256 over the pieces, however long they are", () => {
  const text = fc.string({ unit: "binary", maxLength: 20 }).filter((one) => one.isWellFormed());
  const long = fc.tuple(text, fc.nat(100)).map(([one, times]) => one.repeat(times));
  const piece = fc.oneof(text, long, fc.uint8Array({ maxLength: 60 }));
  const key = fc.uint8Array({ minLength: 32, maxLength: 64 });
  fc.assert(
    fc.property(
      key,
      fc.array(fc.array(piece, { maxLength: 3 }), { maxLength: 3 }),
      (bytes, all) => {
        const digest = new KeyedDigest(bytes);
        const ours = all.map((pieces) => digest.digest(...pieces).toString("hex"));
        const nodes = all.map((pieces) => {
          const hmac = createHmac("sha256", bytes);
          pieces.forEach((one) => hmac.update(one));
          return hmac.digest("hex");
        });
        expect(ours).toEqual(nodes);
      },
    ),
  );
});
