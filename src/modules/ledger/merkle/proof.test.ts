import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvariantError, must } from "../../../kernel/index.ts";
import { referenceData } from "../../../../tests/support/reference-data.ts";
import { CompactRange } from "./compact-range.ts";
import { EMPTY_ROOT, leafHash, nodeHash } from "./hashing.ts";
import {
  proveConsistency,
  proveInclusion,
  proveSubtree,
  rootOf,
  verifyConsistency,
  verifyInclusion,
  verifySubtree,
  verifySubtreeInclusion,
} from "./proof.ts";

/** The leaves and roots of RFC 6962's reference tree, as in Certificate Transparency's own tests. */
const REFERENCE_LEAVES = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
];
const REFERENCE_ROOTS = [
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/** How many leaves come at once: some fill a batch, some nearly, some several. */
const PIECES = [1_024, 700, 1, 322, 3_000, 1_023];

function leavesOf(count: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)));
}

/** RFC 6962 §2.1, word for word: the definition that the streaming root is held against. */
function definedRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length <= 1) {
    return leaves[0] ?? EMPTY_ROOT;
  }
  let split = 1;
  while (split * 2 < leaves.length) {
    split *= 2;
  }
  return nodeHash(definedRoot(leaves.slice(0, split)), definedRoot(leaves.slice(split)));
}

function flipBit(bytes: Buffer, bit: number): Buffer {
  const changed = Buffer.from(bytes);
  const position = Math.floor(bit / 8) % changed.length;
  changed[position] = must(changed[position], "inside the hash") ^ (1 << (bit % 8));
  return changed;
}

describe("the root", () => {
  test("of the reference leaves is that of RFC 6962 at every size", () => {
    const tree = new CompactRange();

    const roots = REFERENCE_LEAVES.map((leaf) => {
      tree.append(leafHash(Buffer.from(leaf, "hex")));
      return tree.root().toString("hex");
    });

    expect(roots).toEqual(REFERENCE_ROOTS);
  });

  test("of no leaves is the hash of nothing", () => {
    expect(new CompactRange().root().toString("hex")).toBe(
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
  });

  test("streamed equals the recursive definition for every size up to 130", () => {
    const leaves = leavesOf(130);
    const tree = new CompactRange();

    for (const [index, leaf] of leaves.entries()) {
      tree.append(leaf);
      expect(tree.root()).toEqual(definedRoot(leaves.slice(0, index + 1)));
    }
  });

  test.each([1_023, 1_024, 1_025, 2_048, 3_071, 3_072, 4_100])(
    "of %i leaves equals the definition, whether they come one by one or many at once",
    (size) => {
      const leaves = leavesOf(size);
      const [single, batched] = [new CompactRange(), new CompactRange()];

      for (const leaf of leaves) {
        single.append(leaf);
      }
      for (let at = 0, turn = 0; at < size; turn += 1) {
        const end = at + (PIECES[turn % PIECES.length] ?? 1);
        batched.appendAll(Buffer.concat(leaves.slice(at, end)));
        for (const leaf of leaves.slice(end, end + 1)) {
          batched.appendDigest(leaf.toString("latin1"));
        }
        at = end + 1;
      }

      const root = definedRoot(leaves);
      expect([single.root(), single.size]).toEqual([root, size]);
      expect([batched.root(), batched.size]).toEqual([root, size]);
    },
  );

  test("takes no hashes of which one is cut", () => {
    const tree = new CompactRange();

    expect(() => {
      tree.appendAll(Buffer.concat(leavesOf(2)).subarray(1));
    }).toThrow(InvariantError);
    expect(tree.size).toBe(0);
  });
});

describe("proofs", () => {
  const leaves = leavesOf(40);

  test("every leaf of every tree can be shown to be in it", () => {
    for (let size = 1; size <= leaves.length; size += 1) {
      const tree = leaves.slice(0, size);
      const root = definedRoot(tree);
      for (const [index, leaf] of tree.entries()) {
        const proof = proveInclusion(tree, index);
        expect(verifyInclusion({ index, size, leaf, proof, root })).toBe(true);
      }
    }
  });

  test("every earlier tree can be shown to be a prefix of every later one", () => {
    for (let laterSize = 1; laterSize <= leaves.length; laterSize += 1) {
      const tree = leaves.slice(0, laterSize);
      const laterRoot = definedRoot(tree);
      for (let size = 1; size <= laterSize; size += 1) {
        const root = definedRoot(tree.slice(0, size));
        const proof = proveConsistency(tree, size);
        expect(verifyConsistency({ size, laterSize, root, laterRoot, proof })).toBe(true);
      }
    }
  });

  test("every aligned subtree can be shown to belong to its tree", () => {
    for (let start = 0; start < leaves.length; start += 8) {
      for (let end = start + 1; end <= start + 8; end += 1) {
        const range = { start, end };
        const claim = { range, size: leaves.length, subtree: rootOf(leaves, range) };
        const proof = proveSubtree(leaves, range);
        expect(verifySubtree({ ...claim, proof, root: definedRoot(leaves) })).toBe(true);
      }
    }
  });

  test("one flipped bit anywhere makes an inclusion proof false", () => {
    fc.assert(
      fc.property(
        fc.record({
          size: fc.integer({ min: 2, max: 40 }),
          at: fc.nat(),
          bit: fc.nat(255),
          what: fc.nat(),
        }),
        ({ size, at, bit, what }) => {
          const tree = leaves.slice(0, size);
          const index = at % size;
          const parts = [
            must(tree[index], "in the tree"),
            definedRoot(tree),
            ...proveInclusion(tree, index),
          ];
          const changed = parts.with(
            what % parts.length,
            flipBit(must(parts[what % parts.length], "a part"), bit),
          );
          const [leaf, root, ...proof] = changed;

          expect(
            verifyInclusion({
              index,
              size,
              leaf: must(leaf, "first"),
              proof,
              root: must(root, "second"),
            }),
          ).toBe(false);
        },
      ),
    );
  });

  test("a proof for one position does not serve another", () => {
    const root = definedRoot(leaves);
    const proof = proveInclusion(leaves, 7);
    const leaf = must(leaves[7], "in the tree");

    for (const index of leaves.keys()) {
      expect(verifyInclusion({ index, size: leaves.length, leaf, proof, root })).toBe(index === 7);
    }
  });
});

interface Vector {
  readonly desc: string;
  readonly wantErr: boolean;
  readonly proof: readonly string[] | null;
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly leafHash: string;
  readonly root: string;
  readonly size: number;
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
  readonly start: number;
  readonly end: number;
}

type Judge = (vector: Vector) => boolean;

function decode(text: string): Buffer {
  return Buffer.from(text, "base64");
}

function proofOf(vector: Vector): Buffer[] {
  return (vector.proof ?? []).map(decode);
}

const JUDGES: Readonly<Record<string, Judge>> = {
  inclusion: (vector) =>
    verifyInclusion({
      index: vector.leafIdx,
      size: vector.treeSize,
      leaf: decode(vector.leafHash),
      proof: proofOf(vector),
      root: decode(vector.root),
    }),
  consistency: (vector) =>
    verifyConsistency({
      size: vector.size1,
      laterSize: vector.size2,
      root: decode(vector.root1),
      laterRoot: decode(vector.root2),
      proof: proofOf(vector),
    }),
  subtreeinclusion: (vector) =>
    verifySubtreeInclusion({
      index: vector.leafIdx,
      range: { start: vector.start, end: vector.end },
      leaf: decode(vector.leafHash),
      proof: proofOf(vector),
      root: decode(vector.root),
    }),
  subtreeconsistency: (vector) =>
    verifySubtree({
      range: { start: vector.start, end: vector.end },
      size: vector.size,
      subtree: decode(vector.root1),
      proof: proofOf(vector),
      root: decode(vector.root2),
    }),
};

const folder = referenceData("standards/merkle");

describe.skipIf(folder === undefined)(
  "the vectors of transparency-dev/merkle (reference data)",
  () => {
    const root = folder ?? "";
    const files =
      folder === undefined ? [] : readdirSync(root, { recursive: true, encoding: "utf8" });
    const vectors = files.filter((file) => file.endsWith(".json"));

    test("are all 518 there", () => {
      expect(vectors).toHaveLength(518);
    });

    test.each(Object.entries(JUDGES))("of %s are judged as they say", (kind, judge) => {
      const wrong = vectors
        .filter((file) => file.split(path.sep)[0] === kind)
        .filter((file) => {
          const vector: Vector = JSON.parse(readFileSync(path.join(root, file), "utf8"));
          return judge(vector) === vector.wantErr;
        });

      expect(wrong).toEqual([]);
    });
  },
);
