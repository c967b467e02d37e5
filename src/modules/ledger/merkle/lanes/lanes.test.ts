import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { batchOfGaps, batchRoot, LANES_BATCH } from "./lanes.ts";

const GAP_BYTES = 48;
const HASH_BYTES = 32;

/** Bytes of all kinds, of which a generator of arrays would make too few in the time. */
function bytesFrom(seed: number, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / HASH_BYTES) }, (_, block) =>
    sha256(Buffer.from(`${seed} ${block}`)),
  );
  return Buffer.concat(blocks, length);
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  return createHash("sha256").update(Buffer.concat(parts)).digest();
}

function definedRoot(hashes: Buffer): Buffer {
  const half = hashes.length / 2;
  return hashes.length === HASH_BYTES
    ? hashes
    : sha256(
        Buffer.of(1),
        definedRoot(hashes.subarray(0, half)),
        definedRoot(hashes.subarray(half)),
      );
}

function gapLeaves(gaps: Buffer): Buffer {
  return Buffer.concat(
    Array.from({ length: LANES_BATCH }, (_, gap) =>
      sha256(Buffer.of(0), gaps.subarray(gap * GAP_BYTES, (gap + 1) * GAP_BYTES)),
    ),
  );
}

test("the root of a batch is that of RFC 6962, and the hash of a gap that of a leaf, in any order", () => {
  const calls = fc.array(fc.record({ seed: fc.nat(), isRoot: fc.boolean() }), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(calls, (asked) => {
      for (const { seed, isRoot } of asked) {
        const bytes = bytesFrom(seed, LANES_BATCH * (isRoot ? HASH_BYTES : GAP_BYTES));
        const made = Buffer.from(isRoot ? batchRoot(bytes) : batchOfGaps(bytes));
        const expected = isRoot ? definedRoot(bytes) : gapLeaves(bytes);
        expect(made.toString("hex")).toBe(expected.toString("hex"));
      }
    }),
    { numRuns: 8 },
  );
});

test.each([0x00, 0xff, 0x80, 0x01])("every byte %i is hashed as SHA-256 has it", (byte) => {
  const hashes = Buffer.alloc(LANES_BATCH * HASH_BYTES, byte);
  const gaps = Buffer.alloc(LANES_BATCH * GAP_BYTES, byte);

  expect(batchRoot(hashes)).toEqual(definedRoot(hashes));
  expect(Buffer.from(batchOfGaps(gaps).subarray(0, HASH_BYTES))).toEqual(
    sha256(Buffer.of(0), gaps.subarray(0, GAP_BYTES)),
  );
});
