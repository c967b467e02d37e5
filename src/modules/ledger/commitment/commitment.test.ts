import { createCipheriv, createHash, hkdfSync } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { InvariantError } from "../../../kernel/index.ts";
import { rootOf } from "../merkle/proof.ts";
import { CustomerCommitments } from "./customers.ts";
import { BEYOND_CUSTOMERS, gapLeaf, recordLeaf } from "./leaf.ts";
import { newDeliverySecret, SaltSequence, type Salted } from "./salts.ts";

/** Block by block, as the format's page has it. */
function saltByHand(secret: Uint8Array, salted: Salted, index: number): Buffer {
  const key = Buffer.from(hkdfSync("sha256", secret, "", `waybill salts ${salted}`, 32));
  const blocks = Buffer.alloc(32);
  blocks.writeBigUInt64BE(2n * BigInt(index), 8);
  blocks.writeBigUInt64BE(2n * BigInt(index) + 1n, 24);
  return createCipheriv("aes-256-ecb", key, null).setAutoPadding(false).update(blocks);
}

test("a salt is two AES-256 blocks of its counter, whichever way salts are asked for", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.array(fc.nat(2_000), { minLength: 1, maxLength: 8 }),
      fc.nat(2 ** 40),
      (secret, indexes, far) => {
        const salts = new SaltSequence(secret, "records");
        for (const index of [...indexes, far]) {
          const salt = saltByHand(secret, "records", index);
          const written = Buffer.alloc(40, 1);
          salts.write(index, new DataView(written.buffer, written.byteOffset), 4);
          expect(salts.at(index)).toEqual(salt);
          expect(written).toEqual(Buffer.concat([Buffer.alloc(4, 1), salt, Buffer.alloc(4, 1)]));
        }
      },
    ),
  );
});

test("records and customers have different salts", () => {
  const secret = newDeliverySecret();
  const ofRecords = new SaltSequence(secret, "records");

  expect(ofRecords.at(0)).not.toEqual(new SaltSequence(secret, "customers").at(0));
  expect(ofRecords.at(0)).not.toEqual(ofRecords.at(1));
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

/** Some, whose numbers lie anywhere; or many, evenly apart. */
const ids = fc.oneof(
  fc.uniqueArray(
    fc.maxSafeNat().map((id) => Math.max(id, 1)),
    { maxLength: 40 },
  ),
  fc
    .record({ count: fc.nat(2_200), step: fc.integer({ min: 1, max: 2 ** 41 }) })
    .map(({ count, step }) => Array.from({ length: count }, (_, index) => (index + 1) * step)),
);

test("the root over customers is that over the gaps between them", () => {
  fc.assert(
    fc.property(ids, (unsorted) => {
      const customers = unsorted.toSorted((a, b) => a - b);
      const secret = newDeliverySecret();
      const salts = new SaltSequence(secret, "customers");
      const ends = [0n, ...customers.map(BigInt), BEYOND_CUSTOMERS];
      const leaves = ends.slice(1).map((high, index) => {
        return gapLeaf(salts.at(index), { low: ends[index] ?? 0n, high });
      });

      const commitments = new CustomerCommitments(secret);
      for (const customer of customers) {
        commitments.add(customer);
        commitments.add(customer);
      }

      const root = rootOf(leaves, { start: 0, end: leaves.length });
      expect(commitments.finish()).toEqual({ count: customers.length, root });
    }),
    { numRuns: 20 },
  );
});

test("a record is committed to by its text and by its bytes alike, however long it is", () => {
  const salt = Buffer.alloc(32, 1);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 3_000 }), (record) => {
      expect(recordLeaf(salt, Buffer.from(record))).toEqual(recordLeaf(salt, record));
      expect(recordLeaf(salt, record)).toEqual(
        createHash("sha256").update(Buffer.of(0)).update(salt).update(record).digest(),
      );
    }),
  );
});

test("customers out of order, and a secret of another length, are refused", () => {
  const commitments = new CustomerCommitments(newDeliverySecret());
  commitments.add(7);

  expect(() => commitments.add(6)).toThrow(InvariantError);
  expect(() => new CustomerCommitments(newDeliverySecret()).add(0)).toThrow(InvariantError);
  expect(() => commitments.add(2 ** 53)).toThrow(InvariantError);
  expect(() => new SaltSequence(Buffer.alloc(16), "records")).toThrow(InvariantError);
});
