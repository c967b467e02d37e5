/**
 * Proofs that a subtree belongs to a tree: one prover and one verifier. An inclusion proof is the proof
 * of a subtree of one leaf, a consistency proof that of a subtree which begins at leaf 0, so RFC 9162
 * §2.1.3 and §2.1.4 are two special cases of the subtree consistency proof of
 * draft-ietf-plants-merkle-tree-certs ("Subtrees").
 */
import { assert, must } from "../../../kernel/index.ts";
import { CompactRange } from "./compact-range.ts";
import { EMPTY_ROOT, HASH_BYTES, nodeHash } from "./hashing.ts";

/** A half-open range of leaves `[start, end)`. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Proves that leaf `index` is in the tree over all `leaves` (leaf hashes): RFC 9162 §2.1.3.1.
 * @throws InvariantError when there is no such leaf
 */
export function proveInclusion(leaves: readonly Buffer[], index: number): Buffer[] {
  assert(index >= 0 && index < leaves.length, () => `no leaf ${index} among ${leaves.length}`);
  return proveSubtree(leaves, { start: index, end: index + 1 });
}

/**
 * Proves that the tree over the first `size` leaves is a prefix of the tree over all: RFC 9162 §2.1.4.1.
 * @throws InvariantError when `size` is 0 or more than there are
 */
export function proveConsistency(leaves: readonly Buffer[], size: number): Buffer[] {
  assert(size > 0 && size <= leaves.length, () => `no tree of ${size} among ${leaves.length}`);
  return proveSubtree(leaves, { start: 0, end: size });
}

/**
 * Proves that the subtree over `range` belongs to the tree over all `leaves`.
 * @throws InvariantError when `range` is not a valid subtree of that tree
 */
export function proveSubtree(leaves: readonly Buffer[], range: LeafRange): Buffer[] {
  return proofRanges(leaves.length, range).map((part) => rootOf(leaves, part));
}

/**
 * The parts of a tree of `size` leaves whose roots are the proof of the subtree over `range`, in the
 * order of the proof: all that a prover must read of a tree that does not lie in memory.
 * @throws InvariantError when `range` is not a valid subtree of that tree
 */
export function proofRanges(size: number, range: LeafRange): LeafRange[] {
  assert(isSubtree(range) && range.end > range.start && range.end <= size, () => {
    return `[${range.start}, ${range.end}) is no subtree of ${size} leaves`;
  });
  return rangesWithin({ tree: { start: 0, end: size }, range, known: true });
}

interface ProofStep {
  readonly tree: LeafRange;
  readonly range: LeafRange;
  /** The verifier knows the hash of `range` itself, so it need not be in the proof. */
  readonly known: boolean;
}

function rangesWithin({ tree, range, known }: ProofStep): LeafRange[] {
  if (range.start === tree.start && range.end === tree.end) {
    return known ? [] : [tree];
  }
  const middle = tree.start + largestPowerOfTwoBelow(tree.end - tree.start);
  const left = { start: tree.start, end: middle };
  const right = { start: middle, end: tree.end };
  if (range.end <= middle) {
    return [...rangesWithin({ tree: left, range, known }), right];
  }
  if (range.start >= middle) {
    return [...rangesWithin({ tree: right, range, known }), left];
  }
  const rest = { start: middle, end: range.end };
  return [...rangesWithin({ tree: right, range: rest, known: false }), left];
}

/** The root over `leaves[range.start … range.end)`. */
export function rootOf(leaves: readonly Buffer[], range: LeafRange): Buffer {
  const tree = new CompactRange();
  for (let index = range.start; index < range.end; index += 1) {
    tree.append(must(leaves[index], "the range lies within the leaves"));
  }
  return tree.root();
}

/** What is claimed of one leaf. */
export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** Whether the proof shows that the leaf stands at `index` in the tree of `size` leaves: RFC 9162 §2.1.3.2. */
export function verifyInclusion({ index, size, leaf, proof, root }: InclusionClaim): boolean {
  const range = { start: index, end: index + 1 };
  return leaf.length === HASH_BYTES && verifySubtree({ range, size, subtree: leaf, proof, root });
}

/** What is claimed of two sizes of one tree. */
export interface ConsistencyClaim {
  readonly size: number;
  readonly laterSize: number;
  readonly root: Uint8Array;
  readonly laterRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * Whether the proof shows that the later tree only appended to the earlier: RFC 9162 §2.1.4.2. An empty
 * earlier tree is refused: every tree is consistent with it, so such a proof says nothing.
 */
export function verifyConsistency(claim: ConsistencyClaim): boolean {
  return (
    claim.size > 0 &&
    verifySubtree({
      range: { start: 0, end: claim.size },
      size: claim.laterSize,
      subtree: claim.root,
      proof: claim.proof,
      root: claim.laterRoot,
    })
  );
}

/** What is claimed of one leaf of a subtree. */
export interface SubtreeInclusionClaim {
  readonly index: number;
  readonly range: LeafRange;
  readonly leaf: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** Whether the proof shows that the leaf stands at `index` (counted in the whole tree) under the subtree's root. */
export function verifySubtreeInclusion(claim: SubtreeInclusionClaim): boolean {
  const { range, leaf, proof, root } = claim;
  const size = range.end - range.start;
  return (
    isSubtree(range) &&
    verifyInclusion({ index: claim.index - range.start, size, leaf, proof, root })
  );
}

/** What is claimed of a subtree. */
export interface SubtreeClaim {
  readonly range: LeafRange;
  readonly size: number;
  /** The root of the subtree over `range`. */
  readonly subtree: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** Whether the proof shows that the subtree over `range` belongs to the tree of `size` leaves. */
export function verifySubtree({ range, size, subtree, proof, root }: SubtreeClaim): boolean {
  if (!isSubtree(range) || !Number.isSafeInteger(size) || range.end > size) {
    return false;
  }
  if (proof.some((hash) => hash.length !== HASH_BYTES)) {
    return false;
  }
  if (range.start === range.end) {
    return proof.length === 0 && sameHash(subtree, EMPTY_ROOT);
  }
  const folded = foldProof(
    { first: range.start, last: range.end - 1, end: size - 1 },
    subtree,
    proof,
  );
  return folded !== undefined && sameHash(folded.subtree, subtree) && sameHash(folded.root, root);
}

/** Positions of the subtree's first and last node and of the tree's last node, all on one level. */
interface Level {
  first: number;
  last: number;
  end: number;
}

/** Works both roots out from the proof, bottom up; undefined when its length does not fit. */
function foldProof(
  level: Level,
  subtree: Uint8Array,
  proof: readonly Uint8Array[],
): { subtree: Uint8Array; root: Uint8Array } | undefined {
  const onBorder = level.last === level.end;
  while (level.first !== level.last && (onBorder || isOdd(level.last))) {
    climb(level);
  }
  const seeded = level.first === level.last;
  const seed = seeded ? subtree : proof[0];
  if (seed === undefined) {
    return undefined;
  }
  let earlier = seed;
  let later = seed;
  for (const sibling of seeded ? proof : proof.slice(1)) {
    if (level.end === 0) {
      return undefined;
    }
    if (isOdd(level.last) || level.last === level.end) {
      earlier = level.first < level.last ? nodeHash(sibling, earlier) : earlier;
      later = nodeHash(sibling, later);
      while (!isOdd(level.last)) {
        climb(level);
      }
    } else {
      later = nodeHash(later, sibling);
    }
    climb(level);
  }
  return level.end === 0 ? { subtree: earlier, root: later } : undefined;
}

function climb(level: Level): void {
  level.first = Math.floor(level.first / 2);
  level.last = Math.floor(level.last / 2);
  level.end = Math.floor(level.end / 2);
}

/** Whether the range begins where a tree of its size, rounded up to a power of two, can begin. */
function isSubtree({ start, end }: LeafRange): boolean {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    return false;
  }
  return end === start || start % powerOfTwoFrom(end - start) === 0;
}

function powerOfTwoFrom(value: number): number {
  let power = 1;
  while (power < value) {
    power *= 2;
  }
  return power;
}

function largestPowerOfTwoBelow(value: number): number {
  return powerOfTwoFrom(value) / 2;
}

function isOdd(value: number): boolean {
  return value % 2 === 1;
}

/** Roots are public, so the comparison need not take constant time. */
function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
