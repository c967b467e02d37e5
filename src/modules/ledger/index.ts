/** The ledger's door: trees, commitments, canonical JSON and signatures. Pure; nothing here does I/O. */
export { canonicalJson, readableJson, type JsonValue } from "./canonical-json.ts";
export {
  COMMITMENT_ALGORITHM,
  SALT_BYTES,
  SaltSequence,
  newDeliverySecret,
  recordLeaf,
  recordSalt,
} from "./commitment.ts";
export { CompactRange } from "./merkle/compact-range.ts";
export { EMPTY_ROOT, HASH_BYTES, leafHash, nodeHash, sha256 } from "./merkle/hashing.ts";
export {
  proveConsistency,
  proveInclusion,
  proveSubtree,
  rootOf,
  verifyConsistency,
  verifyInclusion,
  verifySubtree,
  verifySubtreeInclusion,
  type ConsistencyClaim,
  type InclusionClaim,
  type LeafRange,
  type SubtreeClaim,
  type SubtreeInclusionClaim,
} from "./merkle/proof.ts";
export {
  keyIdOf,
  publicKeyPem,
  readPublicKey,
  signEd25519,
  signingKey,
  strictBase64,
  verifyEd25519,
  type SigningKey,
} from "./signature.ts";
