/** The ledger's door: trees, commitments, canonical JSON and signatures; and a client's ledger, kept. */
export { auditFolder } from "./audit/audit.ts";
export {
  verifyLedgerFile,
  type LedgerCheck,
  type LedgerTrust,
  type LedgerVerification,
} from "./audit/verify.ts";
export { canonicalJson, readableJson, type JsonValue } from "./canonical-json.ts";
export { CustomerCommitments, type CustomerRoot, Gaps } from "./commitment/customers.ts";
export {
  BEYOND_CUSTOMERS,
  COMMITMENT_ALGORITHM,
  type Gap,
  gapLeaf,
  recordLeaf,
  SALT_BYTES,
} from "./commitment/leaf.ts";
export { newDeliverySecret, SaltSequence, type Salted } from "./commitment/salts.ts";
export {
  parseCheckpoint,
  signCheckpoint,
  type Checkpoint,
  type TreeHead,
} from "./formats/checkpoint.ts";
export { type Cosigner, cosignatureLine, withCosignatures } from "./formats/cosignature.ts";
export { parseNoteKey, printNoteKey, type NoteKey } from "./formats/note.ts";
export {
  printConsistency,
  printInclusion,
  type ConsistencyFile,
  type InclusionFile,
} from "./formats/proof-file.ts";
export { type Ledger, nameOfOperator } from "./log/ledger.ts";
export { proveContinuation, proveEntry } from "./log/prove.ts";
export { publishTo, type Publication } from "./log/publish.ts";
export { cosignedHead, publishHead, sequence, type PublishedHead } from "./log/sequence.ts";
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
export { selectEntries, type EntryRange, type StoredEntry } from "./store/entries.ts";
export { recordInLedger } from "./store/inbox.ts";
export { commitToOne, keyedSubjects, type Subjects } from "./subjects.ts";
export {
  deleteWitness,
  insertWitness,
  selectWitnesses,
  type WitnessStanding,
} from "./store/witnesses.ts";
export { type Asked, askWitnesses, type WitnessPost } from "./witness/ask.ts";
export {
  addCheckpoint,
  type WitnessAnswer,
  type WitnessDeps,
  witnessedLedgers,
  witnessLedger,
} from "./witness/witness.ts";
